"""What both engines are: a plan, its programs, the DRAM, and a part to run; how time goes is each engine's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder


class EngineResult(NamedTuple):
    """When the part was over (a whole microsecond of the timer reference, in quanta), and its counts, which balance."""

    end_q: int
    counters: Counters


class Engine(ABC):
    """Plays a plan. `programs` are aligned with plan.groups; in `dram` arrays are looked up by name."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None = None,
    ) -> None:
        if len(programs) != len(plan.groups):
            raise ValueError(f"{len(programs)} programs for {len(plan.groups)} groups")
        self._plan = plan
        self._programs = programs
        self._dram = dram
        self._recorder = recorder

    @abstractmethod
    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> EngineResult:
        """Run `batches` batches of `part` from `start_q`; the recorder must have begun the same part.
        `on_batch` is called after the last batch and at most `every` batches apart.

        Raises BalanceError when the counts do not balance; KeyboardInterrupt when interrupted: then the recorder holds the rows of what was
        settled by then, and the part must be run again; ScenarioError for what the engine refuses by name.
        """
