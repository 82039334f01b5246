"""The spikes of a batch, as lists of events in continuous time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spikes:
    """When each of `size` neurons fired, sample by sample.

    Sample b has the events offsets[b] .. offsets[b + 1] - 1, ascending in time.

    times    (spikes,) float64, seconds from the start of the sample
    neurons  (spikes,) int32, 0 .. size - 1
    offsets  (samples + 1,) int64
    """

    times: NDArray[np.float64]
    neurons: NDArray[np.int32]
    offsets: NDArray[np.int64]
    size: int

    @property
    def samples(self) -> int:
        """The number of samples in the batch."""
        return len(self.offsets) - 1
