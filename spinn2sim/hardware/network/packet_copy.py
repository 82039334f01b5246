"""A packet, its copies in flight and the legs that they fly; a packet never looks at its payload."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from spinn2sim.hardware.packet import Key
from spinn2sim.hardware.program import Tick

ORDER_BITS, CORE_BITS, QUAD_BITS = 20, 8, 7
ORDER_LIMIT = 1 << ORDER_BITS


class Stage(Protocol):
    """Where a packet's head arrives: a channel, the event router, a FIFO, SRAM."""

    def arrive(self, flight: Flight, now: int) -> None:
        """The head of `flight` is here at `now`."""


class BurstHeader(Protocol):
    """What a packet needs to know of the DMA burst that it is."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def copy(self) -> int:
        """The copy of the network that it belongs to, or NO_COPY."""


class PacketSink(Protocol):
    """What a packet's way needs of a receive FIFO at its end."""

    reserved: int

    def has_room(self) -> bool:
        """Whether there is room for one more packet."""

    def put(self, packet: Packet, leg: Leg, now: int) -> None:
        """Deliver `packet`, which came by `leg`, at `now`."""


class Mark(NamedTuple):
    """One tick: its index in the part, what programs and the trace are told of it, and when it and the next one are due."""

    number: int  # g: counts every tick of a part
    tick: Tick
    trace_tick: int
    at_q: int  # its nominal instant
    due_q: int  # nominal instant of the next tick
    traced: bool


class Leg(NamedTuple):
    """A stretch of a path, the same for every packet: stages, destinations, and the time it takes when nothing else
    moves."""

    stages: tuple[Stage, ...]
    quad: int  # tie rule between copies of one packet; 0 before the event router
    cores: tuple[int, ...]  # destinations; 0 is the DRAM
    fifos: tuple[PacketSink, ...]
    hops: int  # from the sender
    unloaded_q: int  # from the send to the delivery of the head
    slowest_q: int  # largest service of a flit on the way from the sender


class Path(NamedTuple):
    """What a sender's packet does: `inbound` to the event router (None for direct transfers), then one leg per
    destination quad."""

    inbound: Leg | None
    legs: tuple[Leg, ...]
    entry: int  # line of the routing table; -1: none
    lead_q: int  # from the send to the arrival at the first stage
    destinations: int  # deliveries due; 1 without a route
    hops: int  # channels passed by all copies together


class Packet:
    """One packet or DMA burst that a program sent. `rank` orders packets by (send time, core, order in that wake's
    outbox)."""

    __slots__ = (
        "argument",
        "burst",
        "core",
        "flits",
        "has_payload",
        "key",
        "kind",
        "mark",
        "path",
        "payload",
        "rank",
        "sent_q",
        "seq",
    )

    def __init__(
        self,
        core: int,
        key: int,
        kind: int,
        payload: int,
        has_payload: int,
        sent_q: int,
        order: int,
        mark: Mark,
        path: Path,
    ) -> None:
        self.core = core
        self.key = key
        self.kind = kind
        self.payload = payload
        self.has_payload = has_payload
        self.sent_q = sent_q
        self.mark = mark
        self.path = path
        self.rank = ((sent_q << CORE_BITS | core) << ORDER_BITS | order) << QUAD_BITS
        self.seq = -1
        self.flits = 1
        self.burst: BurstHeader | None = None
        self.argument = 0

    def depart(self) -> list[Flight]:
        """What leaves the PE: one flight to the event router, or one per destination quad."""
        if self.path.inbound is not None:
            return [Flight(self, self.path.inbound)]
        return [Flight(self, leg) for leg in self.path.legs]

    def __str__(self) -> str:
        return f"{Key.unpack(self.key)} from PE {self.core} at {self.sent_q} q"


class Flight:
    """A packet, or one of its copies, on a leg: `stages[at]` is where its head arrives next."""

    __slots__ = ("at", "flits", "leg", "packet", "rank", "stages")

    def __init__(self, packet: Packet, leg: Leg) -> None:
        self.packet = packet
        self.leg = leg
        self.flits = packet.flits
        self.rank = packet.rank | leg.quad
        self.stages = leg.stages
        self.at = 0


def packet_rank(packet: Packet) -> int:
    """The sort key of send order."""
    return packet.rank
