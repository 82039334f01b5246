"""A NoC channel, which serves packets first come, first served, one flit at a time.

Bursts are cut through: the head moves on after `latency_q`, while the burst holds the channel for the service of all of its flits. The
tail follows the head after (flits - 1) services of the slowest channel of the path. A channel that flits reach more slowly than it serves
them would be held longer; this is not modelled.
"""

from __future__ import annotations

from heapq import heappop, heappush

from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.packet_copy import PacketCopy


class Channel:
    """A mesh channel in one direction, an injection channel, an ejection channel without credits, or a DRAM interface."""

    __slots__ = (
        "busy_q",
        "flits",
        "free_at",
        "latency_q",
        "listed",
        "longest",
        "name",
        "queue",
        "releasing",
        "scheduler",
        "service_q",
    )

    def __init__(self, name: str, scheduler: EventScheduler, service_q: int, latency_q: int) -> None:
        self.name = name
        self.scheduler = scheduler
        self.service_q = service_q
        self.latency_q = latency_q
        self.queue: list[tuple[int, int, PacketCopy]] = []
        self.free_at = 0
        self.listed = False
        self.releasing = False
        self.flits = 0
        self.busy_q = 0
        self.longest = 0

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Queue `packet_copy`, which waits here from `now`."""
        heappush(self.queue, (now, packet_copy.rank, packet_copy))
        if not self.listed:
            self.scheduler.list_chooser(self)

    def choose(self, now: int) -> None:
        """If the channel is free, serve the packet copy that came first; ties go by rank."""
        queue = self.queue
        if queue and self.free_at <= now and self.admits(queue[0][2]):
            arrival, _, packet_copy = heappop(queue)
            service = self.service_q * packet_copy.flits
            if self.scheduler.passed is not None:
                self.scheduler.passed(self.name, packet_copy, arrival, now, now + service)
            self.free_at = now + service
            self.flits += packet_copy.flits
            self.busy_q += service
            packet_copy.at += 1
            self.scheduler.arrive_at(now + self.latency_q, packet_copy)
        if queue:
            if len(queue) > self.longest:
                self.longest = len(queue)
            if self.free_at > now:
                self.scheduler.release_at(self.free_at, self)

    def admits(self, packet_copy: PacketCopy) -> bool:
        """Whether the service of `packet_copy` may start now. A plain channel always admits."""
        return True


class CreditedEjection(Channel):
    """The ejection channel of a quad under the stall policy: a packet is admitted only if each FIFO it goes to has room."""

    __slots__ = ()

    def admits(self, packet_copy: PacketCopy) -> bool:
        """Reserve a place in every receiving FIFO, or refuse if one is full. A burst goes to SRAM and needs none."""
        fifos = packet_copy.segment.fifos
        if any(not fifo.has_room() for fifo in fifos):
            return False
        for fifo in fifos:
            fifo.reserved += 1
        return True
