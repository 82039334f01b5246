"""Spikes of continuous time on a grid, as the kernels take them; it never simulates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.discrete_time.network import Ints


class Grid(NamedTuple):
    """Samples as kernels take them. The spikes of sample b are [offsets[b], offsets[b + 1]) of `step` and `source`, by step."""

    offsets: Ints  # (samples + 1,)
    step: Ints  # ascending within a sample
    source: Ints
    steps: Ints  # (samples,), how many steps a sample takes
    labels: Ints  # (samples,)


def on_grid(data: LabelledSpikes, dt: float, longest: float, tail: float) -> Grid:
    """Each spike in step round(t / dt). What comes after `longest` s is cut; a sample ends `tail` s after its last spike."""
    spikes = data.spikes
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    kept = spikes.times < longest
    sample, step = sample[kept], np.rint(spikes.times[kept] / dt).astype(np.int64)
    offsets = np.zeros(spikes.samples + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=spikes.samples), out=offsets[1:])
    last = np.zeros(spikes.samples, np.int64)
    np.maximum.at(last, sample, step)
    return Grid(offsets, step, spikes.neurons[kept].astype(np.int64), last + 1 + round(tail / dt), data.labels)
