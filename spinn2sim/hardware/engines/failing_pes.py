"""What the discrete-event engine does when words, lines and PEs fail at the begin of a tick, and the timers of PEs whose clock drifts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import simpy

from spinn2sim.hardware.engines.processing_elements import GroupRunner
from spinn2sim.hardware.faults.injections import FaultKind
from spinn2sim.hardware.faults.part_faults import Action, PartFaults
from spinn2sim.hardware.network.event_scheduler import OWN_TICK
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import TickLabel


class FailingPes:
    """Carries out the actions of a part's faults, tick by tick."""

    def __init__(self, faults: PartFaults, machine: Machine, runners: Sequence[GroupRunner]) -> None:
        self._faults, self._machine = faults, machine
        self._runners = {core: (number, runner) for number, runner in enumerate(runners) for core in runner.cores}
        self._next = 0

    def before_tick(self, number: int) -> None:
        """Carry out what happens at the begin of a tick."""
        actions = self._faults.actions
        while self._next < len(actions) and actions[self._next].tick == number:
            self._carry_out(actions[self._next])
            self._next += 1

    def start_drifting(self, wants: Callable[[int], bool]) -> None:
        """Give each PE whose clock drifts a timer of its own. `wants` says whether a batch is traced."""
        for core in self._faults.drifts:
            if core in self._runners:
                group, runner = self._runners[core]
                row = runner.drift(core)
                self._machine.scheduler.env.process(self._drift(core, group, runner, row, wants))

    def _carry_out(self, action: Action) -> None:
        if action.kind is FaultKind.SRAM_FLIP:
            self._faults.flip_word(action)
        elif action.kind is FaultKind.TABLE_FLIP:
            entry = self._faults.note_table_flip(action)
            if entry is not None:
                self._machine.table.flip(entry, action.bit)
        elif action.place in self._runners:
            lost_before = self._runners[action.place][1].hang(action.place)
            self._faults.note_hung(action, lost_before)
        else:
            self._faults.note_hung(action, 0)

    def _drift(
        self, core: int, group: int, runner: GroupRunner, row: int, wants: Callable[[int], bool]
    ) -> Generator[simpy.Event, None, None]:
        """Interrupt a PE at the instants at which its own clock shows the group's ticks."""
        for tick in self._faults.ticks.ticks_of(group):
            now = self._faults.drifted_q(core, tick.at_q)
            yield self._machine.scheduler.event_at(now, OWN_TICK)
            due_q, traced = tick.at_q + tick.phase.period_q, wants(tick.batch)
            label = TickLabel(tick.number, tick.timer_tick(), tick.trace_tick, tick.at_q, due_q, traced)
            runner.tick_alone(row, label, now)
