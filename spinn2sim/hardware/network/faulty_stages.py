"""Stages of a network in which something breaks: FIFO ends that lose or double packets, and channels that go down."""

from __future__ import annotations

from typing import NamedTuple

from spinn2sim.hardware.faults import draws
from spinn2sim.hardware.faults.injections import NONE, SEQ, FaultKind, FaultOutcome, Injection
from spinn2sim.hardware.faults.part_faults import Down, PartFaults
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.channel import Channel, CreditedEjection
from spinn2sim.hardware.network.packet_copy import CORE_BITS, ORDER_BITS, QUAD_BITS, Packet, PacketCopy
from spinn2sim.hardware.packet import LONG_PAYLOAD, Outcome

SIGN_BIT = 31
SOURCE_MASK = (1 << CORE_BITS + ORDER_BITS) - 1


class Sent(NamedTuple):
    """What a program sends: a packet, its tick and its order among those of a wake."""

    core: int
    tick: int
    order: int
    key: int
    payload: int
    has_payload: int
    sent_q: int


class Breakage(NamedTuple):
    """What breaks, and the accounting that it goes to. `flipped` are the packets that left with a flipped bit, with the injection's row."""

    faults: PartFaults
    accounting: DeliveryAccounting
    flipped: list[tuple[int, Packet]]

    def fate(self, packet: Packet, core: int) -> int:
        """Return whether the delivery of a packet to a core is UNHARMED, DROPPED or DOUBLED."""
        rates = self.faults.rates
        return int(draws.fate_of_delivery(self.stream_of(packet), core, rates.drop, rates.double))

    def stream_of(self, packet: Packet) -> int:
        """Return the stream of a packet's draws."""
        source = (packet.rank >> QUAD_BITS) & SOURCE_MASK
        return int(draws.packet_stream(self.faults.stream, packet.tick_label.number, source))

    def flip(self, sent: Sent) -> tuple[int, int, int]:
        """Return the key and the payload with which a packet leaves, of which a bit may be flipped, and the injection's row or NONE."""
        rates, key, payload = self.faults.rates, sent.key, sent.payload
        stream = draws.packet_stream(self.faults.stream, sent.tick, sent.core << ORDER_BITS | sent.order)
        bit = int(draws.flipped_bit(stream, draws.KEY_DRAW, rates.key_flip, draws.LAST_BIT))
        kind, long = FaultKind.KEY_FLIP, sent.has_payload == LONG_PAYLOAD
        if bit != draws.NO_FLIP:
            key ^= 1 << bit
        elif sent.has_payload:
            last = draws.LAST_LONG_BIT if long else draws.LAST_BIT
            bit, kind = (
                int(draws.flipped_bit(stream, draws.PAYLOAD_DRAW, rates.payload_flip, last)),
                FaultKind.PAYLOAD_FLIP,
            )
            payload ^= (1 << bit if long or bit < SIGN_BIT else -1 << bit) if bit != draws.NO_FLIP else 0
        if bit == draws.NO_FLIP:
            return key, payload, NONE
        row = Injection(kind, sent.core, NONE, bit, sent.tick, sent.sent_q, NONE, FaultOutcome.LOST)
        return key, payload, self.faults.log.add(row)

    def name_packets(self) -> None:
        """Write the numbers of the flipped packets, which they got when they left, into their injections."""
        for row, packet in self.flipped:
            self.faults.log.table[row, SEQ] = packet.seq

    def record_delivery(self, kind: FaultKind, packet: Packet, core: int, now: int) -> None:
        """Record that a delivery was dropped or doubled."""
        tick = packet.tick_label.number
        self.faults.log.add(Injection(kind, core, NONE, NONE, tick, now, packet.seq, FaultOutcome.LOST))


class FaultyFifoEnd:
    """The end of a packet's path in a quad, at which a delivery may be lost or come twice."""

    __slots__ = ("_breakage",)

    def __init__(self, breakage: Breakage) -> None:
        self._breakage = breakage

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Deliver a packet to each PE of the segment, in the order of core ids, as often as its draw says."""
        packet, segment = packet_copy.packet, packet_copy.segment
        for core, fifo in zip(segment.cores, segment.fifos, strict=True):
            fate = self._breakage.fate(packet, core)
            if fate == draws.DROPPED:
                self._breakage.record_delivery(FaultKind.DROP, packet, core, now)
                self._breakage.accounting.settle(packet, segment, core, now, Outcome.DROPPED, now)
                continue
            fifo.put(packet, segment, now)
            if fate == draws.DOUBLED:
                self._breakage.record_delivery(FaultKind.DOUBLE, packet, core, now)
                self._breakage.accounting.due[packet.kind] += 1
                fifo.put(packet, segment, now)


class FaultyEjection(CreditedEjection):
    """The ejection channel of a quad under the stall policy, which reserves as many places as there will be packets."""

    __slots__ = ("breakage",)

    breakage: Breakage

    def admits(self, packet_copy: PacketCopy) -> bool:
        """Reserve places in the receiving FIFOs, or refuse if one of them is full that gets the packet."""
        packet, segment = packet_copy.packet, packet_copy.segment
        fates = [self.breakage.fate(packet, core) for core in segment.cores[: len(segment.fifos)]]
        getting = [(fifo, fate) for fifo, fate in zip(segment.fifos, fates, strict=True) if fate != draws.DROPPED]
        if any(not fifo.has_room() for fifo, _ in getting):
            return False
        for fifo, fate in getting:
            fifo.reserved += 2 if fate == draws.DOUBLED else 1
        return True


class _GoesDown:
    """What a channel does that carries nothing from an instant on."""

    __slots__ = ()

    breakage: Breakage
    down: Down

    def lose(self, packet_copy: PacketCopy, now: int) -> None:
        """Settle all deliveries of a packet copy that arrives at the dead channel."""
        self.breakage.faults.log.raise_to(self.down.row, FaultOutcome.DETECTED)
        packet, segment = packet_copy.packet, packet_copy.segment
        cores = segment.cores or tuple(core for one in packet.path.segments for core in one.cores) or (0,)
        for core in cores:
            self.breakage.accounting.settle(packet, segment, core, now, Outcome.DROPPED, now)


class FailingChannel(_GoesDown, Channel):
    """A channel that goes down."""

    __slots__ = ("breakage", "down")

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Queue `packet_copy`, or lose it if the channel is down."""
        if now >= self.down.at_q:
            self.lose(packet_copy, now)
        else:
            super().arrive(packet_copy, now)


class FailingEjection(_GoesDown, FaultyEjection):
    """An ejection channel under the stall policy that goes down."""

    __slots__ = ("down",)

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Queue `packet_copy`, or lose it if the channel is down."""
        if now >= self.down.at_q:
            self.lose(packet_copy, now)
        else:
            super().arrive(packet_copy, now)
