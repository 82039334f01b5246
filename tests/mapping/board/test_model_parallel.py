"""One network over several chips: every packet reaches the PEs that it would reach on one large chip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plain_firmware import PlainFirmware
from random_graphs import graphs
from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph, chain
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, hexagon, opposite, rectangle
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import Key, Kind, Phase
from spinn2sim.hardware.plan import Share
from spinn2sim.mapping.board.build_board import BoardProblem
from spinn2sim.mapping.board.model_parallel import build_model_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.seeds import generator

BOARDS = (rectangle(2, 1), rectangle(3, 1), rectangle(2, 2), rectangle(3, 3, wrap=True), hexagon())
Ends = Counter[tuple[int, int]]  # of a packet: chip and PE


def problem_of(
    graph: Graph, board: Board, pes: int, options: MappingOptions, default_route: bool = True
) -> BoardProblem:
    """A network for a board of chips with so many PEs each."""
    hardware = HardwareOptions(reserved_pes=N_CORES - pes)
    links = LinkOptions(default_route=default_route)
    each = dict.fromkeys(board.chips, hardware)
    return BoardProblem(graph, 4, options, PlainFirmware(), board, links, each, lambda: generator(5, "placement"))


def ends_of(plan: BoardPlan, chip: int, key: int, came: int | None = None) -> Ends:
    """Follow a packet through the tables of a board, as its event routers do."""
    board, found = plan.board, Counter[tuple[int, int]]()
    line = next((one for one in plan.plans[chip].entries if key & one.mask == one.key), None)
    if line is not None:
        links, cores = line.links, line.cores
    else:
        assert came is not None, "no line on the chip that sends it"
        assert plan.links.default_route
        links, cores = (opposite(came),), ()
    found.update((chip, core) for core in cores)
    for link in links:
        neighbour = board.neighbour(board.chips[chip], link)
        assert neighbour is not None
        found += ends_of(plan, board.numbers[neighbour], key, opposite(link))
    return found


def shares_of(plan: BoardPlan, population: int, copy: int) -> Iterator[tuple[int, Share]]:
    """The shares of a population in one copy, with the numbers of their chips."""
    for chip, one in enumerate(plan.plans):
        for share in one.shares:
            if (share.layer, share.copy) == (population, copy):
                yield chip, share


def losses(plan: BoardPlan) -> list[tuple[int, int]]:
    """Chip and PE of each copy's loss."""
    return [
        (chip, core) for chip, one in enumerate(plan.plans) for g in one.groups if g.name == "loss" for core in g.cores
    ]


def refuse_wrong_ends(graph: Graph, plan: BoardPlan, guard: bool, copies: int) -> None:
    """Fail if a spike, an error or a guard of any neuron reaches other PEs than on one large chip, or one of them twice."""
    for copy in range(copies):
        loss = losses(plan)[copy]
        for population, one in enumerate(graph.populations):
            posts = {graph.projections[q].post for q in graph.outgoing(population)}
            heard = Counter((chip, share.core) for post in posts for chip, share in shares_of(plan, post, copy))
            senders = {chip for chip, _ in heard} | ({loss[0]} if population == graph.output else set())
            if population == graph.output:
                heard[loss] += 1
            for chip, share in shares_of(plan, population, copy):
                for neuron in range(share.first, share.last):
                    assert ends_of(plan, chip, Key(Kind.SPIKE, copy, population, neuron).pack()) == heard
                    own = Counter([(chip, share.core)])
                    for sender in senders if one.kind != "input" else ():
                        assert ends_of(plan, sender, Key(Kind.ERROR, copy, population, neuron).pack()) == own
                    if guard and population == graph.output:
                        assert ends_of(plan, loss[0], Key(Kind.GUARD, copy, population, neuron).pack()) == own


@settings(max_examples=25)
@given(
    graph=graphs(), board=st.sampled_from(BOARDS), pes=st.integers(8, 24), copies=st.integers(1, 3),
    neurons=st.integers(1, 3), guard=st.booleans(), default_route=st.booleans(),
)  # fmt: skip
def test_packets_reach_what_they_reach_on_one_large_chip(
    graph: Graph, board: Board, pes: int, copies: int, neurons: int, guard: bool, default_route: bool
) -> None:
    """Whatever the network, the board and the sizes of its chips: the right PEs, each once, and DMA within a chip."""
    options = MappingOptions(copies, 10, guard, neurons_per_pe=neurons)
    try:
        plan = build_model_plan(problem_of(graph, board, pes, options, default_route))
    except MappingError as error:
        assert "PEs" in str(error)  # noqa: PT017
        return
    refuse_wrong_ends(graph, plan, guard, copies)
    for one in plan.plans:
        used = [core for group in one.groups for core in group.cores]
        assert len(used) == len(set(used)) <= pes
        for transfer in one.transfers:
            places = {transfer.source_core, *transfer.destination_cores} - {0}
            assert places <= set(used)
    ticks = {tuple((p.phase, p.ticks, p.period_q, p.crosses) for p in one.schedule.train) for one in plan.plans}
    assert len(ticks) == 1


def test_a_chain_fills_a_chip_before_the_next() -> None:
    """Populations that talk to each other are on one chip or on neighbours, and what crosses is planned."""
    graph = chain((40, 60, 60, 4), False, 20.0, 5.0)
    plan = build_model_plan(problem_of(graph, rectangle(4, 1), 26, MappingOptions(2, 10, neurons_per_pe=10)))
    used = [sum(len(group.cores) for group in one.groups) for one in plan.plans]
    assert used == [26, 23, 0, 0]
    crossing = {one.phase for one in plan.plans[3].schedule.train if one.crosses}
    assert crossing == {Phase.FORWARD, Phase.LOSS, Phase.BACKWARD}
    assert plan.plans[3].entries == ()


REFUSED = {
    "PEs in all": ((40, 60, 4), 8, 12, {}, "10 are missing"),
    "PEs of one chip": ((40, 60, 4), 30, 12, {"neurons_per_pe": 10}, "PEs of one chip; no chip has more than 12"),
    "no room for a block": ((4, 4, 4, 4), 5, 14, {}, "at most 3 on one chip"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_says_what_is_missing(case: str) -> None:
    """A refusal names the block or the sum that does not fit, and what there is."""
    sizes, copies, pes, changes, text = REFUSED[case]
    problem = problem_of(chain(sizes, False, 20.0, 5.0), rectangle(2, 1), pes, MappingOptions(copies, 10, **changes))
    with pytest.raises(MappingError, match=text) as refusal:
        build_model_plan(problem)
    assert "\n" not in str(refusal.value)
