"""A packet, its copies in the network, and the paths that they take."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from spinn2sim.hardware.counters import DMA
from spinn2sim.hardware.packet import KIND_SHIFT, Key
from spinn2sim.hardware.program import TimerTick

ORDER_BITS, CORE_BITS, QUAD_BITS = 20, 8, 7
ORDER_LIMIT = 1 << ORDER_BITS
NO_INJECTION = -1


class Stage(Protocol):
    """A place where a packet's head arrives: a channel, the event router, or the end of a path."""

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Take the head of `packet_copy`, which arrives at `now`."""


class BurstHeader(Protocol):
    """What the accounting needs to know of the DMA burst that a packet is."""

    @property
    def bytes(self) -> int:
        """The size of the burst."""

    @property
    def copy(self) -> int:
        """The copy of the network that the burst belongs to, or NO_COPY."""


class PacketSink(Protocol):
    """What a path needs to know of a receive FIFO at its end."""

    # Places reserved for packets on their way.
    reserved: int

    def has_room(self) -> bool:
        """Whether there is room for one more packet."""

    def put(self, packet: Packet, segment: PathSegment, now: int) -> None:
        """Deliver `packet`, which came by `segment`, at `now`."""


class TickLabel(NamedTuple):
    """One timer tick, as it is noted on the packets that are sent in it."""

    # Counts the ticks of a part.
    number: int
    # What programs get.
    tick: TimerTick
    # What the trace gets.
    trace_tick: int
    # The nominal instants of this tick and of the next one.
    at_q: int
    due_q: int
    traced: bool


class PathSegment(NamedTuple):
    """A part of a path: from the sender to the event router, or from either of them to one destination quad."""

    stages: tuple[Stage, ...]
    # The rank of the destination quad, which breaks ties between copies of one packet; 0 before the event router.
    quad: int
    # The destinations; 0 is the DRAM.
    cores: tuple[int, ...]
    fifos: tuple[PacketSink, ...]
    # Counted from the sender: channels; quanta until the head is delivered in an empty network; the longest service of a flit.
    hops: int
    unloaded_q: int
    slowest_q: int


class Path(NamedTuple):
    """The path of a packet: `inbound` to the event router (None for direct transfers), then a segment for each destination quad."""

    inbound: PathSegment | None
    segments: tuple[PathSegment, ...]
    # The line of the routing table, or NO_ENTRY.
    entry: int
    # Quanta from the send to the arrival at the first stage.
    lead_q: int
    # How many deliveries are due; 1 if no line matches.
    destinations: int
    # How many channels all copies together pass.
    hops: int


class Packet:
    """One packet or DMA burst that a program sent. `rank` orders packets by (send time, core, order in that wake's outbox)."""

    __slots__ = (
        "argument", "burst", "core", "flits", "has_payload", "injection", "key", "kind", "path", "payload", "rank", "sent_q", "seq",
        "tick_label",
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
        # Of a packet with 128 bits both words, as packet.join_words joins them.
        self.payload = payload
        self.has_payload = has_payload
        self.sent_q = sent_q
        self.tick_label = tick_label
        self.path = path
        self.rank = ((sent_q << CORE_BITS | core) << ORDER_BITS | order) << QUAD_BITS
        self.seq = -1
        self.flits = 1
        self.burst: BurstHeader | None = None
        # Of a DMA burst, what its sender said; of a packet, how many links it has passed.
        self.argument = 0
        # The row of the fault by which the packet is not what was sent, or goes astray.
        self.injection = NO_INJECTION

    def depart(self) -> list[PacketCopy]:
        """Make the copies that leave the PE: one to the event router, or one for each destination quad."""
        if self.path.inbound is not None:
            return [PacketCopy(self, self.path.inbound)]
        return [PacketCopy(self, segment) for segment in self.path.segments]

    def __str__(self) -> str:
        return f"{Key.unpack(self.key)} from PE {self.core} at {self.sent_q} q"


class PacketCopy:
    """One copy of a packet, on a segment of its path: `stages[at]` is where its head arrives next."""

    __slots__ = ("at", "flits", "packet", "rank", "segment", "stages")

    def __init__(self, packet: Packet, segment: PathSegment) -> None:
        self.packet = packet
        self.segment = segment
        self.flits = packet.flits
        self.rank = packet.rank | segment.quad
        self.stages = segment.stages
        self.at = 0


def packet_rank(packet: Packet) -> int:
    """The sort key of packets in the order of sending."""
    return packet.rank
