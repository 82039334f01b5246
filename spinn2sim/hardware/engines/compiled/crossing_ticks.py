"""The instants of the ticks of a part in which packets can be sent over links."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.plan import PhasePlan


class CrossingTicks:
    """Lists ticks by time. All batches of a part but the first are alike."""

    def __init__(self, phases: Callable[[int], Sequence[PhasePlan]], start_q: int) -> None:
        self._start_q = start_q
        self._offsets = [_offsets(phases(batch)) for batch in (0, 1)]
        self._lengths = [sum(phase.ticks * phase.period_q for phase in phases(batch)) for batch in (0, 1)]

    def end_of(self, batch: int) -> int:
        """Return the instant at which a batch is over."""
        return self._start_q + self._lengths[0] + batch * self._lengths[1]

    def of(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the instants in batches `first` to `last`, in order."""
        begins = [self._start_q if batch == 0 else self.end_of(batch - 1) for batch in range(first, last + 1)]
        offsets = [self._offsets[min(batch, 1)] for batch in range(first, last + 1)]
        return np.concatenate([begin + one for begin, one in zip(begins, offsets, strict=True)])

    def of_and_next(self, first: int, last: int, batches: int) -> NDArray[np.int64]:
        """Return the instants in batches `first` to `last`, and the one that follows, if any of the part's `batches` has one."""
        following = self.of(last + 1, last + 1)[:1] if last + 1 < batches else np.zeros(0, np.int64)
        return np.concatenate([self.of(first, last), following])


def _offsets(phases: Sequence[PhasePlan]) -> NDArray[np.int64]:
    found: list[int] = []
    offset = 0
    for phase in phases:
        if phase.crosses:
            found += [offset + j * phase.period_q for j in range(phase.ticks)]
        offset += phase.ticks * phase.period_q
    return np.array(found, np.int64)
