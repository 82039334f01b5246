"""Where things are on a chip, and the one route of a packet between two places.

Every channel counts as a hop: injection, mesh, ejection, and the DRAM interface, which takes the place of the injection or the
ejection. Entering the event router is the last mesh hop into its slot, leaving it the first hop out of it. Reads and writes of a DRAM
interface have a channel each: were it one, a chain of waits could lead from the event router over a write and a read back to the
router, and the order in which channels depend on each other would have a cycle.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache
from itertools import groupby
from typing import NamedTuple

from spinn2sim.hardware.facts import DRAM_SLOTS, GRID, PES_PER_QUAD, QUADS, ROUTER_SLOTS, Quad

Place = int  # a core id from 1 on, or one of these:
DRAM_CORE, EVENT_ROUTER = 0, -1


class ChannelKind(Enum):
    """What a channel connects."""

    INJECTION = "injection"
    EJECTION = "ejection"
    MESH = "mesh"
    DRAM_READ = "DRAM read"
    DRAM_WRITE = "DRAM write"


class ChannelId(NamedTuple):
    """A channel by the quad where it begins and the one where it ends; the same quad except for a mesh channel. It prints as the name
    that tables and reports use."""

    kind: ChannelKind
    start: Quad
    end: Quad

    def __str__(self) -> str:
        if self.kind is ChannelKind.MESH:
            return f"{place_name(self.start)}->{place_name(self.end)}"
        return f"{place_name(self.start)} {self.kind.value}"


def place_name(quad: Quad) -> str:
    """A quad as it is printed."""
    return f"({quad[0]},{quad[1]})"


def quad_of(core: int) -> Quad:
    """The quad of a core id 1..152."""
    return QUADS[(core - 1) // PES_PER_QUAD]


def pe_in_quad(core: int) -> int:
    """The PE index 0..3 of a core id in its quad."""
    return (core - 1) % PES_PER_QUAD


def quad_rank(quad: Quad) -> int:
    """The tie rule between copies of one packet: by x, then y; never 0."""
    return quad[0] * 8 + quad[1]


def by_quad(cores: Iterable[int]) -> list[tuple[Quad, tuple[int, ...]]]:
    """Cores, grouped by quad in the order of the tie rule, by core id within a quad."""
    ordered = sorted(set(cores), key=lambda core: (quad_rank(quad_of(core)), core))
    return [(quad, tuple(members)) for quad, members in groupby(ordered, key=quad_of)]


def slot_of(quad: Quad) -> Quad:
    """The event router's slot that a quad's packets enter and leave by (assumed: y <= 3 uses (4,3), the others (4,4))."""
    return ROUTER_SLOTS[0] if quad[1] <= 3 else ROUTER_SLOTS[1]


def dram_slot_of(quad: Quad) -> Quad:
    """The DRAM interface nearer to a quad by hops, ties (7,3)."""
    return min(DRAM_SLOTS, key=lambda slot: abs(slot[0] - quad[0]) + abs(slot[1] - quad[1]))


def neighbours(quad: Quad) -> list[Quad]:
    """Grid positions one hop away."""
    x, y = quad
    return [other for other in ((x - 1, y), (x, y - 1), (x, y + 1), (x + 1, y)) if other in GRID]


@cache
def channels() -> tuple[ChannelId, ...]:
    """Every channel, in a stated order: injection, ejection (by quad), mesh, DRAM reads, DRAM writes."""
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
    """The channels from one place to another over the mesh, in their order. A multicast packet takes the route to EVENT_ROUTER, and
    from there one route for each destination quad; a DMA transfer takes one route from end to end."""
    start, end = _position(source, destination), _position(destination, source)
    return (*_way_in(source, start), *xy_route(start, end), *_way_out(destination, end))


def xy_route(start: Quad, end: Quad) -> tuple[ChannelId, ...]:
    """Mesh channels from `start` to `end`, x first; none when they are the same."""
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
    """The grid position where packets between a place and another one enter or leave the mesh at the first."""
    if place == EVENT_ROUTER:
        return slot_of(quad_of(other))
    if place == DRAM_CORE:
        return dram_slot_of(quad_of(other))
    return quad_of(place)


def _way_in(place: Place, position: Quad) -> tuple[ChannelId, ...]:
    """The channel from a place into the mesh; the event router sends on the mesh itself."""
    if place == EVENT_ROUTER:
        return ()
    kind = ChannelKind.DRAM_READ if place == DRAM_CORE else ChannelKind.INJECTION
    return (ChannelId(kind, position, position),)


def _way_out(place: Place, position: Quad) -> tuple[ChannelId, ...]:
    """The channel from the mesh to a place."""
    if place == EVENT_ROUTER:
        return ()
    kind = ChannelKind.DRAM_WRITE if place == DRAM_CORE else ChannelKind.EJECTION
    return (ChannelId(kind, position, position),)
