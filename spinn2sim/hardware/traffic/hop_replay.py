"""The replay of recorded sends through the network model, with every service written down; no program runs and no data moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from spinn2sim.hardware.engines.discrete_event import flush
from spinn2sim.hardware.network.event_router import ROUTER_NAME
from spinn2sim.hardware.network.event_scheduler import WAKE
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import PacketCopy, TickLabel
from spinn2sim.hardware.packet import Outcome
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import NO_TRANSFER, TimerTick
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import Rows

__all__ = ["ROUTER_NAME", "Hop", "Replay", "SentPacket", "play"]

EVERYTHING = 1 << 40  # a FIFO that never fills
ALWAYS = TickLabel(number=0, tick=TimerTick(0, 0, 0), trace_tick=0, at_q=0, due_q=1 << 62, traced=True)


class SentPacket(NamedTuple):
    """What a PE sent: a packet by its key, or a transfer of the plan by its number."""

    seq: int
    core: int
    sent_q: int
    key: int
    transfer: int = NO_TRANSFER


class Hop(NamedTuple):
    """One service at a channel or at an engine of the event router: the head is there at arrival_q, waits until start_q, and the place
    is free again at end_q.

    `behind_seq` is who held it until start_q: None where nobody did (under "stall" it can be a full FIFO), the packet itself where an
    earlier copy of it did. `toward` are the PEs that this copy goes to; 0 is the DRAM.
    """

    channel: str
    arrival_q: int
    start_q: int
    end_q: int
    behind_seq: int | None
    toward: tuple[int, ...]

    @property
    def wait_q(self) -> int:
        """Quanta between arrival and start."""
        return self.start_q - self.arrival_q


class _Service(NamedTuple):
    place: str
    packet_copy: PacketCopy
    arrival_q: int
    start_q: int
    end_q: int


@dataclass(frozen=True)
class Replay:
    """`deliveries` are rows of ROW_TYPE, `seq` numbered like what was sent."""

    deliveries: Rows
    services: Sequence[_Service]
    seqs: Sequence[int]

    def hops(self, seq: int) -> list[Hop]:
        """The services of one packet: to the event router, at it, then copy by copy; empty when it was not sent."""
        mine = [p for p in self.services if self._seq(p) == seq]
        mine.sort(key=lambda p: (p.packet_copy.segment.quad, p.start_q))
        return [
            Hop(p.place, p.arrival_q, p.start_q, p.end_q, self._behind(p), _toward(p.packet_copy))
            for p in mine
        ]  # fmt: skip

    def _behind(self, waited: _Service) -> int | None:
        """Who held the place until `waited` could start."""
        if waited.start_q == waited.arrival_q:
            return None
        before = (p for p in self.services if p.place == waited.place and p.end_q == waited.start_q)
        return next((self._seq(p) for p in before), None)

    def _seq(self, service: _Service) -> int:
        return self.seqs[service.packet_copy.packet.seq]


def play(plan: Plan, sent: Sequence[SentPacket], wakes: Sequence[tuple[int, int]] = ()) -> Replay:
    """Send everything in `sent` (in the order of seq) at its time into an empty network, until it is quiet.

    Under "drop" and "overwrite" FIFOs take all that comes: what is lost was delivered first, so that times are the same. Under "stall"
    they are as in the plan, and `wakes`, (instant, core) sorted, say when each is emptied.
    """
    stalls = plan.fifo_policy == "stall"
    network = replace(plan, groups=(), transfers=tuple(replace(t, moves=()) for t in plan.transfers))
    if not stalls:
        network = replace(network, fifo_capacity=EVERYTHING, fifo_policy="drop")
    recorder = MemoryRecorder()
    start_q = sent[0].sent_q if sent else 0
    machine = Machine(network, (), {}, recorder, start_q, 0)
    services: list[_Service] = []
    machine.scheduler.passed = lambda *what: services.append(_Service(*what))
    for order, one in enumerate(sent):
        if one.transfer == NO_TRANSFER:
            machine.send_packet(one.core, one.key, 0, 0, one.sent_q, order, ALWAYS)
        else:
            machine.start_transfer(one.core, one.transfer, 0, one.sent_q, order, ALWAYS)
    for when, together in groupby(wakes if stalls else (), key=itemgetter(0)):
        if when >= start_q:
            _empty_at(machine, when, [core for _, core in together])
    machine.scheduler.env.run()
    while flush(machine):
        machine.scheduler.env.run()
    deliveries = recorder.deliveries()
    seqs = [one.seq for one in sent]
    deliveries["seq"] = np.array(seqs, np.int64)[deliveries["seq"]]
    return Replay(deliveries, services, seqs)


def _empty_at(machine: Machine, when: int, cores: Sequence[int]) -> None:
    """These PEs wake at `when` and take what their FIFOs hold."""

    def empty(_: object) -> None:
        for core in cores:
            for packet, segment, delivered_q in machine.stages.fifos[core].drain():
                machine.accounting.settle(packet, segment, core, delivered_q, Outcome.ON_TIME, when)

    machine.scheduler.event_at(when, WAKE, empty)


def _toward(packet_copy: PacketCopy) -> tuple[int, ...]:
    """Before the event router a packet goes to all its destinations."""
    return packet_copy.segment.cores or tuple(
        core for segment in packet_copy.packet.path.segments for core in segment.cores
    )
