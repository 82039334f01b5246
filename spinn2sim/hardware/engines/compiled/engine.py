"""The compiled engine, called from Python: it plays a part of a run on one chip, several batches per call of the compiled loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from spinn2sim.hardware.engines.base import Engine, EngineResult
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_setup import fetch_injections
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.units import QUANTA_PER_US


class Compiled(Engine):
    """The compiled engine of one chip."""

    def __init__(
        self,
        plan: Plan,
        programs: Sequence[Program],
        dram: Mapping[str, NDArray[Any]],
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(plan, programs, dram, recorder)
        self.chip = CompiledChip(plan, programs, dram, recorder)

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> EngineResult:
        """Run a part (see Engine.run_part). DRAM arrays are looked up at each call of the loop."""
        self._refuse_overflow(part, batches, start_q)
        chip, faults = self.chip, self._faults_of(part, epoch, batches, start_q)
        chip.begin(phases_of(self._plan.schedule, part), batches, start_q, self._first_number(), faults)
        try:
            for first, last in stretches(batches, every):
                chip.set_batches(first, last)
                chip.play()
                if on_batch is not None:
                    on_batch(last)
            chip.stop_timer()
            chip.play()
            while chip.flush(int(chip.registers[at.LAST_EVENT])):
                chip.play()
        finally:
            chip.write_trace()
        self._keep_number(int(chip.registers[at.NEXT_SEQ]))
        counters = chip.counters()
        end_q = -(-int(chip.registers[at.LAST_EVENT]) // QUANTA_PER_US) * QUANTA_PER_US
        if faults is None:
            return EngineResult(end_q, counters)
        fetch_injections(chip.state, faults)
        return EngineResult(end_q, counters, faults.finish(counters))


def stretches(batches: int, every: int) -> Iterator[tuple[int, int]]:
    """Split batches into stretches (first, last) of at most `every`; the first is one batch, so that who watches hears of it soon."""
    done, length = 0, 1
    while done < batches:
        end = min(done + length, batches)
        yield done, end - 1
        done, length = end, min(2 * length, every)
