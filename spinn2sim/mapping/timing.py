"""Makes the schedule of a batch: its phases, with tick periods that cover each program's worst case and the bound on network time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import rectangle
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import CHIP_PHASES, STEP_PHASES, Key, Kind, Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Schedule, Share, Transfer
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.hardware.units import QUANTA_PER_US, whole_us
from spinn2sim.mapping.groups import units_by_row
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.traffic_bound import BoardTraffic, Flow
from spinn2sim.mapping.transfers import GRADIENTS, LABELS, RESULT, SAMPLE, WEIGHTS

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
        """Return, for each phase that a chip has by itself, the smallest whole number of us that covers its ticks."""
        return {phase: self.covering_us(phase, self.network_q(phase)) for phase in CHIP_PHASES}

    def covering_us(self, phase: Phase, network_q: int, units: Iterable[Unit] | None = None) -> int:
        """Return the smallest whole number of us that covers the worst wake of a phase and `network_q` after it.

        `units` are what PEs hold, by default what those of the network do.
        """
        held = chain.from_iterable(units_by_row(self.network).values()) if units is None else units
        waking = {unit for unit in held if unit.program in WAKES[phase]}
        worst = max((self.firmware.worst_cycles(unit, phase) for unit in waking), default=0)
        return max(1, whole_us(worst * self.hardware.core_quanta + network_q))

    def network_q(self, phase: Phase) -> int:
        """Bound the time, in quanta, from the sending to the delivery of any packet of a phase, with all other packets of the same tick."""
        alone = BoardTraffic(rectangle(1, 1), LinkOptions(), (self.entries,), (self.hardware,))
        return alone.network_q(self.flows(phase, alone, 0))

    def flows(self, phase: Phase, traffic: BoardTraffic, chip: int) -> Iterator[Flow]:
        """Yield everything that can be sent in one tick of a phase by chip number `chip` of a board."""
        for core, key, count in self._packets(phase):
            yield traffic.packets(chip, core, key.pack(), count)
        for transfer in self.transfers:
            if transfer.name.startswith(MOVES.get(phase, ())):
                yield traffic.burst(chip, transfer)

    def _packets(self, phase: Phase) -> Iterator[tuple[int, Key, int]]:
        """Yield senders, keys, and how many packets with such a key are sent in one tick of a phase."""
        if phase == Phase.FORWARD:
            for share in self.network.shares:
                yield share.core, Key(Kind.SPIKE, share.copy, share.layer, share.first), share.size
        elif phase == Phase.LOSS:
            yield from self._loss_packets()
        elif phase == Phase.BACKWARD:
            for share in self.network.shares:
                yield from self._errors(share)

    def _errors(self, share: Share) -> Iterator[tuple[int, Key, int]]:
        """Yield the errors that one PE sends to the populations that project to its own."""
        graph, cuts = self.network.partition.graph, self.network.partition.shares
        for q in graph.incoming(share.layer):
            pre = graph.projections[q].pre
            for part in cuts[pre] if graph.populations[pre].kind != "input" else ():
                yield share.core, Key(Kind.ERROR, share.copy, pre, part.first), part.size

    def _loss_packets(self) -> Iterator[tuple[int, Key, int]]:
        """Yield the loss PEs' errors and guards to the output population."""
        output = self.network.partition.graph.output
        for copy, core in enumerate(self.network.loss_cores):
            for part in self.network.partition.shares[output]:
                yield core, Key(Kind.ERROR, copy, output, part.first), part.size
                if self.guard:
                    yield core, Key(Kind.GUARD, copy, output, part.first), 1


def schedule(
    bounds_us: Mapping[Phase, int],
    rounds: int,
    groups: Sequence[Group],
    options: MappingOptions,
    exchange_ticks: int = 0,
    crosses: Collection[Phase] = (Phase.EXCHANGE,),
) -> Schedule:
    """Make the phases of a batch. The load tick is numbered -1, forward tick k is step k, and the loss tick counts as step T-1.

    `bounds_us` cover the ticks of each phase, `rounds` are those in which gradients are summed. With `exchange_ticks`, two or more, the
    sums are exchanged between chips before the update; the first of these ticks has the period of those in which sums are made. In the
    phases `crosses` packets may leave the chip over a link.
    """
    steps = options.steps
    period_us = periods_us({Phase.EXCHANGE: 0, **bounds_us}, options.period_us)

    def phase(which: Phase, ticks: int, tick: int, step: int, stride: int, weights: bool = True) -> PhasePlan:
        wake = tuple(
            i for i, g in enumerate(groups) if g.program in WAKES[which] and (weights or g.program != "optimizer")
        )
        period_q = period_us[which] * QUANTA_PER_US
        return PhasePlan(which, ticks, tick, step, stride, period_q, wake, crosses=which in crosses)

    load = phase(Phase.LOAD, 1, -1, 0, 0)
    forward = phase(Phase.FORWARD, steps, 0, 0, 1)
    loss = phase(Phase.LOSS, 1, steps, steps - 1, 0)
    backward = phase(Phase.BACKWARD, steps - 1, steps + 1, steps - 2, -1)
    reduce = phase(Phase.REDUCE, rounds, 2 * steps, 0, 1)
    first, rest = (
        phase(Phase.EXCHANGE, ticks, 2 * steps + rounds + begin, begin, 1)
        for begin, ticks in ((0, 1), (1, exchange_ticks - 1))
    )
    # In the first tick of the exchange the last round of gradients is summed, as in a tick of the phase before.
    first = replace(first, period_q=period_us[Phase.REDUCE] * QUANTA_PER_US)
    exchange = (first, rest) if exchange_ticks else ()
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
