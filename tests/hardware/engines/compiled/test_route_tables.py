"""The tables of routes: what the compiled engine's order of channels rests on."""

from __future__ import annotations

import networkx as nx

from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.engines.compiled.route_tables import all_routes, stage_order
from spinn2sim.hardware.geometry import channels


def test_stages_are_visited_in_a_topological_order() -> None:
    """The engine's order of channels is one that networkx accepts for the graph of all routes, and names each stage once."""
    graph = nx.DiGraph()
    for route in all_routes(routes_around()):
        nx.add_path(graph, route)
    order = stage_order(routes_around()).tolist()
    place = {stage: at for at, stage in enumerate(order)}
    assert nx.is_directed_acyclic_graph(graph)
    assert sorted(order) == list(range(len(channels()) + 1))
    assert all(place[a] < place[b] for a, b in graph.edges)
