"""Encodes values as spike times in seconds, one spike per input, for networks in continuous time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes


def spikes_of_times(times: NDArray[np.float64]) -> Spikes:
    """Make spikes, one per input, from times (samples, inputs) in seconds; inf for a silent input. Ties go to the lower input."""
    order = np.argsort(times, axis=1, kind="stable").astype(np.int32)
    sorted_times = np.take_along_axis(times, order, axis=1)
    fires = np.isfinite(sorted_times)
    offsets = np.zeros(len(times) + 1, np.int64)
    np.cumsum(fires.sum(axis=1), out=offsets[1:])
    return Spikes(sorted_times[fires], order[fires], offsets, times.shape[1])


def latencies(values: NDArray[np.float64], t_first: float, t_last: float, bias: float | None = None) -> Spikes:
    """Make spikes at t_first + (t_last - t_first) (1 - value) for values (samples, n) in 0..1; one more input always fires at `bias`."""
    times = t_first + (t_last - t_first) * (1.0 - values)
    if bias is not None:
        times = np.hstack([times, np.full((len(times), 1), bias)])
    return spikes_of_times(times)
