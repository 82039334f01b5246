"""The instants of the ticks of a part in which packets can be sent over links."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.plan import PhasePlan


class CrossingTicks:
    """Finds ticks by time. All batches of a part but the first are alike."""

    def __init__(self, phases: Callable[[int], Sequence[PhasePlan]], start_q: int) -> None:
        self._start_q = start_q
        self._offsets = [_offsets(phases(batch)) for batch in (0, 1)]
        self._lengths = [sum(phase.ticks * phase.period_q for phase in phases(batch)) for batch in (0, 1)]

    def end_of(self, batch: int) -> int:
        """Return the instant at which a batch is over."""
        return self._start_q + self._lengths[0] + batch * self._lengths[1]

    def next_from(self, now: int) -> int:
        """Return the instant of the first such tick from `now` on; FOREVER if there is none in this batch or the next."""
        batch = 0
        if now >= self.end_of(0) and self._lengths[1]:
            batch = 1 + (now - self.end_of(0)) // self._lengths[1]
        for one in (batch, batch + 1):
            offsets = self._offsets[min(one, 1)]
            begin_q = self.end_of(one - 1) if one else self._start_q
            place = bisect_left(offsets, now - begin_q)
            if place < len(offsets):
                return begin_q + offsets[place]
        return at.FOREVER


def _offsets(phases: Sequence[PhasePlan]) -> list[int]:
    found, offset = [], 0
    for phase in phases:
        if phase.crosses:
            found += [offset + j * phase.period_q for j in range(phase.ticks)]
        offset += phase.ticks * phase.period_q
    return found
