"""Samples as spikes in continuous time with their labels; it never puts them on a grid and never trains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.latency import select

Train = tuple[NDArray[np.float64], NDArray[np.int32]]  # times in s, in any order, and the neurons; one sample


class LabelledSpikes(NamedTuple):
    """Input spikes of a split and what they stand for."""

    spikes: Spikes
    labels: NDArray[np.int64]  # (samples,)
    classes: int


class LabelledSplits(NamedTuple):
    """What trains and what tests; no sample is in both."""

    train: LabelledSpikes
    test: LabelledSpikes
    source: str  # where the samples are from, for a summary


def joined(trains: Iterable[Train], size: int) -> Spikes:
    """Sample after sample in one set of arrays. Within one instant, neurons ascend."""
    ordered = [(times[order], neurons[order]) for times, neurons in trains for order in [np.lexsort((neurons, times))]]
    offsets = np.zeros(len(ordered) + 1, np.int64)
    np.cumsum([len(times) for times, _ in ordered], out=offsets[1:])
    times = np.concatenate([times for times, _ in ordered]) if ordered else np.empty(0)
    neurons = np.concatenate([neurons for _, neurons in ordered]) if ordered else np.empty(0)
    return Spikes(times.astype(np.float64), neurons.astype(np.int32), offsets, size)


def chosen(data: LabelledSpikes, rows: NDArray[np.int64]) -> LabelledSpikes:
    """Some samples, in the order of `rows`."""
    return LabelledSpikes(select(data.spikes, rows), data.labels[rows], data.classes)
