"""Spikes of continuous time on a grid, and changed at random for training; it never simulates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spinn2sim.data.labelled import LabelledSpikes
from spinn2sim.spec.spikes import Spikes
from spinn2sim.stepped.network import Ints


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


def changed(data: LabelledSpikes, shift: int, stretch: float, random: np.random.Generator) -> LabelledSpikes:
    """Every sample with all its channels moved by the same -shift .. shift (what leaves the range is lost), and its times
    multiplied by exp(normal(0, stretch))."""
    spikes, count = data.spikes, np.diff(data.spikes.offsets)
    moves = random.integers(-shift, shift + 1, spikes.samples)
    factors = np.exp(stretch * random.standard_normal(spikes.samples))
    channels = spikes.neurons + np.repeat(moves, count)
    kept = (channels >= 0) & (channels < spikes.size)
    sample = np.repeat(np.arange(spikes.samples), count)[kept]
    offsets = np.zeros(spikes.samples + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=spikes.samples), out=offsets[1:])
    times = (spikes.times * np.repeat(factors, count))[kept]
    return data._replace(spikes=Spikes(times, channels[kept].astype(np.int32), offsets, spikes.size))
