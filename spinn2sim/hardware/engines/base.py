"""The base class of engines, which states the order of events within one instant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.clock_limit import part_quanta, refuse_clock
from spinn2sim.hardware.faults.injections import Injections
from spinn2sim.hardware.faults.part_faults import FaultMemory, PartFaults
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import PartTicks, phases_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder


class EngineResult(NamedTuple):
    """The end of a part (a whole microsecond of the timer reference, in quanta), its counters, which balance, and what broke."""

    end_q: int
    counters: Counters
    injections: Injections | None = None


class Engine(ABC):
    """Plays the schedule of a plan, part by part. `programs` are in the order of plan.groups; arrays are looked up in `dram` by name.

    In every engine, the events of one instant happen in this order:

    1. deliver: heads of packets reach their next stage, packets reach their FIFO, and complete bursts move their data, in the order of
       (send time, core, order in that wake's outbox, destination quad).
    2. wake the PEs that were late for a tick and are free now, then those whose tick begins. A PE that wakes empties its FIFO, its program
       takes a step, and the packets taken are classified: those sent in the tick before are on time. PEs that wake together do not affect
       each other. What breaks at the begin of a tick breaks before PEs wake for it, and PEs whose clock drifts wake last.
    3. send: packets that programs send at this instant are numbered by (send time, core, order in the outbox) and arrive at their first
       channel.
    4. choose: each channel that is free, and each engine of the event router, starts to serve the packet that arrived first; ties are
       broken by the order of 1.

    A FIFO that a wake empties has room at once, and an ejection channel that waits for it chooses at the end of the instant.
    `on_batch` is called when the period of a batch's last tick is over, before the next batch's first tick.
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
        # What broken parts leave behind from one part of a run to the next.
        self.memory = FaultMemory()

    def _faults_of(self, part: Part, epoch: int, batches: int, start_q: int) -> PartFaults | None:
        """Return what breaks in a part; None if nothing ever does."""
        if self._plan.faults is None:
            return None
        ticks = PartTicks(phases_of(self._plan.schedule, part), batches, start_q)
        return PartFaults(self._plan, self._plan.faults, self._programs, self.memory, part, epoch, ticks)

    def _first_number(self) -> int:
        """Return the number of the next packet."""
        return self._recorder.sequence_base if self._recorder else self.memory.sent

    def _keep_number(self, number: int) -> None:
        """Keep the number of the next packet for the next part. Without a recorder only faults name packets."""
        if self._recorder:
            self._recorder.sequence_base = number
        elif self._plan.faults is not None:
            self.memory.sent = number

    def _refuse_overflow(self, part: Part, batches: int, start_q: int) -> None:
        """Raise ScenarioError if times or packet numbers of a part would leave the range of 64-bit integers."""
        end_q = start_q + part_quanta(self._plan.schedule, part, batches)
        refuse_clock(start_q, end_q, batches, self._first_number())

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

        `on_batch` is called after the last batch, and at least every `every` batches. Raises BalanceError if the counts do not balance,
        ScenarioError for what the engine does not support, and KeyboardInterrupt: then the recorder holds the rows settled so far, and the
        part must be run again.
        """
