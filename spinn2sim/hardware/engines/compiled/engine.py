"""The compiled engine, called from Python: it plays a part of a run on one chip, several batches per call of the compiled loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from numpy.typing import NDArray

from spinn2sim.hardware.engines.base import Engine, EngineResult
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_setup import fetch_injections
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.engines.compiled.fused import all_compiled
from spinn2sim.hardware.engines.compiled.side_by_side import Batches, Played, SideBySide, Threads
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
        self._side_by_side: SideBySide | None = None

    def use_threads(self, threads: Threads) -> None:
        """Play batches of test and validation parts on several threads where that gives the same answer (side_by_side).

        Each batch of such a part must begin from rest, whatever the programs did before.
        """
        if all_compiled(self._programs):
            self._side_by_side = SideBySide(self._plan, threads)

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
        phases, number = phases_of(self._plan.schedule, part), self._first_number()
        chip.begin(phases, batches, start_q, number, faults)
        alone = part == Part.TRAIN or faults is not None or every == 1
        try:
            elsewhere = self._play_batches(
                batches,
                every,
                on_batch or _say_nothing,
                None if alone else lambda copy: copy.begin(phases, batches, start_q, number),
            )
            chip.stop_timer()
            chip.play()
            while chip.flush(int(chip.registers[at.LAST_EVENT])):
                chip.play()
        finally:
            chip.write_trace()
        self._keep_number(int(chip.registers[at.NEXT_SEQ]) + sum(played.packets - number for played in elsewhere))
        counters = sum((played.counters for played in elsewhere), chip.counters())
        end_q = -(-int(chip.registers[at.LAST_EVENT]) // QUANTA_PER_US) * QUANTA_PER_US
        if faults is None:
            return EngineResult(end_q, counters)
        fetch_injections(chip.state, faults)
        return EngineResult(end_q, counters, faults.finish(counters))

    def _play_batches(
        self, batches: int, every: int, on_batch: Callable[[int], None], begin: Callable[[CompiledChip], None] | None
    ) -> list[Played]:
        """Play the batches of a part. Returns what copies of the chip have counted; `begin` begins the part on one, None: none may."""
        chip, started = self.chip, perf_counter()
        alone = min(batches, chip.first_untraced(batches)) if self._side_by_side and begin else batches
        self._play_in_order(0, alone, every, on_batch)
        done, elsewhere = alone, []
        left = batches - 1 - alone
        if self._side_by_side and begin and left > 1 and chip.is_quiet():
            takers = min(self._side_by_side.threads_for((perf_counter() - started) / alone * left), left)
            if takers > 1:
                untaken = Batches(alone, batches - 1, takers, every)
                found = self._side_by_side.play(chip, self._dram, untaken, begin, lambda n: on_batch(n - 1))
                done = untaken.first
                if found is not None:
                    done, elsewhere = batches - 1, found
                    chip.jump(done)
        self._play_in_order(done, batches, every, on_batch)
        return elsewhere

    def _play_in_order(self, first: int, end: int, every: int, on_batch: Callable[[int], None]) -> None:
        """Play batches [first, end)."""
        for begin, last in stretches(end, every, first):
            self.chip.set_batches(begin, last)
            self.chip.play()
            on_batch(last)


def _say_nothing(batch: int) -> None:
    """Take the end of a batch that nobody watches."""


def stretches(batches: int, every: int, done: int = 0) -> Iterator[tuple[int, int]]:
    """Split batches from `done` on into stretches (first, last) of at most `every`.

    The first stretch is one batch, so that who watches hears of it soon.
    """
    length = 1
    while done < batches:
        end = min(done + length, batches)
        yield done, end - 1
        done, length = end, min(2 * length, every)
