"""The positions of PEs, channels and interfaces on a chip, and the route of a packet between two places.

Every channel counts as a hop: injection, mesh, ejection, and the DRAM interface, which takes the place of the injection or the ejection. A
packet enters the event router with the last mesh hop into its slot, and leaves it with the first hop out of it. A DRAM interface has one
channel for reads and one for writes: if they shared one, a chain of waits could lead from the event router over a write and a read back to
the router, and the dependencies between channels would have a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache
from itertools import groupby
from typing import NamedTuple

from spinn2sim.hardware.facts import DRAM_SLOTS, GRID, PES_PER_QUAD, QUADS, ROUTER_SLOTS, Quad

Place = int  # a core id from 1 on, DRAM_CORE or EVENT_ROUTER
DRAM_CORE, EVENT_ROUTER = 0, -1


class ChannelKind(Enum):
    """What a channel connects."""

    INJECTION = "injection"
    EJECTION = "ejection"
    MESH = "mesh"
    DRAM_READ = "DRAM read"
    DRAM_WRITE = "DRAM write"


class ChannelId(NamedTuple):
    """A channel, identified by the quads where it begins and ends, which differ only for a mesh channel.

    `str` gives the name that tables and reports use.
    """

    kind: ChannelKind
    start: Quad
    end: Quad

    def __str__(self) -> str:
        if self.kind is ChannelKind.MESH:
            return f"{place_name(self.start)}->{place_name(self.end)}"
        return f"{place_name(self.start)} {self.kind.value}"


def place_name(quad: Quad) -> str:
    """Return the name of a quad as it is printed."""
    return f"({quad[0]},{quad[1]})"


def quad_of(core: int) -> Quad:
    """Return the quad of a core id 1..152."""
    return QUADS[(core - 1) // PES_PER_QUAD]


def pe_in_quad(core: int) -> int:
    """Return the index 0..3 of a core in its quad."""
    return (core - 1) % PES_PER_QUAD


def quad_rank(quad: Quad) -> int:
    """Return the rank that breaks ties between copies of one packet: by x, then y. It is above 0."""
    return quad[0] * 8 + quad[1]


def by_quad(cores: Iterable[int]) -> list[tuple[Quad, tuple[int, ...]]]:
    """Group cores by quad, in the order of quad_rank, and by core id within a quad."""
    ordered = sorted(set(cores), key=lambda core: (quad_rank(quad_of(core)), core))
    return [(quad, tuple(members)) for quad, members in groupby(ordered, key=quad_of)]


def slot_of(quad: Quad) -> Quad:
    """Return the event router's slot through which a quad's packets pass (assumed: (4,3) for y <= 3, otherwise (4,4))."""
    return ROUTER_SLOTS[0] if quad[1] <= 3 else ROUTER_SLOTS[1]


def dram_slot_of(quad: Quad) -> Quad:
    """Return the DRAM interface that is fewer hops from a quad; (7,3) if both are equally far."""
    return min(DRAM_SLOTS, key=lambda slot: abs(slot[0] - quad[0]) + abs(slot[1] - quad[1]))


def neighbours(quad: Quad) -> list[Quad]:
    """Return the grid positions one hop away."""
    x, y = quad
    return [other for other in ((x - 1, y), (x, y - 1), (x, y + 1), (x + 1, y)) if other in GRID]


@cache
def channels() -> tuple[ChannelId, ...]:
    """List every channel in a fixed order: injection and ejection by quad, mesh, DRAM reads, DRAM writes."""
    mesh = [(quad, other) for quad in GRID for other in neighbours(quad)]
    return (
        *(ChannelId(ChannelKind.INJECTION, quad, quad) for quad in QUADS),
        *(ChannelId(ChannelKind.EJECTION, quad, quad) for quad in QUADS),
        *(ChannelId(ChannelKind.MESH, *hop) for hop in mesh),
        *(ChannelId(ChannelKind.DRAM_READ, slot, slot) for slot in DRAM_SLOTS),
        *(ChannelId(ChannelKind.DRAM_WRITE, slot, slot) for slot in DRAM_SLOTS),
    )


@cache
def route(source: Place, destination: Place) -> tuple[ChannelId, ...]:
    """Return the channels from one place to another over the mesh, in order.

    A multicast packet takes the route to EVENT_ROUTER and from there one route for each destination quad; a direct DMA transfer takes one
    route from its source to its destination.
    """
    start, end = _position(source, destination), _position(destination, source)
    return (*way_in(source, start), *xy_route(start, end), *way_out(destination, end))


def xy_route(start: Quad, end: Quad) -> tuple[ChannelId, ...]:
    """Return the mesh channels from `start` to `end`, first along x; none if they are the same."""
    hops: list[ChannelId] = []
    x, y = start
    while (x, y) != end:
        here = (x, y)
        if x != end[0]:
            x += 1 if end[0] > x else -1
        else:
            y += 1 if end[1] > y else -1
        hops.append(ChannelId(ChannelKind.MESH, here, (x, y)))
    return tuple(hops)


def _position(place: Place, other: Place) -> Quad:
    """Return the grid position at which packets between `place` and `other` enter or leave the mesh on the side of `place`."""
    if place == EVENT_ROUTER:
        return slot_of(quad_of(other))
    if place == DRAM_CORE:
        return dram_slot_of(quad_of(other))
    return quad_of(place)


def way_in(place: Place, position: Quad) -> tuple[ChannelId, ...]:
    """Return the channel from a place into the mesh; none for the event router, which sends directly on mesh channels."""
    if place == EVENT_ROUTER:
        return ()
    kind = ChannelKind.DRAM_READ if place == DRAM_CORE else ChannelKind.INJECTION
    return (ChannelId(kind, position, position),)


def way_out(place: Place, position: Quad) -> tuple[ChannelId, ...]:
    """Return the channel from the mesh to a place; none for the event router."""
    if place == EVENT_ROUTER:
        return ()
    kind = ChannelKind.DRAM_WRITE if place == DRAM_CORE else ChannelKind.EJECTION
    return (ChannelId(kind, position, position),)
