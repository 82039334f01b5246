"""Synthetic traffic over a board: which chip sends to which others, and when, drawn at random from named generators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.board.shape import N_LINKS, Board
from spinn2sim.hardware.facts import FLIT_Q
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.hardware.traffic.patterns import BERNOULLI, SOURCES, UNIFORM
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.traffic.traffic_board import CORE_BITS, TrafficBoard
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.seeds import generator

BOARD_PATTERNS = UNIFORM, NEIGHBOUR, TORNADO = UNIFORM, "neighbour", "tornado"
MOST_PER_US = 1000.0
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BoardPattern:
    """Which chips a chip's PEs send to, and when. On the chip that is chosen, every PE is as likely as any other.

    uniform    to any other chip
    neighbour  to any chip over a link
    tornado    to the chip half way round the row: in a row of n chips, ceil(n / 2) - 1 places to the right, from its end on at its start
    """

    name: str = UNIFORM
    source: Literal["bernoulli", "poisson"] = "bernoulli"

    def __post_init__(self) -> None:
        for name, found, choices in (("pattern", self.name, BOARD_PATTERNS), ("source", self.source, SOURCES)):
            if found not in choices:
                raise ScenarioError(f"traffic: {name}: found {found}, allowed on a board is {' or '.join(choices)}")

    def targets(self, chips: TrafficBoard) -> list[list[int]]:
        """Return the numbers of the chips that each chip sends to, if it sends. Chips without a PE neither send nor receive."""
        board, there = chips.board, [n for n, cores in enumerate(chips.cores) if cores]
        if self.name == UNIFORM:
            found = [[other for other in there if other != n] for n in range(len(board.chips))]
        elif self.name == NEIGHBOUR:
            found = [sorted(_neighbours(board, n) & set(there)) for n in range(len(board.chips))]
        else:
            found = [[other] if other != n and other in there else [] for n, other in enumerate(_half_way_round(board))]
        return [targets if n in there else [] for n, targets in enumerate(found)]

    def senders(self, chips: TrafficBoard) -> int:
        """Count the PEs that send. Raises ScenarioError if there are none."""
        count = sum(len(cores) for cores, targets in zip(chips.cores, self.targets(chips), strict=True) if targets)
        if not count:
            raise ScenarioError(
                f"traffic: pattern: found {self.name} on a board of {len(chips.board.chips)} chips where none has another chip to send "
                "to, allowed is a larger board"
            )
        return count

    def most_per_us(self) -> float:
        """Return the largest mean load that the sources can make, in packets/PE/us."""
        return QUANTA_PER_US / FLIT_Q if self.source == BERNOULLI else MOST_PER_US


def make_board_traffic(
    pattern: BoardPattern, chips: TrafficBoard, per_us: float, length_us: float, seed: int
) -> tuple[SendList, ...]:
    """Make open-loop traffic of `per_us` packets/PE/us (mean over the PEs that send) for length_us: a list for each chip."""
    if not 0 < per_us <= pattern.most_per_us():
        most = f"above 0, up to {pattern.most_per_us():g} packets/PE/us"
        raise ScenarioError(f"traffic: load: found {per_us:g}, allowed is {most} with this source and pattern")
    return tuple(
        _list_of_chip(pattern, chips, (n, targets), (per_us, length_us), seed)
        for n, targets in enumerate(pattern.targets(chips))
    )


def _list_of_chip(
    pattern: BoardPattern, chips: TrafficBoard, ways: tuple[int, list[int]], load: tuple[float, float], seed: int
) -> SendList:
    """Draw the sends of a chip, whose number and targets are `ways`, at a load of (packets/PE/us, us)."""
    number, targets = ways
    cores = np.array(chips.cores[number], np.int64)
    draw = generator(seed, "traffic on a board", number)
    sent_q, sender = _draw_sends(pattern, draw, load, len(cores)) if targets else (np.zeros(0, np.int64),) * 2
    chip = np.array(targets or [0], np.int64)[draw.integers(0, max(1, len(targets)), len(sent_q))]
    members = np.array([len(found) for found in chips.cores], np.int64)[chip]
    place = (draw.random(len(sent_q)) * members).astype(np.int64)
    widest = np.zeros((len(chips.cores), max(1, *map(len, chips.cores))), np.int64)
    for n, found in enumerate(chips.cores):
        widest[n, : len(found)] = found
    key = chip << CORE_BITS | widest[chip, place]
    source = cores[sender] if len(cores) else sender
    order = np.lexsort((source, sent_q))
    no_transfer = np.full(len(order), NO_TRANSFER, np.int32)
    entries, dead = chips.tables[number], chips.dead[number]
    return SendList(sent_q[order], source[order], key[order].astype(np.uint32), no_transfer, entries, dead=dead)


def _draw_sends(
    pattern: BoardPattern, draw: np.random.Generator, load: tuple[float, float], pes: int
) -> tuple[Ints, Ints]:
    """Draw when PEs send, in quanta, and which of them: in each NoC cycle with equal probability, or at any quantum (Poisson)."""
    per_us, length_us = load
    length_q = round(length_us * QUANTA_PER_US)
    if pattern.source != BERNOULLI:
        count = draw.poisson(per_us * length_us * pes)
        return draw.integers(0, length_q, count), draw.integers(0, pes, count)
    cycles = length_q // FLIT_Q
    slots = _chosen_slots(draw, pes * cycles, min(1.0, per_us * FLIT_Q / QUANTA_PER_US))
    return slots % cycles * FLIT_Q, slots // cycles


def _chosen_slots(draw: np.random.Generator, slots: int, share: float) -> Ints:
    """Choose each slot with the probability `share`: gaps between chosen ones have a geometric distribution."""
    chosen = np.zeros(0, np.int64)
    while not len(chosen) or chosen[-1] < slots:
        expected = int(slots * share)
        gaps = draw.geometric(share, expected + 8 * int(np.sqrt(expected)) + 64)
        chosen = np.concatenate([chosen, (chosen[-1] if len(chosen) else -1) + gaps.cumsum()])
    return chosen[chosen < slots]


def _neighbours(board: Board, number: int) -> set[int]:
    ends = (board.neighbour(board.chips[number], link) for link in range(N_LINKS))
    return {board.numbers[end] for end in ends if end is not None}


def _half_way_round(board: Board) -> list[int]:
    """Return for each chip the number of the chip half way round its row, over the chips of the row that work."""
    rows: dict[int, list[int]] = {}
    for n, (_, y) in enumerate(board.chips):
        rows.setdefault(y, []).append(n)
    found = [0] * len(board.chips)
    for row in rows.values():
        for place, n in enumerate(row):
            found[n] = row[(place + (len(row) + 1) // 2 - 1) % len(row)]
    return found
