"""The ticks of a part by number: their batch, trace number and nominal instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import PhasePlan, Schedule
from spinn2sim.hardware.program import TimerTick


class NumberedTick(NamedTuple):
    """One tick of a part."""

    number: int
    batch: int
    phase: PhasePlan
    # The tick's position in its phase.
    j: int
    at_q: int

    @property
    def trace_tick(self) -> int:
        """The tick's number in the trace."""
        return self.phase.first_tick + self.j

    def timer_tick(self) -> TimerTick:
        """Return what programs learn of the tick."""
        return TimerTick(int(self.phase.phase), self.phase.first_step + self.j * self.phase.stride, self.batch)


class PartTicks:
    """The ticks of a part of `batches` batches from `start_q`; all batches but the first are alike."""

    def __init__(self, phases: Callable[[int], Sequence[PhasePlan]], batches: int, start_q: int) -> None:
        self.batches, self.start_q = batches, start_q
        self._kinds = (_ticks_of(phases(0)), _ticks_of(phases(1)))
        self._lengths = tuple(sum(phase.ticks * phase.period_q for phase in phases(n)) for n in (0, 1))

    @property
    def count(self) -> int:
        """How many ticks the part has."""
        return sum(len(self._ticks(batch)) for batch in (0, 1)[: self.batches]) + max(0, self.batches - 2) * len(
            self._kinds[1]
        )

    def ticks_in(self, batch: int) -> int:
        """Return how many ticks a batch has."""
        return len(self._ticks(batch))

    def number_of(self, batch: int, position: int) -> int:
        """Return the number of the tick at a position in its batch."""
        return position if batch == 0 else len(self._kinds[0]) + (batch - 1) * len(self._kinds[1]) + position

    def find(self, batch: int, trace_tick: int) -> int | None:
        """Return the number of the tick of a batch that has this number in the trace; None if there is none."""
        if batch >= self.batches:
            return None
        for position, (phase, j, _) in enumerate(self._ticks(batch)):
            if phase.first_tick + j == trace_tick:
                return self.number_of(batch, position)
        return None

    def tick(self, number: int) -> NumberedTick:
        """Return the tick with a number."""
        first, later = len(self._kinds[0]), len(self._kinds[1])
        batch, position = (0, number) if number < first else (1 + (number - first) // later, (number - first) % later)
        phase, j, offset_q = self._ticks(batch)[position]
        begin_q = 0 if batch == 0 else self._lengths[0] + (batch - 1) * self._lengths[1]
        return NumberedTick(number, batch, phase, j, self.start_q + begin_q + offset_q)

    def ticks_of(self, group: int) -> Iterator[NumberedTick]:
        """Yield the ticks that wake a group."""
        for number in range(self.count):
            found = self.tick(number)
            if group in found.phase.groups:
                yield found

    def _ticks(self, batch: int) -> list[tuple[PhasePlan, int, int]]:
        return self._kinds[min(batch, 1)]


def _ticks_of(phases: Sequence[PhasePlan]) -> list[tuple[PhasePlan, int, int]]:
    """List the ticks of a batch: phase, position in it, and quanta since the batch began."""
    found, offset_q = [], 0
    for phase in phases:
        for j in range(phase.ticks):
            found.append((phase, j, offset_q))
            offset_q += phase.period_q
    return found


def phases_of(schedule: Schedule, part: Part) -> Callable[[int], Sequence[PhasePlan]]:
    """Return the function from a batch to its phases: training batches are all alike, the first test batch also sends the weights."""
    if part == Part.TRAIN:
        return lambda batch: schedule.train
    return lambda batch: schedule.test if batch else schedule.test_first
