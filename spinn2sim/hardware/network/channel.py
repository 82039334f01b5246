"""A NoC channel: first come, first served, one flit a service.

A burst is cut through: it holds each channel for all of its flits, its head moves on after `latency_q`. Its tail follows by
(flits - 1) services of the slowest channel of its path; that a burst's flits may come in more slowly than they are served is not
modelled (a channel is free again after flits x its own service).
"""

from __future__ import annotations

from heapq import heappop, heappush

from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.packet_copy import PacketCopy


class Channel:
    """One direction between two neighbours, an injection, an ejection without credits, or a DRAM interface."""

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
        """`packet_copy` waits here from `now`."""
        heappush(self.queue, (now, packet_copy.rank, packet_copy))
        if not self.listed:
            self.scheduler.list_chooser(self)

    def choose(self, now: int) -> None:
        """Serve the one that came first, if the channel is free; ties by rank."""
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
        """Whether `packet_copy` may start now; a plain channel has room for everyone."""
        return True


class CreditedEjection(Channel):
    """The ejection channel of a quad under the stall policy: a packet starts only when each FIFO it goes to has room for it."""

    __slots__ = ()

    def admits(self, packet_copy: PacketCopy) -> bool:
        """Take a place in every receiving FIFO, or in none and hold the channel. A burst goes to SRAM and needs none."""
        fifos = packet_copy.segment.fifos
        if any(not fifo.has_room() for fifo in fifos):
            return False
        for fifo in fifos:
            fifo.reserved += 1
        return True
