"""Routing table and ways through the chip."""

from __future__ import annotations

import networkx as nx
import pytest

from spinn2sim.hardware.facts import (
    QUADS,
    ROUTER_ENTRIES,
    ROUTER_PORTS,
    ROUTER_SLOTS,
    Quad,
    dram_slot_of,
    slot_of,
    xy_route,
)
from spinn2sim.hardware.network.event_router import NO_ENTRY, RoutingTable
from spinn2sim.hardware.packet import RoutingEntry

Hop = tuple[object, ...]


def ways() -> list[list[Hop]]:
    """Channels in order, of every way: over the event router, PE to PE, to DRAM and from it."""
    found: list[list[Hop]] = []
    for a in QUADS:
        found.append([("in", a), *xy_route(a, slot_of(a)), ("router",)])
        found.append([("router",), *xy_route(slot_of(a), a), ("out", a)])
        slot = dram_slot_of(a)
        found.append([("in", a), *xy_route(a, slot), ("write", slot)])
        found.append([("read", slot), *xy_route(slot, a), ("out", a)])
        found += [[("in", a), *xy_route(a, b), ("out", b)] for b in QUADS]
    return found


def test_channels_never_wait_for_each_other_in_a_circle() -> None:
    """The channel dependency graph of all routes has no cycle, so every queue empties (and an order to compute them
    in exists)."""
    graph = nx.DiGraph()
    for way in ways():
        nx.add_path(graph, way)
    assert nx.is_directed_acyclic_graph(graph)


def test_event_router_is_entered_and_left_by_its_six_ports_alone() -> None:
    """XY routes to and from all quads use exactly the six ports of the chip."""
    ends = [(quad, slot_of(quad)) for quad in QUADS]
    entered = {xy_route(quad, slot)[-1] for quad, slot in ends}
    left = {xy_route(slot, quad)[0] for quad, slot in ends}
    inside = {(a, b) for a in ROUTER_SLOTS for b in ROUTER_SLOTS}
    assert entered - inside == set(ROUTER_PORTS)
    assert {(b, a) for a, b in left - inside} == set(ROUTER_PORTS)


def test_xy_routes_go_x_first_over_neighbours() -> None:
    """A route has as many hops as the distance, and no turn from y back to x."""
    for a in QUADS:
        for b in QUADS:
            route = xy_route(a, b)
            assert len(route) == abs(a[0] - b[0]) + abs(a[1] - b[1])
            turns = [_along_x(hop) for hop in route]
            assert turns == sorted(turns, reverse=True)


def _along_x(hop: tuple[Quad, Quad]) -> bool:
    return hop[0][1] == hop[1][1]


def test_first_line_wins_and_an_unknown_key_has_none() -> None:
    """Wildcards match by mask; order decides."""
    table = RoutingTable(
        [RoutingEntry(0x10, 0xF0, (1,)), RoutingEntry(0x12, 0xFF, (2,)), RoutingEntry(0x8000_0000, 0x8000_0000, (3,))]
    )
    assert [table.match(key) for key in (0x12, 0x1F, 0xFFFF_FF00, 0x20)] == [0, 0, 2, NO_ENTRY]


def test_table_that_is_too_long_is_refused() -> None:
    """The event router holds 16,384 lines and not one more."""
    with pytest.raises(ValueError, match="16385 entries"):
        RoutingTable([RoutingEntry(0, 0, (1,))] * (ROUTER_ENTRIES + 1))
