"""What an engine is: it takes a plan, its programs and the DRAM, and runs parts; and the order of what happens at one instant."""

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
    """Plays a plan. `programs` are aligned with plan.groups; in `dram` arrays are looked up by name.

    What happens at one instant happens in this order, in every engine:

    1. deliver: heads of packets reach their next stage, packets their FIFO, and bursts that are complete move their data, in the order of
       (send time, core, order in that wake's outbox, destination quad).
    2. wake the PEs that were late for a tick and are free now, then those whose tick begins. A PE that wakes empties its FIFO, its program
       takes a step, and what it took is judged: on time in the tick after its sender's. PEs that wake together see nothing of each other.
    3. send: what programs send at this instant is numbered by (send time, core, order in the outbox) and arrives at its first channel.
    4. choose: each channel that is free, and each engine of the event router, starts to serve the packet that arrived first; ties go by
       the order of 1.

    A FIFO that a wake empties makes room at that instant, and an ejection channel that waits for it chooses at the instant's end.
    `on_batch` is called when the last tick of a batch has lasted its period, before the next batch's first tick.
    """

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
