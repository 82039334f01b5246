"""Which links of a board packets can come over, and which of those packets can leave the chip again over another link.

This follows from the routing tables, and from what PEs send, where the plan says it: a packet leaves by a link if a line says so, and
goes straight on, where that is allowed, if no line matches it. What lines match at the next chip tells whether it can go on from there.
A chip that nothing passes through sets out only what its own PEs send, so other chips need not wait for what it may get.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import N_LINKS, Chip, opposite
from spinn2sim.hardware.packet import RoutingEntry

Words = NDArray[np.int64]
Flags = NDArray[np.bool_]
# A line's key and mask: the packets that have this key where the mask has ones.
Name = tuple[int, int]
# The most pairs of lines that are compared at once; of more it is assumed that packets go on.
MOST_PAIRS = 1 << 22


class Lines:
    """The lines of a chip's routing table, as columns."""

    def __init__(self, entries: Iterable[RoutingEntry]) -> None:
        self._entries = tuple(entries)
        self._all = _columns((entry.key, entry.mask) for entry in self._entries)
        self._leaving = _columns((entry.key, entry.mask) for entry in self._entries if entry.links)

    def of_link(self, link: int, sent: Iterable[Name] | None) -> set[Name]:
        """Name the packets that PEs send and that leave by a link as a line says, if what they send is known, else all that it lets out."""
        found = [(entry.key, entry.mask) for entry in self._entries if link in entry.links]
        if sent is None:
            return set(found)
        return {(key, mask) for key, mask in sent if any(not (key ^ k) & mask & m for k, m in found)}

    def may_leave(self, names: Words) -> bool:
        """Whether a line that leads to a link may match a packet with one of the names [names, 2]."""
        if len(names) * len(self._leaving) > MOST_PAIRS:
            return True
        differ = names[:, None, 0] ^ self._leaving[None, :, 0]
        return bool((differ & names[:, None, 1] & self._leaving[None, :, 1] == 0).any())

    def may_miss(self, names: Words) -> Flags:
        """For each name, whether there may be packets that no line matches; only a line that matches all of them rules that out."""
        if len(names) * len(self._all) > MOST_PAIRS:
            return np.ones(len(names), np.bool_)
        keys, masks = self._all[None, :, 0], self._all[None, :, 1]
        matches = (names[:, None, 1] & masks == masks) & (names[:, None, 0] & masks == keys)
        missed: Flags = ~matches.any(axis=1)
        return missed


def link_flows(plan: BoardPlan) -> tuple[Flags, Flags]:
    """Return [chips, links] whether packets can come to a chip over a link, and whether of those any can leave by a link again."""
    board = plan.board
    lines = [Lines(one.entries) for one in plan.plans]
    comes, passes = np.zeros((2, len(lines), N_LINKS), np.bool_)
    found: dict[tuple[Chip, int], set[Name]] = {}
    sent = plan.crossing or [None] * len(lines)
    new = []
    for chip, link, _ in board.links():
        number = board.numbers[chip]
        new.append((chip, link, lines[number].of_link(link, sent[number])))
    while new:
        chip, link, names = new.pop()
        there = board.neighbour(chip, link)
        known = found.setdefault((chip, link), set())
        names -= known
        if there is None or not names:
            continue
        known |= names
        number, back = board.numbers[there], opposite(link)
        columns = _columns(sorted(names))
        comes[number, back] = True
        passes[number, back] |= lines[number].may_leave(columns)
        if plan.crossing is not None:
            new += [(there, onto, lines[number].of_link(onto, names)) for onto, _ in board.links_of(there)]
        if plan.links.default_route and board.neighbour(there, link) is not None:
            missed = columns[lines[number].may_miss(columns)]
            passes[number, back] |= len(missed) > 0
            new.append((there, link, {(key, mask) for key, mask in missed.tolist()}))
    return comes, passes


def _columns(names: Iterable[Name]) -> Words:
    return np.array(list(names), np.int64).reshape(-1, 2)
