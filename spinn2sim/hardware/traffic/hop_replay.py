"""Replays recorded sends through the network, without programs or data, and records every service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from spinn2sim.hardware.board.link_options import LinkPorts
from spinn2sim.hardware.dynamic_faults import DynamicFaults
from spinn2sim.hardware.engines.discrete_event import flush
from spinn2sim.hardware.faults.part_faults import Down, FaultMemory, PartFaults
from spinn2sim.hardware.network.event_router import ROUTER_NAME
from spinn2sim.hardware.network.event_scheduler import WAKE, EventScheduler
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import Packet, PacketCopy, TickLabel
from spinn2sim.hardware.packet import LONG_PAYLOAD, Outcome, Part
from spinn2sim.hardware.part_ticks import PartTicks
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import NO_TRANSFER, TimerTick
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import Rows

__all__ = ["ROUTER_NAME", "Hop", "Replay", "SentPacket", "play"]

BIG_FIFO = 1 << 40  # the capacity of a FIFO that never fills
ALWAYS = TickLabel(number=0, tick=TimerTick(0, 0, 0), trace_tick=0, at_q=0, due_q=1 << 62, traced=True)


class SentPacket(NamedTuple):
    """What a PE sent, or what came over a link: a packet by its key, or a transfer of the plan by its number."""

    seq: int
    core: int
    sent_q: int
    key: int
    transfer: int = NO_TRANSFER
    # Whether it has 128 bits of payload, for which a link takes longer.
    long: bool = False


class Hop(NamedTuple):
    """One service by a channel, a link or an engine of the event router.

    The head arrives at arrival_q and waits until start_q; the channel or engine is free again at end_q. `behind_seq` is the packet that
    held it until start_q: None if none did (under "stall" a full FIFO may have), the packet itself if its earlier copy did. `toward` are
    the PEs that this copy goes to; 0 is the DRAM, LINK_CORE + d the link d.
    """

    channel: str
    arrival_q: int
    start_q: int
    end_q: int
    behind_seq: int | None
    toward: tuple[int, ...]

    @property
    def wait_q(self) -> int:
        """The quanta from arrival to start."""
        return self.start_q - self.arrival_q


class _Service(NamedTuple):
    place: str
    packet_copy: PacketCopy
    arrival_q: int
    start_q: int
    end_q: int


@dataclass(frozen=True)
class Replay:
    """What a replay gives: `deliveries` as rows of ROW_TYPE, with the `seq` of the packets sent, and all services."""

    deliveries: Rows
    services: Sequence[_Service]
    seqs: Sequence[int]

    def hops(self, seq: int) -> list[Hop]:
        """Return the services of one packet: on the way to the event router, there, then copy by copy; empty if it was not sent."""
        services = [p for p in self.services if self._seq(p) == seq]
        services.sort(key=lambda p: (p.packet_copy.segment.quad, p.start_q))
        return [
            Hop(p.place, p.arrival_q, p.start_q, p.end_q, self._behind(p), _toward(p.packet_copy))
            for p in services
        ]  # fmt: skip

    def _behind(self, waited: _Service) -> int | None:
        """Return the packet that held the channel or engine until `waited` could start, or None."""
        if waited.start_q == waited.arrival_q:
            return None
        before = (p for p in self.services if p.place == waited.place and p.end_q == waited.start_q)
        return next((self._seq(p) for p in before), None)

    def _seq(self, service: _Service) -> int:
        return self.seqs[service.packet_copy.packet.seq]


class LineFlip(NamedTuple):
    """A bit of an entry of the table that has changed since an instant: bits 0 to 31 are the key's, 32 to 63 the mask's."""

    at_q: int
    entry: int
    bit: int


class OtherChip:
    """The other end of a link in a replay of one chip: nothing of it is played."""

    def receive(self, link: int, packet: Packet, arrives_q: int) -> None:
        """Forget the packet."""


class BrokenNetwork(NamedTuple):
    """The channels that go down, by their position in geometry.channels(), with the instants, and the flips of the table, sorted."""

    down: Mapping[int, int]
    flips: Sequence[LineFlip]


def play(
    plan: Plan,
    sent: Sequence[SentPacket],
    wakes: Sequence[tuple[int, int]] = (),
    broken: BrokenNetwork | None = None,
    ports: LinkPorts | None = None,
) -> Replay:
    """Send all of `sent` (in the order of seq) at their times into an empty network, and run it until it is quiet.

    Under "drop" and "overwrite" the FIFOs take all packets: a lost packet was delivered first, so times are the same. Under "stall" FIFOs
    are those of the plan, and `wakes`, sorted pairs (instant, core), say when each is emptied. `broken` is what breaks in the network.
    `ports` are the chip's links. Raises ValueError for a line of the table with links that the chip does not have.
    """
    stalls = plan.fifo_policy == "stall"
    network = replace(plan, faults=None, groups=(), transfers=tuple(replace(t, moves=()) for t in plan.transfers))
    if not stalls:
        network = replace(network, fifo_capacity=BIG_FIFO, fifo_policy="drop")
    recorder = MemoryRecorder()
    start_q = sent[0].sent_q if sent else 0
    machine = Machine(network, (), {}, recorder, EventScheduler(start_q, 0), _faults_of(network, broken), ports)
    for link in machine.stages.links:
        machine.connect(link, OtherChip())
    flips = list(broken.flips if broken else ())
    services: list[_Service] = []
    machine.scheduler.passed = lambda *what: services.append(_Service(*what))
    for order, packet in enumerate(sent):
        while flips and flips[0].at_q <= packet.sent_q:
            machine.table.flip(*flips.pop(0)[1:])
        if packet.transfer == NO_TRANSFER:
            size = LONG_PAYLOAD if packet.long else 0
            machine.send_packet(packet.core, packet.key, 0, size, packet.sent_q, order, ALWAYS)
        else:
            machine.start_transfer(packet.core, packet.transfer, 0, packet.sent_q, order, ALWAYS)
    for when, together in groupby(wakes if stalls else (), key=itemgetter(0)):
        if when >= start_q:
            _empty_at(machine, when, [core for _, core in together])
    machine.scheduler.env.run()
    while flush(machine):
        machine.scheduler.env.run()
    deliveries = recorder.deliveries()
    seqs = [packet.seq for packet in sent]
    deliveries["seq"] = np.array(seqs, np.int64)[deliveries["seq"]]
    return Replay(deliveries, services, seqs)


def _faults_of(plan: Plan, broken: BrokenNetwork | None) -> PartFaults | None:
    """Return the faults of a replay, of which only the channels that go down act."""
    if broken is None or not broken.down:
        return None
    faults = PartFaults(plan, DynamicFaults(), (), FaultMemory(), Part.TRAIN, 1, PartTicks(lambda _: (), 0, 0))
    faults.down = {channel: Down(at_q, 0) for channel, at_q in broken.down.items()}
    return faults


def _empty_at(machine: Machine, when: int, cores: Sequence[int]) -> None:
    """Have these PEs empty their FIFOs at `when`, as a wake does."""

    def empty(_: object) -> None:
        for core in cores:
            for packet, segment, delivered_q in machine.stages.fifos[core].drain():
                machine.accounting.settle(packet, segment, core, delivered_q, Outcome.ON_TIME, when)

    machine.scheduler.event_at(when, WAKE, empty)


def _toward(packet_copy: PacketCopy) -> tuple[int, ...]:
    """Return the PEs that a copy goes to: before the event router, all destinations of the packet."""
    return packet_copy.segment.cores or tuple(
        core for segment in packet_copy.packet.path.segments for core in segment.cores
    )
