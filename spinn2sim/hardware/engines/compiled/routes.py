"""The chip's ways as numbers: stages in topological order, legs, lines and transfers as tables; it plays nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.compiled.state import BEYOND, CURSOR_MASK, END, FLITS_MASK, LEG_MASK, PORT, Words
from spinn2sim.hardware.facts import HOP_Q, N_CORES, QUADS, Quad, dram_slot_of, slot_of, xy_route
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.dma import Burst
from spinn2sim.hardware.network.event_router import NO_ENTRY
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import Leg, Stage
from spinn2sim.hardware.network.routes import Stages, direct_path, multicast_path

DIRECT = -1
OTHER_ENGINE = "; use --engine discrete_event"


class Ways:
    """Routes, legs, lines and transfers of a machine. Stage n is channel n of Stages.channels(); the router comes last."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.channels = machine.stages.channels()
        self.router = len(self.channels)
        self._number = {id(channel): n for n, channel in enumerate(self.channels)}
        self._starts: dict[tuple[int, ...], int] = {}
        self._route: list[int] = []
        self._legs: list[list[int]] = []
        self._members: list[int] = []
        self.inward = self._inward()
        self.lines = self._lines()
        self.transfers = self._transfers()
        self.outward = self._outward()
        self.route = np.array(self._route, np.int64)
        self.legs = table(self._legs, 8)
        self.members = np.array(self._members or [0], np.int64)
        if len(self._route) > CURSOR_MASK or len(self._legs) > LEG_MASK:
            raise ScenarioError(
                f"compiled engine: found {len(self._legs)} legs over {len(self._route)} stages, allowed are "
                f"{LEG_MASK} and {CURSOR_MASK}{OTHER_ENGINE}"
            )

    def _way(self, stages: Iterable[Stage], end: int) -> int:
        """Where the channels of `stages`, closed by `end`, begin in the route."""
        way = (*(self._number[id(stage)] for stage in stages if isinstance(stage, Channel)), end)
        start = self._starts.get(way)
        if start is None:
            start = self._starts[way] = len(self._route)
            self._route += way
        return start

    def _inward(self) -> Words:
        """Per core: start of its way to the event router, and its hops."""
        found = np.zeros((N_CORES + 1, 2), np.int64)
        stages = self.machine.stages
        for core in range(1, N_CORES + 1):
            inbound = multicast_path(stages, core, NO_ENTRY, (), False).inbound
            assert inbound is not None  # noqa: S101 - a multicast path has one
            found[core] = self._way(inbound.stages, self.router), inbound.hops
        return found

    def _outward(self) -> Words:
        """Which stages are PORT or BEYOND in the event router's tree, 0 if none. What left a port in order needs to wait nowhere beyond it:
        each channel there has one before it, at least as slow. Raises RuntimeError if that is not so."""
        found = np.zeros(len(self.channels) + 1, np.int64)
        before: dict[int, int] = {}
        for way in all_ways(self.machine.stages):
            if way[0] != self.router:
                continue
            found[way[1]] = PORT
            for a, b in pairwise(way[1:]):
                found[b] = BEYOND
                slower = self.channels[a].service_q >= self.channels[b].service_q
                if before.setdefault(b, a) != a or not slower:
                    raise RuntimeError("the ways out of the event router are no tree of equal channels")
        return found

    def _leg(self, leg: Leg, hops: int, unloaded: int) -> None:
        """One leg, and its cores."""
        first = len(self._members)
        self._members += leg.cores
        start = self._way(leg.stages, END)
        self._legs.append([start, leg.quad, first, len(self._members), hops, unloaded, leg.slowest_q])

    def _lines(self) -> Words:
        """The routing table, then a row for keys that no line matches."""
        rows = []
        for n, entry in enumerate(self.machine.table.entries):
            path = multicast_path(self.machine.stages, 1, n, entry.cores, False)
            first, own = len(self._legs), int(self.inward[1, 1])
            for leg in path.legs:
                self._leg(leg, leg.hops - own, (leg.hops - own) * HOP_Q)
            rows.append([first, len(self._legs), path.hops - own, path.destinations, entry.key, entry.mask])
        return table([*rows, [0, 0, 0, 1, 0, 0]], 8)

    def _transfers(self) -> Words:
        return table([self._transfer(burst) for burst in self.machine.dma.bursts.values()], 16)

    def _transfer(self, burst: Burst) -> list[int]:
        """One row, in the order of T_...."""
        t, plan = burst.transfer, self.machine.plan
        if burst.flits > FLITS_MASK:
            raise ScenarioError(f"compiled engine: transfer {t.name} has {burst.flits} flits{OTHER_ENGINE}")
        ends = [burst.flits, burst.bytes, burst.copy, t.key, t.issuer, t.source_core]
        first = len(self._legs)
        if t.multicast:
            line = self.machine.table.match(t.key)
            line = len(self.lines) - 1 if line == NO_ENTRY else line
            start, hops = self.inward[t.source_core].tolist()
            return [
                first,
                first,
                hops + int(self.lines[line, 2]),
                int(self.lines[line, 3]),
                0,
                *ends,
                line,
                start,
                hops,
            ]
        path = direct_path(self.machine.stages, t.source_core, t.destination_cores, plan.dram_latency_q)
        for leg in path.legs:
            self._leg(leg, leg.hops, leg.unloaded_q)
        return [first, len(self._legs), path.hops, path.destinations, path.lead_q, *ends, DIRECT, 0, 0]


def table(rows: Sequence[Sequence[int]], width: int) -> Words:
    """Rows of integers, filled up with 0 to `width`; never empty, so that its address is one."""
    found = np.zeros((max(1, len(rows)), width), np.int64)
    for n, row in enumerate(rows):
        found[n, : len(row)] = row
    return found


def stage_order(stages: Stages) -> Words:
    """Every channel and the event router, so that each comes after all that a packet can come from. Raises RuntimeError if the waits
    have a circle."""
    after: list[set[int]] = [set() for _ in range(len(stages.channels()) + 1)]
    before = [0] * len(after)
    for way in all_ways(stages):
        for a, b in pairwise(way):
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
        raise RuntimeError("the channels wait for each other in a circle: no order of them is topological")
    return np.array(order, np.int64)


def all_ways(stages: Stages) -> list[list[int]]:
    """Every way that a packet or burst can take, as stage numbers."""
    channels = stages.channels()
    number = {id(channel): n for n, channel in enumerate(channels)}
    router = len(channels)

    def mesh(a: Quad, b: Quad) -> list[int]:
        return [number[id(stages.mesh[hop])] for hop in xy_route(a, b)]

    into = {quad: number[id(stages.injection[quad])] for quad in QUADS}
    out = {quad: number[id(stages.ejection[quad])] for quad in QUADS}
    ways = [[into[quad], *mesh(quad, slot_of(quad)), router] for quad in QUADS]
    ways += [[router, *mesh(slot_of(quad), quad), out[quad]] for quad in QUADS]
    ways += [[into[a], *mesh(a, b), out[b]] for a in QUADS for b in QUADS]
    for quad in QUADS:
        slot = dram_slot_of(quad)
        ways.append([number[id(stages.dram_read[slot])], *mesh(slot, quad), out[quad]])
        ways.append([into[quad], *mesh(quad, slot), number[id(stages.dram_write[slot])]])
    return ways
