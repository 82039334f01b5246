"""The discrete-event engine of a board: the machines of all chips in one SimPy calendar. It defines the times that any engine gives."""

from __future__ import annotations

from collections.abc import Callable

import simpy

from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_engine import BoardEngine, first_number
from spinn2sim.hardware.engines.discrete_event import count, flush
from spinn2sim.hardware.engines.processing_elements import GroupRunner
from spinn2sim.hardware.engines.tick_timer import TimedChip, Timer
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.units import QUANTA_PER_US


class DiscreteBoard(BoardEngine):
    """Plays a board event by event."""

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> tuple[EngineResult, ...]:
        """Run a part (see BoardEngine.run_part) event by event; `every` has no effect."""
        self._refuse_overflow(part, batches, start_q)
        env = simpy.Environment(initial_time=start_q)
        machines = self._make_machines(env, start_q)
        runners = [
            [GroupRunner(group, program, machine) for group, program in zip(machine.plan.groups, programs, strict=True)]
            for machine, programs in zip(machines, self._programs, strict=True)
        ]
        chips = [
            TimedChip(groups, phases_of(machine.plan.schedule, part), recorder.wants if recorder else lambda _: False)
            for machine, groups, recorder in zip(machines, runners, self._recorders, strict=True)
        ]
        timer = Timer(machines[0].scheduler, chips)
        env.process(timer.play(batches, on_batch))
        env.run()
        while sum(flush(machine) for machine in machines):
            env.run()
        end_q = -(-max(timer.now, int(env.now)) // QUANTA_PER_US) * QUANTA_PER_US
        results = []
        for machine, groups, recorder in zip(machines, runners, self._recorders, strict=True):
            if recorder:
                recorder.sequence_base = machine.scheduler.sent
            counters = count(machine, groups)
            counters.balance()
            results.append(EngineResult(end_q, counters))
        return tuple(results)

    def _make_machines(self, env: simpy.Environment, start_q: int) -> list[Machine]:
        """Make the machines of all chips, joined by the board's links."""
        board = self._plan.board
        machines = []
        for n, chip in enumerate(board.chips):
            recorder = self._recorders[n]
            scheduler = EventScheduler(start_q, first_number(recorder), env)
            plan, programs, dram = self._plan.plans[n], self._programs[n], self._drams[n]
            machines.append(Machine(plan, programs, dram, recorder, scheduler, None, self._plan.ports(chip)))
        for machine, chip in zip(machines, board.chips, strict=True):
            for link in range(N_LINKS):
                neighbour = board.neighbour(chip, link)
                if neighbour is not None:
                    machine.connect(link, machines[board.numbers[neighbour]])
        return machines
