"""The tick timer: a SimPy process that wakes the groups of one or more chips according to their plans' schedules."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

import simpy

from spinn2sim.hardware.engines.processing_elements import GroupRunner
from spinn2sim.hardware.network.event_scheduler import TICK, EventScheduler
from spinn2sim.hardware.network.packet_copy import TickLabel
from spinn2sim.hardware.plan import PhasePlan
from spinn2sim.hardware.program import TimerTick


class TimedChip(NamedTuple):
    """A chip whose PEs the timer wakes."""

    groups: Sequence[GroupRunner]
    # From a batch to its phases.
    phases: Callable[[int], Sequence[PhasePlan]]
    # Whether a batch is traced.
    wants: Callable[[int], bool]


class Timer:
    """Wakes all groups of a phase at the same instant, on all chips. `number` counts the ticks of the part, over phases and batches."""

    def __init__(self, scheduler: EventScheduler, chips: Sequence[TimedChip]) -> None:
        self._scheduler = scheduler
        self._chips = chips
        # Is called with the number of a tick at its begin, before any PE wakes for it.
        self.before_tick: Callable[[int], None] | None = None
        self.number = 0
        self.now = int(scheduler.env.now)

    def play(self, batches: int, on_batch: Callable[[int], None] | None) -> Generator[simpy.Event, None, None]:
        """Play the ticks of `batches` batches; `on_batch` is called after a batch's last period, before the next batch's first wake."""
        yield self._scheduler.event_at(self.now, TICK)
        for batch in range(batches):
            traced = [chip.wants(batch) for chip in self._chips]
            for phases in zip(*(chip.phases(batch) for chip in self._chips), strict=True):
                for j in range(phases[0].ticks):
                    self._tick(phases, j, batch, traced)
                    self.now += phases[0].period_q
                    yield self._scheduler.event_at(self.now, TICK)
            if on_batch is not None:
                on_batch(batch)

    def _tick(self, phases: Sequence[PhasePlan], j: int, batch: int, traced: Sequence[bool]) -> None:
        if self.before_tick is not None:
            self.before_tick(self.number)
        for chip, phase, wanted in zip(self._chips, phases, traced, strict=True):
            timer_tick = TimerTick(int(phase.phase), phase.first_step + j * phase.stride, batch)
            due_q = self.now + phase.period_q
            tick_label = TickLabel(self.number, timer_tick, phase.first_tick + j, self.now, due_q, wanted)
            for group in phase.groups:
                chip.groups[group].tick(tick_label, self.now)
        self.number += 1
