"""The event router: one queue, three routing engines, a table of keys with wildcards; it never looks at a payload."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace

import numpy as np

from spinn2sim.hardware.facts import PIPELINE_Q, ROUTER_ENGINES, ROUTER_ENTRIES, ROUTER_Q
from spinn2sim.hardware.network.accounting import Ledger
from spinn2sim.hardware.network.event_scheduler import Instants
from spinn2sim.hardware.network.packet_copy import Flight, Leg
from spinn2sim.hardware.packet import Outcome, RoutingEntry

NO_ENTRY = -1
ROUTER_NAME = "event router"


class RoutingTable:
    """Lines in their order; the first that matches counts."""

    def __init__(self, entries: Sequence[RoutingEntry]) -> None:
        if len(entries) > ROUTER_ENTRIES:
            raise ValueError(f"routing table: {len(entries)} entries; the event router holds {ROUTER_ENTRIES}")
        self.entries = tuple(entries)
        self._keys = np.array([entry.key for entry in entries], np.uint32)
        self._masks = np.array([entry.mask for entry in entries], np.uint32)
        self._found: dict[int, int] = {}

    def match(self, key: int) -> int:
        """The line for `key`, or NO_ENTRY."""
        line = self._found.get(key)
        if line is None:
            hits = np.flatnonzero((np.uint32(key) & self._masks) == self._keys)
            line = self._found[key] = int(hits[0]) if len(hits) else NO_ENTRY
        return line


class EventRouter:
    """First come, first served over all ports. An engine accepts one flit a router cycle; all copies leave 4 cycles
    after it accepted."""

    __slots__ = (
        "_engines",
        "_instants",
        "_ledger",
        "accepted",
        "busy_q",
        "hits",
        "listed",
        "longest",
        "queue",
        "releasing",
    )

    def __init__(self, instants: Instants, ledger: Ledger, entries: int) -> None:
        self._instants = instants
        self._ledger = ledger
        self._engines = [0] * ROUTER_ENGINES  # when each is free: a heap
        self.queue: list[tuple[int, int, Flight]] = []
        self.listed = False
        self.releasing = False
        self.hits = [0] * entries
        self.accepted = 0
        self.busy_q = 0
        self.longest = 0

    def arrive(self, flight: Flight, now: int) -> None:
        """`flight` waits for an engine from `now`."""
        heappush(self.queue, (now, flight.rank, flight))
        if not self.listed:
            self._instants.list_chooser(self)

    def choose(self, now: int) -> None:
        """Give every free engine the one that came first; ties by rank."""
        queue, engines = self.queue, self._engines
        while queue and engines[0] <= now:
            arrival, _, flight = heappop(queue)
            held = ROUTER_Q * flight.flits
            if self._instants.passed is not None:
                self._instants.passed(ROUTER_NAME, flight, arrival, now, now + held)
            heapreplace(engines, now + held)
            self.accepted += 1
            self.busy_q += held
            self._route(flight, now)
        if queue:
            self.longest = max(self.longest, len(queue))
            self._instants.release_at(engines[0], self)

    def _route(self, flight: Flight, now: int) -> None:
        packet, path = flight.packet, flight.packet.path
        if path.entry == NO_ENTRY:
            leg: Leg = flight.leg
            self._ledger.settle(packet, leg, 0, now + PIPELINE_Q, Outcome.NO_ROUTE, now)
            return
        self.hits[path.entry] += 1
        for leg in path.legs:
            self._instants.arrive_at(now + PIPELINE_Q, Flight(packet, leg))
