"""The receive FIFO of a PE, in its SRAM, which keeps packets until a wake drains it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from spinn2sim.errors import quoted
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.channel import Channel
from spinn2sim.hardware.network.packet_copy import Packet, PacketCopy, PathSegment
from spinn2sim.hardware.packet import Outcome

POLICIES = ("drop", "overwrite", "stall")


class HeldPacket(NamedTuple):
    """A packet in a FIFO, the segment of its path by which it came, and when it came."""

    packet: Packet
    segment: PathSegment
    delivered_q: int


class Fifo:
    """Holds up to `capacity` packets. If full, "drop" loses the new packet, "overwrite" the oldest; with "stall", none is sent to it."""

    __slots__ = ("_accounting", "_overwrite", "capacity", "core", "ejection", "high_water", "packets", "reserved")

    def __init__(self, core: int, capacity: int, policy: str, accounting: DeliveryAccounting) -> None:
        if policy not in POLICIES:
            raise ValueError(f"FIFO policy {quoted(policy)}: allowed are {', '.join(POLICIES)}")
        if capacity < 1:
            raise ValueError(f"FIFO capacity {capacity}: must be 1 or more packets")
        self.core = core
        self.capacity = capacity
        self.packets: deque[HeldPacket] = deque()
        self.reserved = 0  # places reserved for packets on their way here (stall)
        self.high_water = 0
        self.ejection: Channel | None = None  # the channel that may go on when a drain makes room (stall)
        self._overwrite = policy == "overwrite"
        self._accounting = accounting

    def has_room(self) -> bool:
        """Whether there is room for one more packet, counting those on their way."""
        return len(self.packets) + self.reserved < self.capacity

    def put(self, packet: Packet, segment: PathSegment, now: int) -> None:
        """Deliver `packet` at `now`."""
        if self.reserved:
            self.reserved -= 1
        packets = self.packets
        if len(packets) < self.capacity:
            packets.append(HeldPacket(packet, segment, now))
            if len(packets) > self.high_water:
                self.high_water = len(packets)
        elif self._overwrite:
            oldest = packets.popleft()
            packets.append(HeldPacket(packet, segment, now))
            self._accounting.settle(oldest.packet, oldest.segment, self.core, oldest.delivered_q, Outcome.DROPPED, now)
        else:
            self._accounting.settle(packet, segment, self.core, now, Outcome.DROPPED, now)

    def drain(self) -> list[HeldPacket]:
        """Take all packets, oldest first. A channel that waits for room may choose again at this instant."""
        taken = list(self.packets)
        self.packets.clear()
        if self.ejection is not None and taken and self.ejection.queue:
            self.ejection.scheduler.list_chooser(self.ejection)
            self.ejection.scheduler.choose_now()
        return taken


class FifoEnd:
    """The end of a packet's path in a quad: the FIFOs of its destination PEs."""

    __slots__ = ()

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Deliver one copy to each PE of the segment, in the order of core ids."""
        for fifo in packet_copy.segment.fifos:
            fifo.put(packet_copy.packet, packet_copy.segment, now)
