"""Routes over a chip."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest

from spinn2sim.hardware.facts import N_CORES, PES_PER_QUAD, QUADS, ROUTER_PORTS, ROUTER_SLOTS
from spinn2sim.hardware.geometry import (
    DRAM_CORE,
    EVENT_ROUTER,
    ChannelId,
    ChannelKind,
    Place,
    channels,
    quad_of,
    route,
    xy_route,
)

CORES = range(1, N_CORES + 1, PES_PER_QUAD)  # one of each quad
PAIRS: list[tuple[Place, Place]] = [
    *((core, EVENT_ROUTER) for core in CORES),
    *((EVENT_ROUTER, core) for core in CORES),
    *((core, DRAM_CORE) for core in CORES),
    *((DRAM_CORE, core) for core in CORES),
    *((a, b) for a in CORES for b in CORES),
]


def test_channels_never_wait_for_each_other_in_a_circle() -> None:
    """The channel dependency graph of all routes has no cycle, so every queue empties, and an order to compute them in exists."""
    graph = nx.DiGraph()
    for source, destination in PAIRS:
        ends = [place for place in (source, destination) if place == EVENT_ROUTER]
        passed: list[object] = list(route(source, destination))
        nx.add_path(graph, [*ends, *passed] if source == EVENT_ROUTER else [*passed, *ends])
    assert nx.is_directed_acyclic_graph(graph)


def test_a_route_leads_from_its_source_to_its_destination() -> None:
    """Each channel begins where the one before it ends; PEs and DRAM are entered and left by channels of their own."""
    enters = {True: ChannelKind.DRAM_READ, False: ChannelKind.INJECTION}
    leaves = {True: ChannelKind.DRAM_WRITE, False: ChannelKind.EJECTION}
    for source, destination in PAIRS:
        passed = route(source, destination)
        assert all(one.end == following.start for one, following in pairwise(passed))
        kinds = [channel.kind for channel in passed]
        if source != EVENT_ROUTER:
            assert kinds.pop(0) is enters[source == DRAM_CORE]
        if destination != EVENT_ROUTER:
            assert kinds.pop() is leaves[destination == DRAM_CORE]
        assert set(kinds) <= {ChannelKind.MESH}
        if source > 0:
            assert passed[0].start == quad_of(source)
        if destination > 0:
            assert passed[-1].end == quad_of(destination)


def test_every_channel_is_on_the_list_once_under_a_name_of_its_own() -> None:
    """Routes pass listed channels alone, and no two channels print alike."""
    listed = channels()
    assert len(set(listed)) == len(set(map(str, listed))) == len(listed)
    assert {channel for pair in PAIRS for channel in route(*pair)} <= set(listed)


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        (ChannelId(ChannelKind.INJECTION, (1, 2), (1, 2)), "(1,2) injection"),
        (ChannelId(ChannelKind.EJECTION, (1, 2), (1, 2)), "(1,2) ejection"),
        (ChannelId(ChannelKind.MESH, (1, 2), (2, 2)), "(1,2)->(2,2)"),
        (ChannelId(ChannelKind.DRAM_READ, (7, 3), (7, 3)), "(7,3) DRAM read"),
        (ChannelId(ChannelKind.DRAM_WRITE, (7, 3), (7, 3)), "(7,3) DRAM write"),
    ],
)
def test_channels_print_as_the_names_in_the_tables(channel: ChannelId, name: str) -> None:
    """The names of channels are part of the trace's format."""
    assert str(channel) == name


def test_event_router_is_entered_and_left_by_its_six_ports_alone() -> None:
    """Routes to and from all quads use exactly the six ports of the chip."""
    entered = {(channel.start, channel.end) for core in CORES for channel in route(core, EVENT_ROUTER)[-1:]}
    left = {(channel.start, channel.end) for core in CORES for channel in route(EVENT_ROUTER, core)[:1]}
    inside = {(a, b) for a in ROUTER_SLOTS for b in ROUTER_SLOTS}
    assert entered - inside == set(ROUTER_PORTS)
    assert {(b, a) for a, b in left - inside} == set(ROUTER_PORTS)


def test_xy_routes_go_x_first_over_neighbours() -> None:
    """A route has as many hops as the distance, and no turn from y back to x."""
    for a in QUADS:
        for b in QUADS:
            passed = xy_route(a, b)
            assert len(passed) == abs(a[0] - b[0]) + abs(a[1] - b[1])
            along_x = [channel.start[1] == channel.end[1] for channel in passed]
            assert along_x == sorted(along_x, reverse=True)
