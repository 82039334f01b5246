"""A plan becomes a machine: all channels, FIFOs, the event router and the DRAM, ready to send; it never plays a
schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from spinn2sim.hardware.counters import DMA
from spinn2sim.hardware.facts import DRAM_SLOTS, FLIT_Q, GRID, HOP_Q, N_CORES, QUADS, Quad, quad_of
from spinn2sim.hardware.network.accounting import Ledger
from spinn2sim.hardware.network.channel import Channel, CreditedEjection
from spinn2sim.hardware.network.dma import Dma, SramLanding, TailLanding
from spinn2sim.hardware.network.event_router import NO_ENTRY, EventRouter, RoutingTable
from spinn2sim.hardware.network.event_scheduler import Instants
from spinn2sim.hardware.network.fifo import Fifo, FifoLanding
from spinn2sim.hardware.network.packet_copy import ORDER_LIMIT, Flight, Mark, Packet, Path
from spinn2sim.hardware.network.routes import Stages, direct_path, multicast_path
from spinn2sim.hardware.packet import KIND_SHIFT
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder


class Machine:
    """The network of the chip, with a door for what PEs send. It starts empty at `start_q` and counts packets from
    `first_number`."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None,
        start_q: int,
        first_number: int,
    ) -> None:
        self.plan = plan
        self.instants = Instants(start_q, first_number)
        self.ledger = Ledger(recorder)
        self.table = RoutingTable(plan.entries)
        self.router = EventRouter(self.instants, self.ledger, len(plan.entries))
        self.stages = build_stages(plan, self.instants, self.router, self.ledger)
        self.dma = Dma(plan, programs, dram, self.ledger)
        self.instants.finish = self.dma.finish
        self._paths: dict[tuple[Quad, int, bool], Path] = {}
        self._direct: dict[int, Path] = {}

    def send_packet(
        self, core: int, key: int, payload: int, has_payload: int, sent_q: int, order: int, mark: Mark
    ) -> None:
        """A multicast packet leaves `core` at `sent_q`."""
        packet = Packet(
            core, key, key >> KIND_SHIFT, payload, has_payload, sent_q, order, mark, self._path(core, key, False)
        )
        self._send(packet, order)

    def start_transfer(self, core: int, number: int, argument: int, sent_q: int, order: int, mark: Mark) -> None:
        """DMA transfer `number` of the plan starts at `sent_q`. A pull from another PE starts there at once: its
        request takes no time."""
        burst = self.dma.bursts[number]
        transfer = burst.transfer
        if transfer.issuer != core:
            raise ValueError(
                f"transfer {transfer.name}: core {core} starts it, but the plan gives it to core {transfer.issuer}"
            )
        if transfer.multicast:
            path, kind = self._path(transfer.source_core, transfer.key, True), transfer.key >> KIND_SHIFT
        else:
            path, kind = self._direct_path(number), DMA
        packet = Packet(core, transfer.key, kind, 0, 0, sent_q, order, mark, path)
        packet.burst, packet.flits, packet.argument = burst, burst.flits, argument
        self._send(packet, order)

    def in_flight(self) -> list[Packet | Flight]:
        """Everything that was sent and is neither in a FIFO nor settled; counted by walking the machine."""
        queues = [channel.queue for channel in self.stages.channels()] + [self.router.queue]
        queued = [flight for queue in queues for _, _, flight in queue]
        return [*self.instants.unsent(), *self.instants.waiting(), *queued]

    def _send(self, packet: Packet, order: int) -> None:
        if order >= ORDER_LIMIT:
            raise ValueError(f"core {packet.core} sends more than {ORDER_LIMIT} packets in one wake")
        self.ledger.send(packet)
        self.instants.send_at(packet.sent_q, packet)

    def _path(self, source: int, key: int, burst: bool) -> Path:
        line = self.table.match(key)
        quad = quad_of(source)
        path = self._paths.get((quad, line, burst))
        if path is None:
            cores = self.plan.entries[line].cores if line != NO_ENTRY else ()
            path = self._paths[quad, line, burst] = multicast_path(self.stages, source, line, cores, burst)
        return path

    def _direct_path(self, number: int) -> Path:
        path = self._direct.get(number)
        if path is None:
            transfer = self.dma.bursts[number].transfer
            path = direct_path(self.stages, transfer.source_core, transfer.destination_cores, self.plan.dram_latency_q)
            self._direct[number] = path
        return path


def build_stages(plan: Plan, instants: Instants, router: EventRouter, ledger: Ledger) -> Stages:
    """All channels and FIFOs of the chip."""
    stall = plan.fifo_policy == "stall"
    ejector = CreditedEjection if stall else Channel
    hop = (instants, FLIT_Q, HOP_Q)
    mesh = [(quad, other) for quad in GRID for other in neighbours(quad)]
    ejection = {quad: ejector(f"{_place(quad)} ejection", *hop) for quad in QUADS}
    fifos = {core: Fifo(core, plan.fifo_capacity, plan.fifo_policy, ledger) for core in range(1, N_CORES + 1)}
    if stall:
        for core, fifo in fifos.items():
            fifo.ejection = ejection[quad_of(core)]
    return Stages(
        {quad: Channel(f"{_place(quad)} injection", *hop) for quad in QUADS},
        ejection,
        {(a, b): Channel(f"{_place(a)}->{_place(b)}", *hop) for a, b in mesh},
        {slot: Channel(f"{_place(slot)} DRAM read", instants, plan.dram_flit_q, HOP_Q) for slot in DRAM_SLOTS},
        {slot: Channel(f"{_place(slot)} DRAM write", instants, plan.dram_flit_q, HOP_Q) for slot in DRAM_SLOTS},
        router,
        FifoLanding(),
        (SramLanding(instants), TailLanding(instants)),
        fifos,
    )


def neighbours(quad: Quad) -> list[Quad]:
    """Grid positions one hop away."""
    x, y = quad
    return [other for other in ((x - 1, y), (x, y - 1), (x, y + 1), (x + 1, y)) if other in GRID]


def _place(quad: Quad) -> str:
    return f"({quad[0]},{quad[1]})"
