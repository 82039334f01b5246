"""Random boards: a random machine on each chip, with lines that lead over links, and links that queue, drop and route straight on."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import strategies as st

from random_machines import machines, make
from scripted_programs import EXACT, Chip
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import N_LINKS, Board, opposite, rectangle
from spinn2sim.hardware.packet import KIND_SHIFT, Kind, RoutingEntry
from spinn2sim.hardware.program import NO_TRANSFER

SAME = ("ticks", "batches", "period_q", "start_q", "part", "packets")


@st.composite
def shapes(draw: st.DrawFn) -> Board:
    """One to six chips, with or without wrap, some links dead."""
    columns, rows = draw(st.sampled_from(((1, 1), (2, 1), (1, 3), (2, 2), (3, 2))))
    board = rectangle(columns, rows, draw(st.booleans()))
    dead = draw(st.sets(st.sampled_from(sorted(board.links())), max_size=2)) if list(board.links()) else set()
    both = {(chip, link) for chip, link, _ in dead} | {(other, opposite(link)) for _, link, other in dead}
    return dataclasses.replace(board, dead_links=frozenset(both))


@st.composite
def boards(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of `make_chips` and `plan_of`."""
    board = draw(shapes())
    chips = [draw(machines()) for _ in board.chips]
    for machine, place in zip(chips, board.chips, strict=True):
        machine.update({name: chips[0][name] for name in SAME})
        there = [link for link in range(N_LINKS) if board.neighbour(place, link) is not None]
        links = st.sets(st.sampled_from(there), max_size=2) if there else st.just(set())
        machine["entries"] = [_with_links(entry, sorted(draw(links))) for entry in machine["entries"]]
    options = LinkOptions(
        gbit_s=draw(st.sampled_from((6.0, 0.25, 64.0))),
        packet_bits=draw(st.sampled_from((40, 96))),
        long_packet_bits=draw(st.sampled_from((36, 192))),
        latency_ns=draw(st.sampled_from((0, 1, 20, 200))),
        queue=draw(st.sampled_from((0, 1, 3))),
        default_route=draw(st.booleans()),
    )
    return {"board": board, "chips": chips, "options": options, "says_keys": draw(st.booleans())}


def _with_links(entry: RoutingEntry, links: list[int]) -> RoutingEntry:
    """A line that also leads over links, unless DMA bursts may take it."""
    weights = int(Kind.WEIGHTS) << KIND_SHIFT
    bursts = entry.mask >> KIND_SHIFT == 0 or entry.key & (3 << KIND_SHIFT) == weights
    return entry if bursts else dataclasses.replace(entry, links=tuple(links))


def make_chips(drawn: dict[str, Any]) -> list[Chip]:
    """New chips for a board."""
    chips = [make(machine) for machine in drawn["chips"]]
    for chip in chips:
        phases = (dataclasses.replace(chip.plan.schedule.train[0], crosses=True),)
        chip.plan = dataclasses.replace(
            chip.plan, schedule=dataclasses.replace(chip.plan.schedule, train=phases, test_first=phases, test=phases)
        )
    return chips


def plan_of(drawn: dict[str, Any], chips: list[Chip]) -> BoardPlan:
    """The plan of a board, which may say what PEs send."""
    crossing = tuple(tuple((key, EXACT) for key in keys_of(machine)) for machine in drawn["chips"])
    return BoardPlan(
        drawn["board"], drawn["options"], tuple(chip.plan for chip in chips), crossing if drawn["says_keys"] else None
    )


def keys_of(machine: dict[str, Any]) -> list[int]:
    """The keys that the PEs of a machine send."""
    sends = [send for script in machine["scripts"].values() for some in script.sends.values() for send in some]
    return sorted({send.key for send in sends if send.transfer == NO_TRANSFER})
