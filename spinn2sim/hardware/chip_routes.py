"""The routes of one chip: XY routes if no channel of the mesh is dead, otherwise routes around the dead channels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain, product
from typing import Protocol

from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.facts import DRAM_SLOTS, GRID, N_CORES, PES_PER_QUAD, QUADS, ROUTER_SLOTS, Quad
from spinn2sim.hardware.geometry import (
    DRAM_CORE,
    EVENT_ROUTER,
    ChannelId,
    ChannelKind,
    Place,
    quad_of,
    route,
    slot_of,
    way_in,
    way_out,
    xy_route,
)
from spinn2sim.hardware.up_down_routes import Hops, UpDownRoutes, connected_parts

Route = tuple[ChannelId, ...]
CORES = range(1, N_CORES + 1)
# How many chips' routes are kept; a board has 48.
CACHED_CHIPS = 64


class MeshRoutes(Protocol):
    """The hops over the mesh between places."""

    def to_router(self, quad: Quad) -> Hops:
        """Return the hops from a quad into a slot of the event router."""

    def from_router(self, quad: Quad) -> Hops:
        """Return the hops from a slot of the event router to a quad."""

    def between(self, start: Quad, end: Quad) -> Hops:
        """Return the hops from one grid position to another."""


class XyRoutes:
    """The hops on a mesh without dead channels: first along x, then along y."""

    def to_router(self, quad: Quad) -> Hops:
        """Return the hops from a quad into its slot of the event router."""
        return xy_route(quad, slot_of(quad))

    def from_router(self, quad: Quad) -> Hops:
        """Return the hops to a quad from its slot of the event router."""
        return xy_route(slot_of(quad), quad)

    def between(self, start: Quad, end: Quad) -> Hops:
        """Return the hops from one grid position to another."""
        return xy_route(start, end)


class ChipRoutes:
    """All routes of a chip. Places that dead channels cut off from the event router have none; neither have they any PE in `pes`."""

    def __init__(self, dead: DeadParts) -> None:
        self.dead = dead
        self._found: dict[tuple[Place, Place], Route] = {}
        self._part, self._mesh = _mesh_routes(dead)

    @cached_property
    def quads(self) -> tuple[Quad, ...]:
        """The quads that packets reach, in the order of the core ids."""
        return _reached_quads(self.dead, self._part)

    @cached_property
    def pes(self) -> tuple[int, ...]:
        """The core ids of the live PEs that packets reach, in order."""
        reached = set(self.quads)
        return tuple(core for core in CORES if core not in self.dead.pes and quad_of(core) in reached)

    @cached_property
    def cut_off(self) -> tuple[int, ...]:
        """The core ids of the PEs that are not dead, but that packets do not reach."""
        known = {*self.pes, *self.dead.pes}
        return tuple(core for core in CORES if core not in known)

    @cached_property
    def dram_slots(self) -> tuple[Quad, ...]:
        """The DRAM interfaces that can be used."""
        return tuple(slot for slot in DRAM_SLOTS if slot in self._part and slot not in self.dead.dram_interfaces)

    def route(self, source: Place, destination: Place) -> Route:
        """Return the channels from one place to another, in order. Raises KeyError if a place has no routes.

        A multicast packet takes the route to EVENT_ROUTER and from there one route for each destination quad; a direct DMA transfer takes
        one route from its source to its destination. On a chip without dead channels these are the routes of geometry.route.
        """
        found = self._found.get((source, destination))
        if found is None:
            found = self._found[source, destination] = self._make_route(source, destination)
        return found

    def all_routes(self) -> Iterator[tuple[Place, Place, Route]]:
        """Yield every route that a packet or burst can take, after its two ends, for one core of each quad that packets reach."""
        cores = [1 + PES_PER_QUAD * QUADS.index(quad) for quad in self.quads]
        dram = (DRAM_CORE,) if self.dram_slots else ()
        to_router, from_router = product(cores, (EVENT_ROUTER,)), product((EVENT_ROUTER,), cores)
        for ends in chain(to_router, from_router, product(cores, (*cores, *dram)), product(dram, cores)):
            yield (*ends, self.route(*ends))

    def _make_route(self, source: Place, destination: Place) -> Route:
        if max(source, destination) > N_CORES:  # links begin and end at the event router
            return ()
        if not self.dead.channels:
            return route(source, destination)
        for place in (source, destination):
            if place > 0 and quad_of(place) not in self.quads:
                raise KeyError(f"no route leads to PE {place}: dead channels cut it off")
        hops = self._hops(source, destination)
        start = hops[0].start if hops else quad_of(source)
        end = hops[-1].end if hops else quad_of(destination)
        return (*way_in(source, start), *hops, *way_out(destination, end))

    def _hops(self, source: Place, destination: Place) -> Hops:
        if destination == EVENT_ROUTER:
            return self._mesh.to_router(quad_of(source))
        if source == EVENT_ROUTER:
            return self._mesh.from_router(quad_of(destination))
        start = self._dram_slot_of(quad_of(destination)) if source == DRAM_CORE else quad_of(source)
        end = self._dram_slot_of(quad_of(source)) if destination == DRAM_CORE else quad_of(destination)
        return self._mesh.between(start, end)

    def _dram_slot_of(self, quad: Quad) -> Quad:
        """Return the nearest live DRAM interface to a quad; (7,3) if both are equally far. Raises KeyError if there is none."""
        if not self.dram_slots:
            raise KeyError("no route leads to the DRAM: its interfaces are dead or cut off")
        return min(self.dram_slots, key=lambda slot: len(self._mesh.between(quad, slot)))


@lru_cache(maxsize=CACHED_CHIPS)
def routes_around(dead: DeadParts = NOTHING_DEAD) -> ChipRoutes:
    """Return the routes of a chip with dead parts."""
    return ChipRoutes(dead)


def _mesh_routes(dead: DeadParts) -> tuple[frozenset[Quad], MeshRoutes]:
    """Return the grid positions that are used, and the routes among them: of the parts of a broken mesh the one with the most live PEs.

    The rank of up and down counts hops to the nearer slot of the event router. If there is no way between the slots that would keep any
    two positions connected, only one of the slots counts.
    """
    if not dead.mesh_channels:
        return frozenset(GRID), XyRoutes()
    part = max(connected_parts(dead.channels), key=lambda positions: _count_pes(dead, positions))
    slots = [slot for slot in ROUTER_SLOTS if slot in part]
    choices = [slots, *([slot] for slot in slots if len(slots) > 1)]
    tried = (UpDownRoutes(dead.channels, part, roots) for roots in choices)
    return part, next(routes for routes in tried if routes.connects_all)


def _reached_quads(dead: DeadParts, part: frozenset[Quad]) -> tuple[Quad, ...]:
    closed_quads = {channel.start for channel in dead.channels if channel.kind is ChannelKind.INJECTION}
    return tuple(quad for quad in QUADS if quad in part and quad not in closed_quads)


def _count_pes(dead: DeadParts, part: frozenset[Quad]) -> int:
    reached = set(_reached_quads(dead, part))
    return sum(core not in dead.pes and quad_of(core) in reached for core in CORES)
