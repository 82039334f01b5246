"""The plans of a board's chips: what is equal on all of them, where the packets of the exchange go, and what does not fit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plain_firmware import PlainFirmware
from random_boards import shapes
from spinn2sim.errors import MappingError
from spinn2sim.graph import chain
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.exchange_keys import ExchangeKey, Role
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, hexagon, rectangle
from spinn2sim.hardware.board.sum_tree import chips_apart, sum_tree
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.mapping.board.board_exchange import chunk_sizes
from spinn2sim.mapping.board.build_board import BoardProblem, build_board_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.seeds import generator

SIZES = (5, 40, 3)


def planned(board: Board, local: int = 2, links: LinkOptions | None = None, **hardware: Any) -> BoardPlan:
    """The plans of a small network with `local` copies on each chip; `dead` are the dead parts of chips."""
    dead = hardware.pop("dead", {})
    options = {chip: HardwareOptions(**hardware, dead=dead.get(chip, NOTHING_DEAD)) for chip in board.chips}
    problem = BoardProblem(
        chain(SIZES, False, 20.0, 5.0), SIZES[0], MappingOptions(local * len(board.chips), steps=6), PlainFirmware(), board,
        links or LinkOptions(), options, lambda: generator(5, "placement"),
    )  # fmt: skip
    return build_board_plan(problem)


def sent(plans: BoardPlan, role: Role, chip: int, unit: int) -> Counter[tuple[int, int]]:
    """The (chip, core) to which a packet of the exchange goes, from a chip on, over links."""
    board, found = plans.board, Counter[tuple[int, int]]()
    begun = [chip]
    while begun:
        here = begun.pop()
        line = RoutingTable(plans.plans[here].entries).match(
            ExchangeKey(role, chip if role is Role.PARTIAL else 0, unit).pack()
        )
        assert line != NO_ENTRY
        entry = plans.plans[here].entries[line]
        found.update((here, core) for core in entry.cores)
        for link in entry.links:
            there = board.neighbour(board.chips[here], link)
            assert there is not None
            begun.append(board.numbers[there])
        assert len(begun) <= len(board.chips)
    return found


def optimizers(plans: BoardPlan, chip: int) -> dict[int, int]:
    """The PE of each unit of the exchange."""
    groups = [group for group in plans.plans[chip].groups if group.program == "optimizer"]
    return {unit: core for group in groups for unit, core in zip(group.columns["unit"], group.cores, strict=True)}


@settings(max_examples=25)
@given(shapes().filter(lambda board: not chips_apart(board)))
def test_sums_go_to_the_parent_and_totals_to_all_others(board: Board) -> None:
    """On any board a partial sum reaches the same unit of the parent alone, and a total the same unit of every chip but the root."""
    plans = planned(board)
    if len(board.chips) == 1:
        assert all(one.phase != Phase.EXCHANGE for one in plans.plans[0].schedule.train)
        return
    tree, chips = sum_tree(board), range(len(board.chips))
    units = [optimizers(plans, chip) for chip in chips]
    root = board.numbers[tree.root]
    for unit, core in units[root].items():
        assert sent(plans, Role.TOTAL, root, unit) == {(chip, units[chip][unit]): 1 for chip in chips if chip != root}
        for chip in set(chips) - {root}:
            above = board.neighbour(board.chips[chip], tree.parent[board.chips[chip]])
            assert above is not None
            assert sent(plans, Role.PARTIAL, chip, unit) == {
                (board.numbers[above], units[board.numbers[above]][unit]): 1
            }
        assert core > 0


def test_the_chips_of_a_board_have_one_schedule() -> None:
    """48 chips of which one has dead PEs: its placement is its own, ticks and all that the network is cut into are those of the others."""
    dead = {(3, 3): DeadParts(frozenset({1, 2, 78}))}
    plans = planned(hexagon(), dead=dead)
    other = plans.plans[plans.board.numbers[3, 3]]
    first = plans.plans[0]
    assert {1, 2, 78} & {core for group in first.groups for core in group.cores}
    assert not {1, 2, 78} & {core for group in other.groups for core in group.cores}
    assert all(one.schedule == first.schedule and one.copies == 2 for one in plans.plans)
    assert [len(group.cores) for group in first.groups] == [len(group.cores) for group in other.groups]
    ticks = [one for one in first.schedule.train if one.phase == Phase.EXCHANGE]
    scalars = next(group for group in first.groups if group.program == "optimizer").scalars
    assert [one.crosses for one in first.schedule.train] == [one in ticks for one in first.schedule.train]
    assert sum(one.ticks for one in ticks) == scalars["exchange_chunks"] + scalars["exchange_deepest"]
    depths = [plan.groups[-1].scalars["exchange_depth"] for plan in plans.plans]
    assert min(depths) == 0
    assert max(depths) == scalars["exchange_deepest"]


def test_slow_links_make_longer_ticks() -> None:
    """The period of the exchange covers the service of all packets that pass a link in a tick, and its latency."""
    plans = planned(rectangle(2, 1), links=LinkOptions(gbit_s=0.1, latency_ns=50_000))
    first, exchange = (one for one in plans.plans[0].schedule.train if one.crosses)
    group = [one for one in plans.plans[0].groups if one.program == "optimizer"]
    chunk = group[0].scalars["exchange_chunk"]
    packets = sum(-(-min(chunk, held) // 2) for one in group for held in one.columns["held"])
    assert exchange.period_q >= packets * plans.links.long_service_q + plans.links.latency_q
    assert all(plan.long_packets for plan in plans.plans)
    assert exchange.period_q % QUANTA_PER_US == 0
    assert first.ticks == 1
    assert first.period_q >= exchange.period_q
    _, fast = (one for one in planned(rectangle(2, 1)).plans[0].schedule.train if one.crosses)
    assert fast.ticks * fast.period_q < exchange.ticks * exchange.period_q


@pytest.mark.parametrize(
    ("hardware", "links", "message"),
    [
        ({"fifo_capacity": 8}, LinkOptions(), "chip.fifo_capacity is 8; .* at least 9 are needed"),
        ({}, LinkOptions(queue=1), r"board.link_queue is 1; 2 optimizer PEs send 2 packets .* at least 2 are needed, or 0 for no limit"),
        ({"reserved_pes": 148}, LinkOptions(), r"chip \(0, 0\) of the board: 2 copies need"),
        (
            {"dead": {(1, 0): DeadParts(router_lines=frozenset(range(16384)))}},
            LinkOptions(),
            r"chip \(1, 0\) of the board: the event router's table needs",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(hardware: dict[str, Any], links: LinkOptions, message: str) -> None:
    """One line says what is missing: room in FIFOs or queues for one word, PEs, lines of a routing table."""
    with pytest.raises(MappingError, match=message):
        planned(rectangle(3, 1), links=links, **hardware)


def test_copies_are_dealt_evenly() -> None:
    """As many copies on each chip, or a refusal that names such numbers."""
    problem = BoardProblem(
        chain(SIZES, False, 20.0, 5.0), SIZES[0], MappingOptions(7, steps=6), PlainFirmware(), rectangle(3, 1), LinkOptions(),
        {}, lambda: generator(5, "placement"),
    )  # fmt: skip
    with pytest.raises(MappingError, match="a multiple of 3 is needed, such as 6 or 9"):
        build_board_plan(problem)


@given(st.integers(1, 700), st.integers(1, 512))
def test_chunks_are_the_smallest_for_their_number(words: int, most: int) -> None:
    """No size is above the most, each makes fewer chunks than the next, and one word less would make more."""
    sizes = chunk_sizes(words, most)
    numbers = [-(-words // size) for size in sizes]
    assert max(sizes) <= most
    assert numbers == sorted(set(numbers))
    assert all(size == 1 or -(-words // (size - 1)) > number for size, number in zip(sizes, numbers, strict=True))
    assert sizes[-1] == 1
