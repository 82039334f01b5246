"""The routes of the chip as tables of integers: the stages that a packet passes, the routing table's lines, and the DMA transfers.

A stage is a channel or the event router. The path of a packet is a route from its sender to the event router and then, for each destination
quad, a *segment* from there to the ejection channel. The path of a direct DMA transfer is one segment per destination quad.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np

from spinn2sim.hardware.board.shape import LINK_CORE, N_LINKS
from spinn2sim.hardware.chip_routes import ChipRoutes
from spinn2sim.hardware.engines.compiled import limits
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import Words
from spinn2sim.hardware.facts import HOP_Q, N_CORES, PES_PER_QUAD, PIPELINE_Q, QUADS
from spinn2sim.hardware.geometry import EVENT_ROUTER, ChannelId, Place, channels, quad_of
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.dma import Burst
from spinn2sim.hardware.network.machine import NOWHERE, Machine
from spinn2sim.hardware.network.packet_copy import Path, PathSegment, Stage
from spinn2sim.hardware.network.routes import direct_path, multicast_path
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.routing_table import NO_ENTRY

# The key of a line that matches nothing, with a mask of 0.
NO_KEY = 1


class RouteTables:
    """Routes, segments, lines and transfers of a machine.

    Stage n is channel n of geometry.channels(); then come the event router and, on a board, the six links.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.channels = list(machine.stages.channels.values())
        self.router = len(self.channels)
        self._number = {id(channel): n for n, channel in enumerate(self.channels)}
        self._number |= {id(one): self.router + 1 + link for link, one in machine.stages.links.items()}
        self.stages = self.router + 1 + (N_LINKS if machine.ports else 0)
        self._starts: dict[tuple[int, ...], int] = {}
        self._routes: list[int] = []
        self._segments: list[list[int]] = []
        self._segment_cores: list[int] = []
        self.to_router = self._make_to_router()
        self.lines = self._make_lines()
        self.transfers = self._make_transfers()
        self.from_router = self._make_from_router()
        self.routes = np.array(self._routes, np.int64)
        self.segments = make_table(self._segments, 8)
        self.segment_cores = np.array(self._segment_cores or [0], np.int64)
        limits.check_routes(len(self._segments), len(self._routes))
        self.service_q = np.array([channel.service_q for channel in self.channels], np.int64)
        links = machine.stages.links
        # The stages that are counted: channels and links, with their names.
        self.counted = np.array([*range(self.router), *(self.router + 1 + link for link in links)], np.int64)
        self.names = tuple(channel.name for channel in (*self.channels, *links.values()))
        self.bypassed = self._make_bypassed()

    def _add_route(self, stages: Iterable[Stage], end: int) -> int:
        """Return the position in `routes` of the route over the channels of `stages`, closed by `end`; a new route is added."""
        numbers = (*(self._number[id(stage)] for stage in stages if isinstance(stage, Channel)), end)
        start = self._starts.get(numbers)
        if start is None:
            start = self._starts[numbers] = len(self._routes)
            self._routes += numbers
        return start

    def _make_to_router(self) -> Words:
        """For each core of a quad that packets reach, the position of its route to the event router, and the hops of that route."""
        found = np.zeros((N_CORES + 1 + (N_LINKS if self.machine.ports else 0), 2), np.int64)
        stages = self.machine.stages
        if self.machine.ports:
            found[LINK_CORE:, 0] = self._add_route((), self.router)
        for core in (core for core in range(1, N_CORES + 1) if quad_of(core) in stages.routes.quads):
            inbound = multicast_path(stages, core, NO_ENTRY, NOWHERE, False).inbound
            assert inbound is not None  # noqa: S101 - a multicast path has one
            found[core] = self._add_route(inbound.stages, self.router), inbound.hops
        return found

    def way_in_service(self) -> int:
        """Return how many quanta each channel to the event router holds a flit, no longer than a hop takes, if all hold it equally long and
        are a tree: all routes to the event router that pass a channel have the same number of hops behind it. Otherwise 0.
        """
        behind: dict[int, int] = {}
        for start, hops in self.to_router.tolist():
            for n, stage in enumerate(self._routes[start : start + hops]):
                if behind.setdefault(stage, hops - n) != hops - n:
                    return 0
            if hops > at.QUAD_MASK or (hops and self._routes[start + hops] != self.router):
                return 0
        services = {int(self.service_q[stage]) for stage in behind} or {HOP_Q}
        service = services.pop()
        return 0 if services or service > HOP_Q else service

    def _make_from_router(self) -> Words:
        """Which stages are ROUTER_PORT or BELOW_PORT in the tree of channels that leaves the event router; 0 for the others.

        Packet copies that have left a port wait nowhere behind it, because each channel there is fed by a single channel that is at
        least as slow. Raises RuntimeError if this does not hold.
        """
        found = np.zeros(self.stages, np.int64)
        before: dict[int, int] = {}
        for one in all_routes(self.machine.stages.routes):
            if one[0] != self.router:
                continue
            found[one[1]] = at.ROUTER_PORT
            for a, b in pairwise(one[1:]):
                found[b] = at.BELOW_PORT
                slower = self.channels[a].service_q >= self.channels[b].service_q
                if before.setdefault(b, a) != a or not slower:
                    raise RuntimeError("the routes out of the event router are no tree of equal channels")
        return found

    def _make_bypassed(self) -> Words:
        """Pairs (segment, channel): the channels that copies pass without a queue when they bypass those below the event router's ports."""
        found = [
            (number, channel)
            for number, segment in enumerate(self._segments)
            for channel in self._routes[
                segment[at.SEGMENT_START] + 1 : segment[at.SEGMENT_START] + segment[at.SEGMENT_HOPS]
            ]
        ]
        return np.array(found, np.int64).reshape(-1, 2)

    def _add_segment(self, segment: PathSegment, hops: int, unloaded: int) -> None:
        first = len(self._segment_cores)
        self._segment_cores += segment.cores
        start = self._add_route(segment.stages, at.END_OF_ROUTE)
        self._segments.append([start, segment.quad, first, len(self._segment_cores), hops, unloaded, segment.slowest_q])

    def _make_lines(self) -> Words:
        """A row for each line of the routing table, in the order of LINE_..., and one for keys that no line matches."""
        rows = []
        sender = (
            QUADS.index(self.machine.stages.routes.quads[0]) * PES_PER_QUAD + 1
        )  # any one, whose way in is left out
        for n, entry in enumerate(self.machine.table.entries):
            path = multicast_path(self.machine.stages, sender, n, entry, False)
            rows.append(self._line_row(path, int(self.to_router[sender, 1]), entry))
        if self.machine.ports:
            for core in range(LINK_CORE, LINK_CORE + N_LINKS):
                ends = replace(self.machine.ends_of(core, NO_ENTRY), key=NO_KEY)
                rows.append(self._line_row(multicast_path(self.machine.stages, core, NO_ENTRY, ends, False), 0, ends))
        return make_table([*rows, [0, 0, 0, 1, NO_KEY, 0, 0, 0]], 8)

    def _line_row(self, path: Path, to_router: int, entry: RoutingEntry) -> list[int]:
        """Make the row of a line, whose path counts `to_router` hops before the event router."""
        first = len(self._segments)
        for segment in path.segments:
            unloaded_q = segment.unloaded_q - PIPELINE_Q - to_router * HOP_Q
            self._add_segment(segment, segment.hops - to_router, unloaded_q)
        hops = path.hops - to_router
        return [first, len(self._segments), hops, path.destinations, entry.key, entry.mask, 0, len(entry.links)]

    def _make_transfers(self) -> Words:
        """A row for each DMA transfer, in the order of TRANSFER_..."""
        rows = []
        for burst in self.machine.dma.bursts.values():
            limits.check_flits(burst.transfer.name, burst.flits)
            rows.append(self._multicast_row(burst) if burst.transfer.multicast else self._direct_row(burst))
        return make_table(rows, 16)

    def _multicast_row(self, burst: Burst) -> list[int]:
        first, line = len(self._segments), self.machine.table.match(burst.transfer.key)
        if line == NO_ENTRY:
            line = len(self.lines) - 1
        start, hops = self.to_router[burst.transfer.source_core].tolist()
        passed, due = hops + int(self.lines[line, at.LINE_HOPS]), int(self.lines[line, at.LINE_DUE])
        return [first, first, passed, due, 0, *_burst_columns(burst), line, start, hops]

    def _direct_row(self, burst: Burst) -> list[int]:
        first, transfer = len(self._segments), burst.transfer
        latency_q = self.machine.plan.dram_latency_q
        path = direct_path(self.machine.stages, transfer.source_core, transfer.destination_cores, latency_q)
        for segment in path.segments:
            self._add_segment(segment, segment.hops, segment.unloaded_q)
        ends = [path.hops, path.destinations, path.lead_q]
        return [first, len(self._segments), *ends, *_burst_columns(burst), at.DIRECT, 0, 0]


def _burst_columns(burst: Burst) -> list[int]:
    """The columns TRANSFER_FLITS to TRANSFER_SOURCE."""
    transfer = burst.transfer
    return [burst.flits, burst.bytes, burst.copy, transfer.key, transfer.issuer, transfer.source_core]


def make_table(rows: Sequence[Sequence[int]], width: int) -> Words:
    """Make a table from rows, each filled up with 0 to `width`. It has at least one row, since an empty array has no address."""
    found = at.aligned((max(1, len(rows)), width))
    for n, row in enumerate(rows):
        found[n, : len(row)] = row
    return found


def stage_order(chip: ChipRoutes, links: int = 0) -> Words:
    """Sort all stages topologically: each comes after all stages from which a packet can reach it, and the links last.

    Raises RuntimeError if the routes have a cycle.
    """
    after: list[set[int]] = [set() for _ in range(len(channels()) + 1)]
    before = [0] * len(after)
    for one in all_routes(chip):
        for a, b in pairwise(one):
            if b not in after[a]:
                after[a].add(b)
                before[b] += 1
    ready = [n for n, count in enumerate(before) if not count]
    heapify(ready)
    order = []
    while ready:
        n = heappop(ready)
        order.append(n)
        for other in after[n]:
            before[other] -= 1
            if not before[other]:
                heappush(ready, other)
    if len(order) < len(after):
        raise RuntimeError("the channels wait for each other in a cycle: no order of them is topological")
    return np.array([*order, *range(len(after), len(after) + links)], np.int64)


def all_routes(chip: ChipRoutes) -> list[list[int]]:
    """List every route that a packet or burst can take, as stage numbers, for one core of each quad."""
    number = {channel: n for n, channel in enumerate(channels())}
    router = len(number)

    def stages(source: Place, destination: Place, passed: Iterable[ChannelId]) -> list[int]:
        before, behind = ([router] if place == EVENT_ROUTER else [] for place in (source, destination))
        return [*before, *(number[channel] for channel in passed), *behind]

    return [stages(*one) for one in chip.all_routes()]
