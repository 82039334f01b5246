"""The event router: one queue and three routing engines."""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace

from spinn2sim.hardware.facts import PIPELINE_Q, ROUTER_ENGINES, ROUTER_Q
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.packet_copy import PacketCopy, PathSegment
from spinn2sim.hardware.packet import Outcome
from spinn2sim.hardware.routing_table import NO_ENTRY

ROUTER_NAME = "event router"


class EventRouter:
    """Serves packets of all ports first come, first served. An engine accepts one flit per router cycle; copies leave 4 cycles later."""

    __slots__ = (
        "_accounting",
        "_engines",
        "_scheduler",
        "accepted",
        "busy_q",
        "hits",
        "listed",
        "longest",
        "queue",
        "releasing",
    )

    def __init__(self, scheduler: EventScheduler, accounting: DeliveryAccounting, entries: int) -> None:
        self._scheduler = scheduler
        self._accounting = accounting
        self._engines = [0] * ROUTER_ENGINES  # a heap of the instants at which the engines are free
        self.queue: list[tuple[int, int, PacketCopy]] = []
        self.listed = False
        self.releasing = False
        self.hits = [0] * entries
        self.accepted = 0
        self.busy_q = 0
        self.longest = 0

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Queue `packet_copy`, which waits for an engine from `now`."""
        heappush(self.queue, (now, packet_copy.rank, packet_copy))
        if not self.listed:
            self._scheduler.list_chooser(self)

    def choose(self, now: int) -> None:
        """Give every free engine the packet that came first; ties go by rank."""
        queue, engines = self.queue, self._engines
        while queue and engines[0] <= now:
            arrival, _, packet_copy = heappop(queue)
            held = ROUTER_Q * packet_copy.flits
            if self._scheduler.passed is not None:
                self._scheduler.passed(ROUTER_NAME, packet_copy, arrival, now, now + held)
            heapreplace(engines, now + held)
            self.accepted += 1
            self.busy_q += held
            self._route(packet_copy, now)
        if queue:
            self.longest = max(self.longest, len(queue))
            self._scheduler.release_at(engines[0], self)

    def _route(self, packet_copy: PacketCopy, now: int) -> None:
        packet, path = packet_copy.packet, packet_copy.packet.path
        if not path.segments:
            segment: PathSegment = packet_copy.segment
            self._accounting.settle(packet, segment, 0, now + PIPELINE_Q, Outcome.NO_ROUTE, now)
            return
        if path.entry != NO_ENTRY:
            self.hits[path.entry] += 1
        for segment in path.segments:
            self._scheduler.arrive_at(now + PIPELINE_Q, PacketCopy(packet, segment))
