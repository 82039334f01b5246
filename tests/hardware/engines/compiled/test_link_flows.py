"""Which links packets come over: the flows of a board against each packet's own way through the tables."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from random_boards import boards, keys_of, make_chips, plan_of
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import Chip, opposite
from spinn2sim.hardware.engines.compiled.link_flows import link_flows
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import make_plans
from spinn2sim.training.run_inputs import load_run_inputs


def links_from(plan: BoardPlan, chip: Chip, key: int, came_over: int | None) -> tuple[int, ...]:
    """The links over which a packet leaves a chip, which its own PEs have sent or which came over a link."""
    own = plan.plans[plan.board.numbers[chip]]
    line = RoutingTable(own.entries).match(key)
    if line != NO_ENTRY:
        return own.entries[line].links
    if came_over is None or not plan.links.default_route:
        return ()
    straight = opposite(came_over)
    return (straight,) if plan.board.neighbour(chip, straight) is not None else ()


@settings(deadline=None, max_examples=60)
@given(boards())
def test_flows_have_each_link_that_a_packet_passes(drawn: dict[str, Any]) -> None:
    """No packet comes over a link, or goes on from there, of which the flows say that none does."""
    plan = plan_of(drawn, make_chips(drawn))
    comes, passes = link_flows(plan)
    board = plan.board
    for start, machine in zip(board.chips, drawn["chips"], strict=True):
        for key in keys_of(machine):
            ways = [(start, link) for link in links_from(plan, start, key, None)]
            seen = set(ways)
            while ways:
                chip, link = ways.pop()
                there, back = board.neighbour(chip, link), opposite(link)
                assert there is not None
                assert comes[board.numbers[there], back]
                onward = links_from(plan, there, key, back)
                assert passes[board.numbers[there], back] or not onward
                ways += [(there, onto) for onto in onward if (there, onto) not in seen]
                seen |= set(ways)


def test_sums_and_totals_of_a_row_go_no_further() -> None:
    """On a row of three chips, whose root is in the middle, packets come over each link, and none goes on."""
    inputs = load_run_inputs("board-2", {"board.columns": 3, "training.copies": 6})
    plan = make_plans(inputs.scenario, inputs.graph, inputs.most_spikes, make_firmware(inputs.scenario))
    comes, passes = link_flows(plan)
    assert comes.sum() == len(list(plan.board.links()))
    assert not passes.any()
