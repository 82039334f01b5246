"""Plays batches of a part on several threads at once: copies of the chip take some of them, and give the answer that one chip gives.

This is only done where batches do not depend on each other: a batch of a test or validation part begins from rest, at an instant that is
known beforehand, and the chip is quiet when it ends. The chip plays batches in order from the first one, its copies take batches from the
end backward, and the chip plays the last batch. Each stretch must end quiet (`CompiledChip.is_quiet`): then the chip that plays the next
one would begin as the copy did. If one does not, the copies' results are dropped, and the chip goes on where it is.

A thread that waits for a core holds up nobody for longer than one stretch, and stretches become shorter towards the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program

# What copies must save, in seconds, before they are made, and before they are used in a part.
WORTH_MAKING_S, WORTH_USING_S = 0.1, 0.01


class Copies(Protocol):
    """Programs with states of their own, which can be those of the chip."""

    @property
    def programs(self) -> Sequence[Program]:
        """The programs."""

    def begin(self) -> None:
        """Take over the states of the chip's programs, with counts of zero."""

    def end(self) -> None:
        """Add the counts to those of the chip's programs."""


class Threads(NamedTuple):
    """What only the caller knows: how many threads there may be now, and how to copy the chip's programs."""

    most: Callable[[], int]
    copy: Callable[[], Copies]


class Played(NamedTuple):
    """What copies have counted, and how many packets they have sent."""

    counters: Counters
    packets: int


class Batches:
    """The batches that nobody has taken: the chip takes them from the front, its copies from the back."""

    def __init__(self, first: int, end: int, takers: int, most: int) -> None:
        """They are [first, end); a stretch has at most `most`, and at most the share of what is left that keeps all takers busy."""
        self.first, self.takers, self.failed, self.finished = first, takers, False, first
        self._end, self._most, self._lock = end, most, threading.Lock()

    def take_first(self) -> tuple[int, int] | None:
        """Take a stretch (first, last) from the front; None if none is left."""
        with self._lock:
            size = self._size()
            self.first += size
            return (self.first - size, self.first - 1) if size else None

    def take_last(self) -> tuple[int, int] | None:
        """Take a stretch from the back."""
        with self._lock:
            size = self._size()
            self._end -= size
            return (self._end, self._end + size - 1) if size else None

    def finish(self, size: int) -> None:
        """Count batches that have been played."""
        with self._lock:
            self.finished += size

    def stop(self) -> None:
        """Leave nothing to take."""
        with self._lock:
            self._end = self.first

    def fail(self) -> None:
        """Note that the copies' results are of no use."""
        self.failed = True
        self.stop()

    def _size(self) -> int:
        left = self._end - self.first
        return min(left, self._most, max(1, left // (2 * self.takers)))


class ChipCopy:
    """A copy of a chip, with arrays of its own."""

    def __init__(self, plan: Plan, copies: Copies) -> None:
        self._copies = copies
        self._dram: dict[str, NDArray[Any]] = {}
        self.chip = CompiledChip(plan, copies.programs, self._dram, None)

    def begin(
        self, dram: Mapping[str, NDArray[Any]], written: Sequence[str], begin: Callable[[CompiledChip], None]
    ) -> None:
        """Begin a part as the chip is now. DRAM is shared but for the arrays that the PEs write."""
        self._copies.begin()
        self._dram.clear()
        self._dram.update({**dram, **{name: dram[name].copy() for name in written}})
        begin(self.chip)

    def play(self, batches: Batches) -> None:
        """Play stretches until none is left."""
        try:
            while (stretch := batches.take_last()) is not None:
                first, last = stretch
                self.chip.jump(first)
                self.chip.set_batches(first, last)
                self.chip.play()
                if not self.chip.is_quiet():
                    batches.fail()
                batches.finish(last + 1 - first)
        except Exception:  # the chip will meet its cause when it plays these batches itself
            batches.fail()

    def end(self, dram: Mapping[str, NDArray[Any]], before: Mapping[str, NDArray[Any]]) -> Played:
        """Give the chip what was counted and written; `before` is what the arrays held when the copies began."""
        self._copies.end()
        for name, array in before.items():
            np.copyto(dram[name], self._dram[name], where=self._dram[name] != array)
        return Played(self.chip.counters(), int(self.chip.registers[at.NEXT_SEQ]))


class SideBySide:
    """Copies of a chip, which are made when they are worth it."""

    def __init__(self, plan: Plan, threads: Threads) -> None:
        self._plan, self._threads = plan, threads
        self._made: list[ChipCopy] = []
        self._worth_s = 0.0
        self._refused = False

    def threads_for(self, seconds: float) -> int:
        """Return how many threads, this one included, should play what the chip alone would take this long for."""
        count = 1 if self._refused else self._threads.most()
        if count > 1:
            self._worth_s += seconds
        worth = seconds >= WORTH_USING_S and (bool(self._made) or self._worth_s >= WORTH_MAKING_S)
        return count if worth else 1

    def play(
        self,
        chip: CompiledChip,
        dram: Mapping[str, NDArray[Any]],
        batches: Batches,
        begin: Callable[[CompiledChip], None],
        on_finished: Callable[[int], None],
    ) -> list[Played] | None:
        """Play batches on the chip and its copies. Returns what the copies have counted; None if their results are of no use.

        Whatever happens, the chip has played those before `batches.first` itself, in order. `begin` begins the part on a copy.
        """
        while len(self._made) < batches.takers - 1:
            self._made.append(ChipCopy(self._plan, self._threads.copy()))
        copies = self._made[: batches.takers - 1]
        before = {name: dram[name].copy() for name in chip.written_arrays()}
        for copy in copies:
            copy.begin(dram, list(before), begin)
        with ThreadPoolExecutor(len(copies), "chip") as pool:
            try:
                for copy in copies:
                    pool.submit(copy.play, batches)
                while (stretch := batches.take_first()) is not None:
                    chip.set_batches(*stretch)
                    chip.play()
                    batches.finish(stretch[1] + 1 - stretch[0])
                    on_finished(batches.finished)
            finally:
                batches.stop()
        if batches.failed or not chip.is_quiet():
            self._refused = True
            return None
        return [copy.end(dram, before) for copy in copies]
