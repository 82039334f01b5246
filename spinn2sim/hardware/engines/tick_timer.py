"""The tick timer: a SimPy process that wakes the groups according to the plan's schedule."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import simpy

from spinn2sim.hardware.engines.processing_elements import GroupRunner
from spinn2sim.hardware.network.event_scheduler import TICK, EventScheduler
from spinn2sim.hardware.network.packet_copy import TickLabel
from spinn2sim.hardware.plan import PhasePlan
from spinn2sim.hardware.program import TimerTick


class Timer:
    """Wakes all groups of a phase at the same instant. `number` counts the ticks of the part, over phases and batches."""

    def __init__(self, scheduler: EventScheduler, groups: Sequence[GroupRunner], wants: Callable[[int], bool]) -> None:
        self._scheduler = scheduler
        self._groups = groups
        self._wants = wants
        # Is called with the number of a tick at its begin, before any PE wakes for it.
        self.before_tick: Callable[[int], None] | None = None
        self.number = 0
        self.now = int(scheduler.env.now)

    def play(
        self, phases: Callable[[int], Sequence[PhasePlan]], batches: int, on_batch: Callable[[int], None] | None
    ) -> Generator[simpy.Event, None, None]:
        """Play the ticks of `batches` batches; `on_batch` is called after a batch's last period, before the next batch's first wake."""
        yield self._scheduler.event_at(self.now, TICK)
        for batch in range(batches):
            traced = self._wants(batch)
            for phase in phases(batch):
                for j in range(phase.ticks):
                    self._tick(phase, j, batch, traced)
                    self.now += phase.period_q
                    yield self._scheduler.event_at(self.now, TICK)
            if on_batch is not None:
                on_batch(batch)

    def _tick(self, phase: PhasePlan, j: int, batch: int, traced: bool) -> None:
        timer_tick = TimerTick(int(phase.phase), phase.first_step + j * phase.stride, batch)
        due_q = self.now + phase.period_q
        tick_label = TickLabel(self.number, timer_tick, phase.first_tick + j, self.now, due_q, traced)
        if self.before_tick is not None:
            self.before_tick(self.number)
        self.number += 1
        for group in phase.groups:
            self._groups[group].tick(tick_label, self.now)
