"""Routes around dead channels."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings

from broken_chips import MESH, dead_parts
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.dead_parts import DeadParts, closed, opposite
from spinn2sim.hardware.facts import DRAM_SLOTS, GRID, QUADS, ROUTER_PORTS, ROUTER_SLOTS
from spinn2sim.hardware.geometry import (
    DRAM_CORE,
    EVENT_ROUTER,
    ChannelId,
    ChannelKind,
    quad_of,
    route,
    slot_of,
    xy_route,
)
from spinn2sim.hardware.up_down_routes import UpDownRoutes


def test_whole_chip_has_the_routes_of_geometry() -> None:
    """Nothing dead: every route is the XY route, whatever PEs or lines of the table are dead."""
    for dead in (DeadParts(), DeadParts(pes=frozenset({1, 2, 3, 4}), router_lines=frozenset({0}))):
        assert all(passed == route(*ends) for *ends, passed in routes_around(dead).all_routes())


@settings(max_examples=60)
@given(dead_parts())
def test_routes_pass_no_dead_channel_and_never_wait_in_a_cycle(dead: DeadParts) -> None:
    """Any dead channels: routes join their ends over live channels, without a cycle of waits or a second way from the router."""
    routes = routes_around(dead)
    waits, before = nx.DiGraph(), dict[ChannelId, object]()
    for source, destination, passed in routes.all_routes():
        assert dead.channels.isdisjoint(passed)
        assert all(a.end == b.start for a, b in pairwise(passed))
        assert EVENT_ROUTER in (source, destination) or len(set(passed)) == len(passed)
        nx.add_path(waits, [*_router(source), *passed, *_router(destination)])
        if source == EVENT_ROUTER:
            assert (passed[0].end, passed[0].start) in ROUTER_PORTS
            assert all(before.setdefault(b, a) == a for a, b in pairwise([*_router(source), *passed]))
        if destination == EVENT_ROUTER:
            assert (passed[-1].start, passed[-1].end) in ROUTER_PORTS
        for place, channel in ((source, passed[0]), (destination, passed[-1])):
            assert place < 1 or quad_of(place) in (channel.start, channel.end)
    assert nx.is_directed_acyclic_graph(waits)


@settings(max_examples=60)
@given(dead_parts())
def test_every_live_pe_has_routes_or_is_counted_as_cut_off(dead: DeadParts) -> None:
    """Dead, reached and cut off PEs are all there are, and what is cut off is so by its own channel or by the mesh."""
    routes = routes_around(dead)
    assert sorted((*dead.pes, *routes.pes, *routes.cut_off)) == list(range(1, 153))
    live = nx.DiGraph((c.start, c.end) for c in MESH if c not in dead.channels)
    live.add_nodes_from(GRID)
    around = [nx.node_connected_component(live.to_undirected(), slot) for slot in ROUTER_SLOTS]
    for core in routes.cut_off:
        alone = ChannelId(ChannelKind.INJECTION, quad_of(core), quad_of(core)) in dead.channels
        assert alone or not all(quad_of(core) in part for part in around)


def test_routes_around_nothing_are_xy_to_and_from_the_router_and_never_longer() -> None:
    """Up and down on a whole mesh: the event router is reached as by XY, and all ways are as short as XY."""
    routes = UpDownRoutes((), GRID, ROUTER_SLOTS)
    assert routes.connects_all
    for quad in QUADS:
        assert routes.to_router(quad) == xy_route(quad, slot_of(quad))
        assert routes.from_router(quad) == xy_route(slot_of(quad), quad)
    assert all(len(routes.between(a, b)) == len(xy_route(a, b)) for a in GRID for b in GRID)


@pytest.mark.parametrize("name", ["(1,2)->(2,2)", "(2,2)->(1,2)"])
def test_one_way_fault_closes_both_ways(name: str) -> None:
    """Whichever direction is dead, no route uses either of them."""
    dead = closed(channel for channel in MESH if str(channel) == name)
    assert {str(channel) for channel in dead} == {"(1,2)->(2,2)", "(2,2)->(1,2)"}
    assert dead == {opposite(channel) for channel in dead}
    assert all(dead.isdisjoint(passed) for *_, passed in routes_around(DeadParts(channels=dead)).all_routes())


def test_transfers_take_the_dram_interface_that_is_left() -> None:
    """With one interface dead all reads and writes go over the other; with both there is no route."""
    one, both = (DeadParts(channels=closed(dram_interfaces=slots)) for slots in (DRAM_SLOTS[:1], DRAM_SLOTS))
    for core in (1, 77, 133):
        assert routes_around(one).route(DRAM_CORE, core)[0] == ChannelId(
            ChannelKind.DRAM_READ, DRAM_SLOTS[1], DRAM_SLOTS[1]
        )
        assert routes_around(one).route(core, DRAM_CORE)[-1].start == DRAM_SLOTS[1]
        with pytest.raises(KeyError, match="DRAM"):
            routes_around(both).route(core, DRAM_CORE)


def test_upper_and_lower_half_stay_connected_when_only_a_detour_is_left() -> None:
    """All channels between the rows 3 and 4 but one are dead: every PE still has a route to every other."""
    for column in range(1, 8):
        dead = closed(
            ChannelId(ChannelKind.MESH, (x, 3), (x, 4)) for x in range(1, 8) if x != column and (x, 3) in GRID
        )
        routes = ChipRoutes(DeadParts(channels=dead))
        assert len(routes.pes) == 152
        assert all(passed for *_, passed in routes.all_routes())


def _router(place: int) -> tuple[str, ...]:
    return ("event router",) if place == EVENT_ROUTER else ()
