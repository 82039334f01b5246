"""Rounds spikes in continuous time to the steps of a grid, in the form that the kernels take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.discrete_time.recurrent_network import Ints


class GridSpikes(NamedTuple):
    """Labelled samples on a grid. The spikes of sample b are offsets[b] .. offsets[b + 1] - 1 of `step` and `source`, ordered by step.

    offsets       (samples + 1,)
    step, source  (spikes,)
    steps         (samples,), the number of steps that a sample takes
    labels        (samples,)
    """

    offsets: Ints
    step: Ints
    source: Ints
    steps: Ints
    labels: Ints


def to_grid(data: LabelledSpikes, dt: float, max_time: float, tail: float) -> GridSpikes:
    """Round each spike to step round(t / dt). Spikes after `max_time` s are dropped; a sample ends `tail` s after its last spike."""
    spikes = data.spikes
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    kept = spikes.times < max_time
    sample, step = sample[kept], np.rint(spikes.times[kept] / dt).astype(np.int64)
    offsets = np.zeros(spikes.samples + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=spikes.samples), out=offsets[1:])
    last = np.zeros(spikes.samples, np.int64)
    np.maximum.at(last, sample, step)
    return GridSpikes(offsets, step, spikes.neurons[kept].astype(np.int64), last + 1 + round(tail / dt), data.labels)
