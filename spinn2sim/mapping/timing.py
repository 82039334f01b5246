"""Makes the schedule of a batch: its phases, with tick periods that cover each program's worst case and a bound on network time.

The bound: at a first-come-first-served channel a packet waits at most for all other flits that pass it in the same tick. So the time to
its destination is at most the sum, over the channels of its path, of a hop's latency and the service of all flits of that channel, plus
the most time at the event router. By induction, no packet of an earlier tick is left when a tick begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from spinn2sim.hardware import facts
from spinn2sim.hardware.chip_routes import ChipRoutes, Route, routes_around
from spinn2sim.hardware.geometry import EVENT_ROUTER, ChannelId, ChannelKind, by_quad
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import CHIP_PHASES, STEP_PHASES, Key, Kind, Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Schedule, Share, Transfer
from spinn2sim.hardware.program import Firmware
from spinn2sim.hardware.routing_table import RoutingTable
from spinn2sim.hardware.units import QUANTA_PER_US, whole_us
from spinn2sim.mapping.groups import units_by_row
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.transfers import GRADIENTS, LABELS, RESULT, SAMPLE, WEIGHTS

DRAM_KINDS = (ChannelKind.DRAM_READ, ChannelKind.DRAM_WRITE)

# The programs that wake in each phase.
WAKES: dict[Phase, tuple[str, ...]] = {
    Phase.LOAD: ("input", "lif", "readout", "loss", "peak_loss", "optimizer"),
    Phase.FORWARD: ("input", "lif", "readout", "loss", "peak_loss"),
    Phase.LOSS: ("lif", "readout", "loss", "peak_loss"),
    Phase.BACKWARD: ("lif", "readout"),
    Phase.REDUCE: ("lif", "readout", "optimizer"),
    Phase.UPDATE: ("optimizer",),
    Phase.EXCHANGE: ("optimizer",),
}
# The transfers that start in each phase, by the beginning of their names.
MOVES: dict[Phase, tuple[str, ...]] = {
    Phase.LOAD: (SAMPLE, LABELS, WEIGHTS),
    Phase.LOSS: (RESULT,),
    Phase.REDUCE: (GRADIENTS,),
}


class TickTraffic(NamedTuple):
    """`packets` packets of `flits` flits each that one PE can send in a tick."""

    # The route to the event router; empty for a transfer that goes straight over the mesh.
    inbound: tuple[ChannelId, ...]
    # One route for each destination quad.
    outbound: tuple[tuple[ChannelId, ...], ...]
    packets: int
    flits: int
    latency_q: int = 0


@dataclass(frozen=True)
class TrafficBound:
    """Computes an upper bound on the time that the ticks of a placed network take."""

    network: PlacedNetwork
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...]
    firmware: Firmware
    hardware: HardwareOptions
    guard: bool

    def phases_us(self) -> dict[Phase, int]:
        """Return, for each phase that a chip has by itself, the smallest whole number of us that covers it."""
        return {phase: self.covering_us(phase, self.network_q(phase)) for phase in CHIP_PHASES}

    def covering_us(self, phase: Phase, network_q: int) -> int:
        """Return the smallest whole number of us that covers the worst wake of a phase and `network_q` after it."""
        units = {unit for rows in units_by_row(self.network).values() for unit in rows if unit.program in WAKES[phase]}
        worst = max(self.firmware.worst_cycles(unit, phase) for unit in units)
        return max(1, whole_us(worst * self.hardware.core_quanta + network_q))

    def network_q(self, phase: Phase) -> int:
        """Bound the time, in quanta, from the sending to the delivery of any packet of a phase, with all other packets of the same tick."""
        sent = list(self._sent(phase))
        flits: Counter[ChannelId] = Counter()
        routed = 0
        for traffic in sent:
            total = traffic.packets * traffic.flits
            routed += total if traffic.inbound else 0
            for channel in (*traffic.inbound, *chain.from_iterable(traffic.outbound)):
                flits[channel] += total
        longest = 0
        for traffic in sent:
            way_in = sum(self.channel_q(channel, flits[channel]) for channel in traffic.inbound)
            way_in += self.router_q(routed, traffic.flits) if traffic.inbound else 0
            for path in traffic.outbound:
                way_out = sum(self.channel_q(channel, flits[channel]) for channel in path)
                longest = max(longest, traffic.latency_q + way_in + way_out)
        return longest

    def channel_q(self, channel: ChannelId, flits: int) -> int:
        """Return the most time that the head of a burst spends at a channel which `flits` flits pass."""
        service_q = self.hardware.dram_flit_q if channel.kind in DRAM_KINDS else facts.FLIT_Q
        return facts.HOP_Q + flits * service_q

    def router_q(self, flits: int, own: int) -> int:
        """Return the most time that a burst of `own` flits spends at the event router, which `flits` flits pass."""
        return (-(-flits // facts.ROUTER_ENGINES) + own) * facts.ROUTER_Q + facts.PIPELINE_Q

    def _sent(self, phase: Phase) -> Iterator[TickTraffic]:
        """Yield everything that can be sent in one tick of a phase."""
        if phase == Phase.FORWARD:
            for share in self.network.shares:
                yield self._packets(share.core, Key(Kind.SPIKE, share.copy, share.layer, share.first), share.size)
        elif phase == Phase.LOSS:
            yield from self._loss_packets()
        elif phase == Phase.BACKWARD:
            for share in self.network.shares:
                yield from self._errors(share)
        for transfer in self.transfers:
            if transfer.name.startswith(MOVES.get(phase, ())):
                yield self._burst(transfer)

    def _errors(self, share: Share) -> Iterator[TickTraffic]:
        """Yield the errors that one PE sends to the populations that project to its own."""
        graph = self.network.partition.graph
        for q in graph.incoming(share.layer):
            pre = graph.projections[q].pre
            for sender in self.network.shares_of(pre) if graph.populations[pre].kind != "input" else ():
                if sender.copy == share.copy:
                    yield self._packets(share.core, Key(Kind.ERROR, share.copy, pre, sender.first), sender.size)

    def _loss_packets(self) -> Iterator[TickTraffic]:
        """Yield the loss PEs' errors and guards to the output population."""
        output = self.network.partition.graph.output
        for share in self.network.shares_of(output):
            core = self.network.loss_cores[share.copy]
            yield self._packets(core, Key(Kind.ERROR, share.copy, output, share.first), share.size)
            if self.guard:
                yield self._packets(core, Key(Kind.GUARD, share.copy, output, share.first), 1)

    def _packets(self, core: int, key: Key, count: int) -> TickTraffic:
        """Make the traffic of `count` single-flit packets with this key."""
        cores = self.entries[self._table.match(key.pack())].cores
        return TickTraffic(self.routes.route(core, EVENT_ROUTER), self._from_router(cores), count, 1)

    def _burst(self, transfer: Transfer) -> TickTraffic:
        """Make the traffic of one transfer."""
        source, flits = transfer.source_core, facts.flits_of(transfer.bytes)
        if transfer.multicast:
            way_in = self.routes.route(source, EVENT_ROUTER)
            return TickTraffic(way_in, self._from_router(transfer.destination_cores), 1, flits)
        latency_q = self.hardware.dram_latency_q if source == 0 else 0
        return TickTraffic((), (self.routes.route(source, transfer.destination_cores[0]),), 1, flits, latency_q)

    @cached_property
    def _table(self) -> RoutingTable:
        return RoutingTable(self.entries)

    @property
    def routes(self) -> ChipRoutes:
        """The routes on the chip."""
        return routes_around(self.hardware.dead)

    def _from_router(self, cores: Sequence[int]) -> tuple[Route, ...]:
        """Return the routes from the event router to the quads of some PEs."""
        return tuple(self.routes.route(EVENT_ROUTER, members[0]) for _, members in by_quad(cores))


def schedule(
    bounds_us: Mapping[Phase, int],
    rounds: int,
    groups: Sequence[Group],
    options: MappingOptions,
    exchange_ticks: int = 0,
) -> Schedule:
    """Make the phases of a batch. The load tick is numbered -1, forward tick k is step k, and the loss tick counts as step T-1.

    `bounds_us` cover the ticks of each phase, `rounds` are those in which gradients are summed. With `exchange_ticks` the sums are
    exchanged between chips before the update.
    """
    steps = options.steps
    period_us = periods_us(bounds_us, options.period_us)

    def phase(which: Phase, ticks: int, tick: int, step: int, stride: int, weights: bool = True) -> PhasePlan:
        wake = tuple(
            i for i, g in enumerate(groups) if g.program in WAKES[which] and (weights or g.program != "optimizer")
        )
        period_q = period_us[which] * QUANTA_PER_US
        return PhasePlan(which, ticks, tick, step, stride, period_q, wake, crosses=which is Phase.EXCHANGE)

    load = phase(Phase.LOAD, 1, -1, 0, 0)
    forward = phase(Phase.FORWARD, steps, 0, 0, 1)
    loss = phase(Phase.LOSS, 1, steps, steps - 1, 0)
    backward = phase(Phase.BACKWARD, steps - 1, steps + 1, steps - 2, -1)
    reduce = phase(Phase.REDUCE, rounds, 2 * steps, 0, 1)
    exchange = (phase(Phase.EXCHANGE, exchange_ticks, 2 * steps + rounds, 0, 1),) if exchange_ticks else ()
    update = phase(Phase.UPDATE, 1, 2 * steps + rounds + exchange_ticks, 0, 0)
    return Schedule(
        train=(load, forward, loss, backward, reduce, *exchange, update),
        test_first=(load, forward, loss),
        test=(phase(Phase.LOAD, 1, -1, 0, 0, weights=False), forward, loss),
    )


def periods_us(bounds: Mapping[Phase, int], given: Mapping[Phase, int]) -> dict[Phase, int]:
    """Choose the tick period of each phase: the given one, or else its bound; that of step phases covers the bounds of all of them."""
    longest = max(bounds[phase] for phase in STEP_PHASES)
    return {**bounds, **dict.fromkeys(STEP_PHASES, longest), **given}
