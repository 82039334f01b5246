"""The discrete-event engine, in SimPy: written to be read, it defines the times that every engine must give.

Each part of an epoch starts with an empty network and ends when the hardware is quiet; the programs' state persists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.base import Engine, EngineResult
from spinn2sim.hardware.engines.failing_pes import FailingPes
from spinn2sim.hardware.engines.processing_elements import GroupRunner
from spinn2sim.hardware.engines.tick_timer import TimedChip, Timer
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import PacketCopy
from spinn2sim.hardware.packet import Outcome, Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.units import QUANTA_PER_US


class DiscreteEvent(Engine):
    """Plays a plan event by event. DRAM arrays are looked up whenever a transfer moves data; `on_batch` is called after each batch."""

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> EngineResult:
        """Run a part (see Engine.run_part) event by event; `every` has no effect."""
        self._refuse_overflow(part, batches, start_q)
        recorder = self._recorder
        faults = self._faults_of(part, epoch, batches, start_q)
        scheduler = EventScheduler(start_q, self._first_number())
        machine = Machine(self._plan, self._programs, self._dram, recorder, scheduler, faults)
        runners = [
            GroupRunner(group, program, machine)
            for group, program in zip(self._plan.groups, self._programs, strict=True)
        ]
        wants = recorder.wants if recorder else lambda _: False
        timer = Timer(scheduler, [TimedChip(runners, phases_of(self._plan.schedule, part), wants)])
        if faults is not None:
            failing = FailingPes(faults, machine, runners)
            failing.start_drifting(wants)
            timer.before_tick = failing.before_tick
        env = scheduler.env
        env.process(timer.play(batches, on_batch))
        env.run()
        while flush(machine):
            env.run()
        self._keep_number(machine.scheduler.sent)
        counters = count(machine, runners)
        counters.balance()
        if machine.breakage is not None:
            machine.breakage.name_packets()
        end_q = -(-max(timer.now, int(env.now)) // QUANTA_PER_US) * QUANTA_PER_US
        return EngineResult(end_q, counters, faults.finish(counters) if faults else None)


def flush(machine: Machine) -> bool:
    """Settle the packets still in FIFOs as late when the hardware is quiet.

    Returns whether there were any, since a channel that was stalled may then go on.
    """
    now = int(machine.scheduler.env.now)
    found = False
    for fifo in machine.stages.fifos.values():
        for packet, segment, delivered_q in fifo.drain() if fifo.packets else ():
            found = True
            machine.accounting.settle(packet, segment, fifo.core, delivered_q, Outcome.LATE, now)
    return found


def count(machine: Machine, runners: Sequence[GroupRunner]) -> Counters:
    """Collect all counts of a machine and its PEs."""
    accounting, router = machine.accounting, machine.router
    channels = (*machine.stages.channels.values(), *machine.stages.links.values())
    counters = Counters(
        sent=np.array(accounting.sent, np.int64),
        hops=np.array(accounting.hops, np.int64),
        due=np.array(accounting.due, np.int64),
        outcomes=np.array(accounting.outcomes, np.int64),
        dma_transfers=np.array(accounting.dma_transfers, np.int64),
        dma_bytes=np.array(accounting.dma_bytes, np.int64),
        channel_names=tuple(channel.name for channel in channels),
        channel_flits=np.array([channel.flits for channel in channels], np.int64),
        channel_busy_q=np.array([channel.busy_q for channel in channels], np.int64),
        channel_longest=np.array([channel.longest for channel in channels], np.int64),
        entry_hits=np.array(router.hits, np.int64),
        router_accepted=router.accepted,
        router_busy_q=router.busy_q,
        router_longest=router.longest,
        first=dict(accounting.first),
    )
    for runner in runners:
        cores = list(runner.cores)
        counters.busy_cycles[cores] += runner.busy_cycles
        counters.wakes[cores] += runner.wakes
        counters.overruns[cores] += np.array(runner.overruns, np.int64)
        counters.lost_ticks[cores] += np.array(runner.lost_ticks, np.int64)
    for core, fifo in machine.stages.fifos.items():
        counters.fifo_high_water[core] = fifo.high_water
    _count_in_flight(machine, counters)
    return counters


def _count_in_flight(machine: Machine, counters: Counters) -> None:
    """Count the deliveries that have no outcome yet, by walking queues and FIFOs, so that the balance is an independent check."""
    for thing in machine.in_flight():
        packet = thing.packet if isinstance(thing, PacketCopy) else thing
        behind_router = isinstance(thing, PacketCopy) and thing.segment.cores
        counters.in_flight[packet.kind] += len(behind_router) if behind_router else packet.path.destinations
    for fifo in machine.stages.fifos.values():
        for held in fifo.packets:
            counters.in_flight[held.packet.kind] += 1
