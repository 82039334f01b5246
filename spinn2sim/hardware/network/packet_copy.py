"""A packet, its copies on the way, and the paths that they take."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from spinn2sim.hardware.counters import DMA
from spinn2sim.hardware.packet import KIND_SHIFT, Key
from spinn2sim.hardware.program import TimerTick

ORDER_BITS, CORE_BITS, QUAD_BITS = 20, 8, 7
ORDER_LIMIT = 1 << ORDER_BITS


class Stage(Protocol):
    """Where a packet's head arrives: a channel, the event router, a FIFO, SRAM."""

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """The head of `packet_copy` is here at `now`."""


class BurstHeader(Protocol):
    """What a packet needs to know of the DMA burst that it is."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def copy(self) -> int:
        """The copy of the network that it belongs to, or NO_COPY."""


class PacketSink(Protocol):
    """What a path needs to know of a receive FIFO at its end."""

    # places that packets on their way have taken
    reserved: int

    def has_room(self) -> bool:
        """Whether there is room for one more packet."""

    def put(self, packet: Packet, segment: PathSegment, now: int) -> None:
        """Deliver `packet`, which came by `segment`, at `now`."""


class TickLabel(NamedTuple):
    """One tick, as packets that are sent in it remember it."""

    # counts every tick of a part
    number: int
    # what programs are told
    tick: TimerTick
    # what the trace is told
    trace_tick: int
    # nominal instants of this tick and of the next one
    at_q: int
    due_q: int
    traced: bool


class PathSegment(NamedTuple):
    """A part of a path: from the sender to the event router, or to one destination quad."""

    stages: tuple[Stage, ...]
    # rank of the destination quad, the tie rule between copies of one packet; 0 before the event router
    quad: int
    # destinations; 0 is the DRAM
    cores: tuple[int, ...]
    fifos: tuple[PacketSink, ...]
    # from the sender: channels; quanta until the head is delivered when nothing else moves; the largest service of a flit
    hops: int
    unloaded_q: int
    slowest_q: int


class Path(NamedTuple):
    """What a packet of one sender passes: `inbound` to the event router (none for direct transfers), then a segment for each
    destination quad."""

    inbound: PathSegment | None
    segments: tuple[PathSegment, ...]
    # line of the routing table, or NO_ENTRY
    entry: int
    # from the send to the arrival at the first stage
    lead_q: int
    # deliveries due; 1 when no line matches
    destinations: int
    # channels that all copies together pass
    hops: int


class Packet:
    """One packet or DMA burst that a program sent. `rank` orders packets by (send time, core, order in that wake's outbox)."""

    __slots__ = (
        "argument", "burst", "core", "flits", "has_payload", "key", "kind", "path", "payload", "rank", "sent_q", "seq", "tick_label",
    )  # fmt: skip

    def __init__(
        self,
        core: int,
        key: int,
        payload: int,
        has_payload: int,
        sent_q: int,
        order: int,
        tick_label: TickLabel,
        path: Path,
    ) -> None:
        self.core = core
        self.key = key
        self.kind = DMA if path.inbound is None else key >> KIND_SHIFT
        self.payload = payload
        self.has_payload = has_payload
        self.sent_q = sent_q
        self.tick_label = tick_label
        self.path = path
        self.rank = ((sent_q << CORE_BITS | core) << ORDER_BITS | order) << QUAD_BITS
        self.seq = -1
        self.flits = 1
        self.burst: BurstHeader | None = None
        self.argument = 0

    def depart(self) -> list[PacketCopy]:
        """What leaves the PE: one copy to the event router, or one for each destination quad."""
        if self.path.inbound is not None:
            return [PacketCopy(self, self.path.inbound)]
        return [PacketCopy(self, segment) for segment in self.path.segments]

    def __str__(self) -> str:
        return f"{Key.unpack(self.key)} from PE {self.core} at {self.sent_q} q"


class PacketCopy:
    """A packet, or one of its copies, on a segment of its path: `stages[at]` is where its head arrives next."""

    __slots__ = ("at", "flits", "packet", "rank", "segment", "stages")

    def __init__(self, packet: Packet, segment: PathSegment) -> None:
        self.packet = packet
        self.segment = segment
        self.flits = packet.flits
        self.rank = packet.rank | segment.quad
        self.stages = segment.stages
        self.at = 0


def packet_rank(packet: Packet) -> int:
    """The sort key of send order."""
    return packet.rank
