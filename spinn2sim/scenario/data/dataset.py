"""Samples as lists of input spikes, stored one after the other in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

NO_SPIKE = -1


@dataclass(frozen=True)
class Dataset:
    """n samples. The spikes of sample s are [first[s], first[s + 1]) of `step` and `source`, sorted by step, then source."""

    # [n + 1]
    first: NDArray[np.int64]
    # [spikes], the step and the input neuron of each
    step: NDArray[np.int32]
    source: NDArray[np.int32]
    # [n]
    labels: NDArray[np.int64]
    n_inputs: int
    n_classes: int
    # [n, d], the values of the samples before encoding, for figures
    values: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def most_spikes(self) -> int:
        """The most input spikes of any sample."""
        return int(np.diff(self.first).max(initial=0))

    def dense(self, samples: NDArray[np.int64], steps: int) -> NDArray[np.uint8]:
        """Return the input spikes of some samples as an array [steps, batch, n_inputs]."""
        spikes = np.zeros((steps, len(samples), self.n_inputs), np.uint8)
        for slot, sample in enumerate(samples):
            events = slice(self.first[sample], self.first[sample + 1])
            spikes[self.step[events], slot, self.source[events]] = 1
        return spikes


def slice_samples(data: Dataset, first: int, last: int) -> Dataset:
    """Return samples [first, last) of a data set."""
    low, high = data.first[first], data.first[last]
    return replace(
        data,
        first=data.first[first : last + 1] - low,
        step=data.step[low:high],
        source=data.source[low:high],
        labels=data.labels[first:last],
        values=None if data.values is None else data.values[first:last],
    )


def dataset_from_events(
    events: NDArray[np.integer], labels: NDArray[np.integer], n_inputs: int, n_classes: int
) -> Dataset:
    """Make a Dataset from spikes [spikes, 3] of sample, step and input neuron, in any order; each occurs once."""
    sample, step, source = events.T
    order = np.lexsort((source, step, sample))
    first = np.zeros(len(labels) + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=len(labels)), out=first[1:])
    return Dataset(
        first=first,
        step=step[order].astype(np.int32),
        source=source[order].astype(np.int32),
        labels=labels.astype(np.int64),
        n_inputs=n_inputs,
        n_classes=n_classes,
    )


def dataset_from_steps(
    steps: NDArray[np.integer], labels: NDArray[np.integer], n_classes: int, values: NDArray[np.float64] | None = None
) -> Dataset:
    """Make a Dataset from one spike step per input and sample: steps [n, d], NO_SPIKE for a silent input."""
    return replace(dataset_from_events(events_of_steps(steps), labels, steps.shape[1], n_classes), values=values)


def events_of_steps(steps: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the spikes [spikes, 3], sample, step and input, of one spike step per input and sample: steps [n, d]."""
    sample, source = np.nonzero(steps >= 0)
    return np.stack([sample, steps[sample, source].astype(np.int64), source], axis=1)


def with_steady_inputs(data: Dataset, count: int, steps: int) -> Dataset:
    """Return a data set with `count` more inputs, behind the others, that fire in every step of every sample."""
    old = np.stack([np.repeat(np.arange(len(data)), np.diff(data.first)), data.step, data.source], axis=1)
    grid = np.indices((len(data), steps, count)).reshape(3, -1).T + np.array([0, 0, data.n_inputs])
    events = np.concatenate([old, grid])
    more = dataset_from_events(events, data.labels, data.n_inputs + count, data.n_classes)
    return replace(more, values=data.values)
