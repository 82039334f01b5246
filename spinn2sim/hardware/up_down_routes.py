"""Routes on a mesh with dead channels, free of deadlock: first only up, towards the event router, then only down.

All grid positions are ranked by their hops to the event router over live channels, then by x and y. A hop to a position of lower rank goes
up, any other hop down. A route goes up for a while, and then down: so no chain of waits leads from a channel back to itself, because along
it the rank first falls and then rises. This is up*/down* routing (Schroeder et al., "Autonet", IEEE JSAC 9(8), 1991). The event router
stands between: routes to it only go up, routes from it only go down.

Among the shortest such routes the one that goes along x as long as it can is taken. Hence routes to and from the event router that no dead
channel touches are the XY routes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import pairwise

from spinn2sim.hardware.facts import GRID, ROUTER_SLOTS, Quad
from spinn2sim.hardware.geometry import ChannelId, ChannelKind, neighbours, quad_rank

Hops = tuple[ChannelId, ...]
Rank = tuple[int, int]


class UpDownRoutes:
    """The routes over the grid positions of `part`, which live channels connect, seen from the slots `roots` of the event router."""

    def __init__(self, dead: Collection[ChannelId], part: Collection[Quad], roots: Sequence[Quad]) -> None:
        self._next = {quad: [q for q in live_neighbours(quad, dead) if q in part] for quad in GRID if quad in part}
        hops = _hops_from(roots, self._next)
        self._rank: dict[Quad, Rank] = {quad: (count, quad_rank(quad)) for quad, count in hops.items()}
        self._remaining: dict[Quad, dict[tuple[Quad, bool], int]] = {}

    def to_router(self, quad: Quad) -> Hops:
        """Return the hops from a quad to the event router, into the first of its slots on the way."""
        way = [quad]
        while way[-1] not in ROUTER_SLOTS:
            here = way[-1]
            nearer = [q for q in self._next[here] if self._rank[q][0] < self._rank[here][0]]
            way.append(min(nearer, key=lambda q: q[1] != here[1]))  # along x if that is as short
        return hops_along(way)

    def from_router(self, quad: Quad) -> Hops:
        """Return the hops from the event router to a quad. All of them form a tree: each position is reached from one other only."""
        way = [quad]
        while way[-1] not in ROUTER_SLOTS:
            here = way[-1]
            nearer = [q for q in self._next[here] if self._rank[q][0] < self._rank[here][0]]
            way.append(min(nearer, key=lambda q: q[1] == here[1]))  # the last hops along y, as on XY routes
        return hops_along(way[::-1])

    def between(self, start: Quad, end: Quad) -> Hops:
        """Return the hops from one position to another. Raises KeyError if no route goes up and then down."""
        remaining = self._remaining_to(end)
        way, up = [start], True
        while way[-1] != end:
            here, left = way[-1], remaining[way[-1], up]
            for there in sorted(self._next[here], key=lambda q: q[1] != here[1]):
                rises = self._rank[there] < self._rank[here]
                if (up or not rises) and remaining.get((there, rises)) == left - 1:
                    way.append(there)
                    up = rises
                    break
        return hops_along(way)

    @cached_property
    def connects_all(self) -> bool:
        """Whether there is a route between any two positions."""
        return all((start, True) in self._remaining_to(end) for end in self._next for start in self._next)

    def _remaining_to(self, end: Quad) -> dict[tuple[Quad, bool], int]:
        """Return the hops that remain to `end` from each position, by whether the route may still go up there."""
        found = self._remaining.get(end)
        if found is None:
            found = self._remaining[end] = {(end, True): 0, (end, False): 0}
            waiting = deque(found)
            while waiting:
                there, up = waiting.popleft()
                for here in self._next[there]:
                    rises = self._rank[there] < self._rank[here]
                    if rises != up:  # the hop to `there` decides whether the route may go up from it
                        continue
                    for before in (True,) if rises else (True, False):
                        if (here, before) not in found:
                            found[here, before] = found[there, up] + 1
                            waiting.append((here, before))
        return found


def live_neighbours(quad: Quad, dead: Collection[ChannelId]) -> list[Quad]:
    """Return the grid positions that a live channel leads to, along x first."""
    live = [q for q in neighbours(quad) if ChannelId(ChannelKind.MESH, quad, q) not in dead]
    return sorted(live, key=lambda q: q[1] != quad[1])


def connected_parts(dead: Collection[ChannelId]) -> list[frozenset[Quad]]:
    """Return the sets of grid positions that live channels connect with a slot of the event router."""
    around = {quad: live_neighbours(quad, dead) for quad in GRID}
    return list(dict.fromkeys(frozenset(_hops_from([slot], around)) for slot in ROUTER_SLOTS))


def hops_along(way: Iterable[Quad]) -> Hops:
    """Return the mesh channels along a way."""
    return tuple(ChannelId(ChannelKind.MESH, a, b) for a, b in pairwise(way))


def _hops_from(starts: Sequence[Quad], around: dict[Quad, list[Quad]]) -> dict[Quad, int]:
    """Count the hops from the nearest of `starts` to each position that can be reached."""
    found = dict.fromkeys(starts, 0)
    waiting = deque(starts)
    while waiting:
        here = waiting.popleft()
        for there in around[here]:
            if there not in found:
                found[there] = found[here] + 1
                waiting.append(there)
    return found
