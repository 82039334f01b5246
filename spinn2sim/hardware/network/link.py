"""A link to another chip: a channel that leaves the event router, and ends at the event router of the neighbour."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from spinn2sim.hardware.board.link_options import UNBOUNDED, LinkOptions
from spinn2sim.hardware.board.shape import LINK_CORE, link_name
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.packet_copy import Packet
from spinn2sim.hardware.packet import LONG_PAYLOAD, Outcome

# The rank of a copy that goes to a link, beyond those of all quads. Copies of one packet go to different links, so they never compete.
LINK_RANK = 63

# Is called with a packet that leaves by a link, and when it arrives at the neighbour.
Cross = Callable[[Packet, int], None]


class Link(Channel):
    """One direction of a link. Its delivery is "on time" when the packet arrives at the neighbour, "dropped" if too many wait."""

    __slots__ = ("_accounting", "_cross", "_long_q", "_room", "core", "link")

    def __init__(
        self,
        link: int,
        scheduler: EventScheduler,
        options: LinkOptions,
        accounting: DeliveryAccounting,
        cross: Cross,
    ) -> None:
        super().__init__(link_name(link), scheduler, options.service_q, options.latency_q)
        self._long_q = options.long_service_q
        self.link = link
        self.core = LINK_CORE + link
        self._room = options.queue
        self._accounting = accounting
        self._cross = cross

    def choose(self, now: int) -> None:
        """If the link is free, send the packet that came first; of those that then still wait, the last ones are dropped if too many."""
        queue = self.queue
        if queue and self.free_at <= now:
            arrival, _, packet_copy = heappop(queue)
            packet, segment = packet_copy.packet, packet_copy.segment
            service_q = self._long_q if packet.has_payload == LONG_PAYLOAD else self.service_q
            self.free_at = now + service_q
            if self.scheduler.passed is not None:
                self.scheduler.passed(self.name, packet_copy, arrival, now, self.free_at)
            self.flits += 1
            self.busy_q += service_q
            arrives_q = self.free_at + self.latency_q
            self._accounting.settle(packet, segment, self.core, arrives_q, Outcome.ON_TIME, now)
            self._cross(packet, arrives_q)
        if self._room != UNBOUNDED and len(queue) > self._room:
            self._drop_last(now)
        if queue:
            self.longest = max(self.longest, len(queue))
            self.scheduler.release_at(self.free_at, self)

    def _drop_last(self, now: int) -> None:
        """Drop what waits beyond the queue's room; all of it came at this instant."""
        ordered = sorted(self.queue)
        self.queue.clear()
        for one in ordered[: self._room]:
            heappush(self.queue, one)
        for _, _, lost in ordered[self._room :]:
            self._accounting.settle(lost.packet, lost.segment, self.core, now, Outcome.DROPPED, now)
