"""The base class of engines that play a board: all chips together, part by part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.clock_limit import part_quanta, refuse_clock
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import PhasePlan, Schedule
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder

Dram = Mapping[str, NDArray[Any]]


class BoardEngine(ABC):
    """Plays the plans of a board. `programs`, `drams` and `recorders` are in the order of the chips, programs in that of a plan's groups.

    On each chip the order of events in an instant is that of engines.base.Engine; chips do not affect each other within an instant. What
    arrives over link d at an instant is numbered as if core LINK_CORE + d had sent it then.
    """

    def __init__(
        self,
        plan: BoardPlan,
        programs: Sequence[Sequence[Program]],
        drams: Sequence[Dram],
        recorders: Sequence[Recorder] | None = None,
        chips: range | None = None,
    ) -> None:
        """`chips` are the numbers of those that are played here, if not all are.

        Raises ValueError if the parts are not of one number of chips, or the chips' ticks differ.
        """
        self._numbers = range(len(plan.plans)) if chips is None else chips
        self.plans = [plan.plans[n] for n in self._numbers]
        if {len(programs), len(drams), len(recorders or programs)} != {len(self._numbers)}:
            raise ValueError(f"{len(self._numbers)} chips: programs, DRAMs or recorders of another number")
        if len({_ticks_of(one.schedule) for one in plan.plans}) > 1:
            raise ValueError("a board: the schedules of its chips have different ticks")
        if any(one.faults is not None for one in plan.plans):
            raise ValueError("a board: faults during the run are for one chip alone")
        self._plan = plan
        self._programs = programs
        self._drams = drams
        self._recorders: Sequence[Recorder | None] = recorders or [None] * len(programs)

    @abstractmethod
    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> tuple[EngineResult, ...]:
        """Run a part on all chips (see Engine.run_part). The results are in the order of the chips, and have the same end."""

    def _refuse_overflow(self, part: Part, batches: int, start_q: int) -> None:
        """Raise ScenarioError if times or packet numbers of a part would leave the range of 64-bit integers."""
        end_q = start_q + part_quanta(self._plan.plans[0].schedule, part, batches)
        for recorder in self._recorders:
            refuse_clock(start_q, end_q, batches, first_number(recorder))


def first_number(recorder: Recorder | None) -> int:
    """Return the number of the next packet of a chip. Without a recorder nothing names packets."""
    return recorder.sequence_base if recorder else 0


def _ticks_of(schedule: Schedule) -> tuple[tuple[object, ...], ...]:
    phases: Sequence[PhasePlan] = (*schedule.train, *schedule.test_first, *schedule.test)
    return tuple((p.phase, p.ticks, p.first_tick, p.first_step, p.stride, p.period_q, p.crosses) for p in phases)
