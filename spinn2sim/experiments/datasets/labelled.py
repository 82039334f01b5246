"""Samples as spikes in continuous time, with their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.spikes import Spikes

# One sample: times in seconds, in any order, and the neuron of each.
UnsortedSpikes = tuple[NDArray[np.float64], NDArray[np.int32]]


@dataclass(frozen=True)
class LabelledSpikes:
    """Input spikes, and the class (samples,) of each sample."""

    spikes: Spikes
    labels: NDArray[np.int64]

    def select(self, samples: NDArray[np.int64]) -> LabelledSpikes:
        """Return the given samples, in the given order."""
        return LabelledSpikes(select_samples(self.spikes, samples), self.labels[samples])


class LabelledSplits(NamedTuple):
    """Samples for training and for testing; no sample is in both."""

    train: LabelledSpikes
    test: LabelledSpikes
    # The number of classes.
    classes: int
    # Where the samples come from, as a summary says it.
    source: str


def select_samples(spikes: Spikes, samples: NDArray[np.int64]) -> Spikes:
    """Return the given samples, in the given order."""
    first, lengths = spikes.offsets[samples], np.diff(spikes.offsets)[samples]
    offsets = np.zeros(len(samples) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    at = np.repeat(first - offsets[:-1], lengths) + np.arange(offsets[-1])
    return Spikes(spikes.times[at], spikes.neurons[at], offsets, spikes.size)


def join_samples(samples: Iterable[UnsortedSpikes], size: int) -> Spikes:
    """Join samples into one set of arrays, each sample sorted by time, then by neuron."""
    ordered = [(times[order], neurons[order]) for times, neurons in samples for order in [np.lexsort((neurons, times))]]
    offsets = np.zeros(len(ordered) + 1, np.int64)
    np.cumsum([len(times) for times, _ in ordered], out=offsets[1:])
    times = np.concatenate([times for times, _ in ordered]) if ordered else np.empty(0)
    neurons = np.concatenate([neurons for _, neurons in ordered]) if ordered else np.empty(0)
    return Spikes(times.astype(np.float64), neurons.astype(np.int32), offsets, size)
