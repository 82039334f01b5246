"""Builds the machine of a plan: all channels, FIFOs, the event router and the DRAM, ready to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from spinn2sim.hardware.board.link_options import LinkPorts
from spinn2sim.hardware.board.shape import LINK_CORE, opposite
from spinn2sim.hardware.facts import FLIT_Q, HOP_Q, N_CORES, Quad
from spinn2sim.hardware.faults.part_faults import PartFaults
from spinn2sim.hardware.geometry import ChannelId, ChannelKind, channels, quad_of
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.channel import Channel, CreditedEjection
from spinn2sim.hardware.network.dma import BurstHeadEnd, BurstTailEnd, Dma
from spinn2sim.hardware.network.event_router import EventRouter
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.faulty_stages import (
    Breakage,
    FailingChannel,
    FailingEjection,
    FaultyEjection,
    FaultyFifoEnd,
    Sent,
)
from spinn2sim.hardware.network.fifo import Fifo, FifoEnd
from spinn2sim.hardware.network.link import Cross, Link
from spinn2sim.hardware.network.packet_copy import NO_INJECTION, ORDER_LIMIT, Packet, PacketCopy, Path, TickLabel
from spinn2sim.hardware.network.routes import Stages, direct_path, multicast_path
from spinn2sim.hardware.packet import LONG_PAYLOAD, RoutingEntry
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable

NOWHERE = RoutingEntry(0, 0, ())


class Neighbour(Protocol):
    """What is at the other end of a link."""

    def receive(self, link: int, packet: Packet, arrives_q: int) -> None:
        """Take a packet that arrives over `link` at `arrives_q`."""


class Machine:
    """The network with the transfers of a plan. It starts empty. On a board, `ports` are its links, which `connect` joins to others."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None,
        scheduler: EventScheduler,
        faults: PartFaults | None = None,
        ports: LinkPorts | None = None,
    ) -> None:
        self.plan = plan
        self.scheduler = scheduler
        self.ports = ports
        self.long_packets = plan.long_packets or (ports is not None and ports.long_packets)
        self._neighbours: dict[int, Neighbour] = {}
        self.accounting = DeliveryAccounting(recorder, faults)
        self.table = RoutingTable(plan.entries)
        self.router = EventRouter(self.scheduler, self.accounting, len(plan.entries))
        self.breakage = Breakage(faults, self.accounting, []) if faults else None
        self.stages = self._build_stages()
        self._healthy = RoutingTable(plan.entries)
        self.dma = Dma(plan, programs, dram, self.accounting)
        self.scheduler.finish = self.dma.finish
        self._paths: dict[tuple[Quad | int, int, bool], Path] = {}
        self._direct: dict[int, Path] = {}

    def connect(self, link: int, neighbour: Neighbour) -> None:
        """Let what leaves by `link` arrive at `neighbour`."""
        self._neighbours[link] = neighbour

    def send_packet(
        self, core: int, key: int, payload: int, has_payload: int, sent_q: int, order: int, tick_label: TickLabel
    ) -> None:
        """Send a multicast packet, which leaves `core` at `sent_q`. Raises ValueError for 128 bits of payload without a plan for them."""
        row = NO_INJECTION
        if has_payload == LONG_PAYLOAD and not self.long_packets:
            raise long_refused(core)
        if self.breakage is not None:
            sent = Sent(core, tick_label.number, order, key, payload, has_payload, sent_q)
            key, payload, row = self.breakage.flip(sent)
        packet = Packet(core, key, payload, has_payload, sent_q, order, tick_label, self._path(core, key, False))
        if self.breakage is not None:
            packet.injection = self._note_line(key, row)
            if row != NO_INJECTION:
                self.breakage.flipped.append((row, packet))
        self._send(packet, order)

    def start_transfer(
        self, core: int, number: int, argument: int, sent_q: int, order: int, tick_label: TickLabel
    ) -> None:
        """Start DMA transfer `number` of the plan at `sent_q`. A read from another PE starts there at once: requests take no time."""
        burst = self.dma.bursts[number]
        transfer = burst.transfer
        if transfer.issuer != core:
            raise ValueError(
                f"transfer {transfer.name}: core {core} starts it, but the plan gives it to core {transfer.issuer}"
            )
        multicast = transfer.multicast
        path = self._path(transfer.source_core, transfer.key, True) if multicast else self._direct_path(number)
        packet = Packet(core, transfer.key, 0, 0, sent_q, order, tick_label, path)
        packet.burst, packet.flits, packet.argument = burst, burst.flits, argument
        if multicast and self.breakage is not None:
            self._note_line(transfer.key, NO_INJECTION)
        self._send(packet, order)

    def receive(self, link: int, packet: Packet, arrives_q: int) -> None:
        """Take a packet of a neighbour, which arrives at the event router over `link` at `arrives_q`."""
        core, passed = LINK_CORE + link, packet.argument + 1
        if self.ports is not None and passed > self.ports.most_passed:
            path = multicast_path(self.stages, core, NO_ENTRY, NOWHERE, False)
        else:
            path = self._path(core, packet.key, False)
        here = Packet(core, packet.key, packet.payload, packet.has_payload, arrives_q, 0, packet.tick_label, path)
        here.argument = passed
        self._send(here, 0)

    def ends_of(self, source: int, line: int) -> RoutingEntry:
        """Return where packets of `source` go that line `line` matches. What came over a link and matches none may leave straight on."""
        if line != NO_ENTRY:
            return self.plan.entries[line]
        if source >= LINK_CORE and self.ports is not None and self.ports.options.default_route:
            ahead = opposite(source - LINK_CORE)
            if ahead in self.ports.links:
                return RoutingEntry(0, 0, (), (ahead,))
        return NOWHERE

    def in_flight(self) -> list[Packet | PacketCopy]:
        """Collect everything that was sent and is neither in a FIFO nor settled, by walking the machine."""
        channels = (*self.stages.channels.values(), *self.stages.links.values())
        queues = [channel.queue for channel in channels] + [self.router.queue]
        queued = [packet_copy for queue in queues for _, _, packet_copy in queue]
        return [*self.scheduler.unsent(), *self.scheduler.waiting(), *queued]

    def _build_stages(self) -> Stages:
        """Make all channels, links and FIFOs of the hardware; those in which something breaks are of other kinds."""
        plan, scheduler, breakage = self.plan, self.scheduler, self.breakage
        by_id = {
            channel: _channel(channel, position, plan, scheduler, breakage)
            for position, channel in enumerate(channels())
        }
        capacity, policy = plan.fifo_capacity, plan.fifo_policy
        fifos = {core: Fifo(core, capacity, policy, self.accounting) for core in range(1, N_CORES + 1)}
        if policy == "stall":
            for core, fifo in fifos.items():
                fifo.ejection = by_id[ChannelId(ChannelKind.EJECTION, quad_of(core), quad_of(core))]
        fifo_end = FifoEnd() if breakage is None else FaultyFifoEnd(breakage)
        sram_ends = (BurstHeadEnd(scheduler), BurstTailEnd(scheduler))
        return Stages(by_id, self.router, fifo_end, sram_ends, fifos, plan.routes, self._build_links())

    def _build_links(self) -> dict[int, Link]:
        """Make the links to other chips. Raises ValueError for a line of the table that names another one, or whose key is that of DMA."""
        if self.ports is None:
            found: dict[int, Link] = {}
        else:
            found = {
                link: Link(link, self.scheduler, self.ports.options, self.accounting, self._crossing(link))
                for link in self.ports.links
            }
        for entry in self.plan.entries:
            if any(link not in found for link in entry.links):
                raise ValueError(f"routing table: line {entry} names links {entry.links}, the chip has {tuple(found)}")
        for transfer in self.plan.transfers:
            if transfer.multicast and self.ends_of(transfer.source_core, self.table.match(transfer.key)).links:
                raise ValueError(f"transfer {transfer.name}: its key leads over a link, but DMA never leaves its chip")
        return found

    def _crossing(self, link: int) -> Cross:
        """Return what hands a packet that leaves by `link` to the neighbour."""
        return lambda packet, arrives_q: self._neighbours[link].receive(opposite(link), packet, arrives_q)

    def _send(self, packet: Packet, order: int) -> None:
        if order >= ORDER_LIMIT:
            raise ValueError(f"core {packet.core} sends more than {ORDER_LIMIT} packets in one wake")
        self.accounting.send(packet)
        self.scheduler.send_at(packet.sent_q, packet)

    def _note_line(self, key: int, row: int) -> int:
        """Note which line a key takes, if lines have changed; `row` is the packet's injection so far. Returns its injection."""
        assert self.breakage is not None  # noqa: S101 - this is called where something breaks
        faults = self.breakage.faults
        if not faults.flipped_entries:
            return row
        return faults.note_line(self.table.match(key), self._healthy.match(key), NO_ENTRY, row)

    def _path(self, source: int, key: int, burst: bool) -> Path:
        line = self.table.match(key)
        start = source if source >= LINK_CORE else quad_of(source)
        path = self._paths.get((start, line, burst))
        if path is None:
            path = multicast_path(self.stages, source, line, self.ends_of(source, line), burst)
            self._paths[start, line, burst] = path
        return path

    def _direct_path(self, number: int) -> Path:
        path = self._direct.get(number)
        if path is None:
            transfer = self.dma.bursts[number].transfer
            path = direct_path(self.stages, transfer.source_core, transfer.destination_cores, self.plan.dram_latency_q)
            self._direct[number] = path
        return path


def long_refused(core: int) -> ValueError:
    """The error for a payload of 128 bits in a plan that has none."""
    return ValueError(f"core {core} sends a packet with 128 bits of payload, but the plan has none")


def _channel(
    channel: ChannelId, position: int, plan: Plan, scheduler: EventScheduler, breakage: Breakage | None
) -> Channel:
    """Make one channel, with its service time and its rule of admission."""
    is_dram = channel.kind in (ChannelKind.DRAM_READ, ChannelKind.DRAM_WRITE)
    credited = plan.fifo_policy == "stall" and channel.kind is ChannelKind.EJECTION
    down = breakage.faults.down.get(position) if breakage else None
    ways = (str(channel), scheduler, plan.dram_flit_q if is_dram else FLIT_Q, HOP_Q)
    if breakage is None:
        return CreditedEjection(*ways) if credited else Channel(*ways)
    if down is not None:
        failing = FailingEjection(*ways) if credited else FailingChannel(*ways)
        failing.breakage, failing.down = breakage, down
        return failing
    if not credited:
        return Channel(*ways)
    faulty = FaultyEjection(*ways)
    faulty.breakage = breakage
    return faulty
