"""Refuses a chip whose dead parts leave no way to map anything, and proves that routes around dead channels cannot deadlock."""

from __future__ import annotations

from collections.abc import Iterable

from spinn2sim.errors import MappingError
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.facts import DRAM_SLOTS, ROUTER_PORTS, Quad
from spinn2sim.hardware.geometry import EVENT_ROUTER, Place, place_name


def refuse_broken_chip(dead: DeadParts) -> None:
    """Raise MappingError if no live PE or no DRAM interface is connected with the event router, or if routes could deadlock."""
    if not dead:
        return
    routes = routes_around(dead)
    if not routes.pes:
        ports = _names(dead.router_ports)
        raise MappingError(
            f"faults: no live PE reaches the event router ({len(dead.pes)} PEs are dead, {len(routes.cut_off)} cut off by dead channels; "
            f"{len(dead.router_ports)} of {len(ROUTER_PORTS)} ports are dead{ports}); at least one PE, port and way are needed"
        )
    if not routes.dram_slots:
        apart = [slot for slot in DRAM_SLOTS if slot not in dead.dram_interfaces]
        raise MappingError(
            f"faults: no DRAM interface is left: dead{_names(dead.dram_interfaces) or ': none'}, cut off by dead channels"
            f"{_names(apart) or ': none'}; one is needed for samples and results"
        )
    if dead.mesh_channels:
        refuse_cycle(routes)


def refuse_cycle(routes: ChipRoutes) -> None:
    """Raise MappingError if packets on these routes could wait for each other in a cycle: if the channel dependency graph has one."""
    import networkx as nx

    graph = nx.DiGraph()
    for source, destination, passed in routes.all_routes():
        nx.add_path(graph, [*_router(source), *passed, *_router(destination)])
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [str(before) for before, _ in nx.find_cycle(graph)]
        raise MappingError(f"faults: routes around dead channels would wait for each other: {' -> '.join(cycle)}")


def _router(place: Place) -> tuple[str, ...]:
    return ("event router",) if place == EVENT_ROUTER else ()


def _names(quads: Iterable[Quad]) -> str:
    """Return a colon and the names of grid positions; nothing if there are none."""
    names = ", ".join(map(place_name, quads))
    return f": {names}" if names else ""
