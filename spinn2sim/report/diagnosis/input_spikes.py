"""Facts about the input spikes of a run's samples: when they come, how many there are, and how well they tell classes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.data.dataset import Dataset

MOST_SPIKES = 20_000_000  # data with more are looked at in part


@dataclass(frozen=True)
class InputSpikes:
    """Facts about the training and test samples together."""

    samples: int
    per_sample: float
    # The mean spikes of an input in a sample.
    firing: float
    # The share of samples without a spike, and with the very same spikes as a sample of another class.
    empty: float
    mixed: float
    # The best accuracy that any network could reach, as samples with equal spikes get the same answer.
    ceiling: float
    # In how many steps inputs fire that do not always fire in the same step, and the share of spikes from the last useful step on.
    steps_used: int
    late: float
    # The distance in steps from which to which the middle 90 % of the spikes lie.
    span: int
    # The share of inputs that fire in the same step of every sample, or never.
    constant: float
    # Whether most samples have at most one spike of each input, as latency codes do.
    one_each: bool


def input_spikes(splits: tuple[Dataset, ...], steps: int, depth: int) -> InputSpikes:
    """Look at the spikes of all samples. `depth` is the number of steps from an input's spike to its first effect on the output."""
    parts = [_in_part(data) for data in splits]
    step = np.concatenate([part.step for part in parts])
    source = np.concatenate([part.source for part in parts])
    counts = np.concatenate([np.diff(part.first) for part in parts])
    samples, inputs = len(counts), parts[0].n_inputs
    varying = _varying(step, source, inputs, samples)
    moving = step[varying[source]] if len(source) else step
    mixed, ceiling = _mixed(parts)
    low, high = np.quantile(moving, (0.05, 0.95)) if len(moving) else (0, 0)
    return InputSpikes(
        samples,
        len(step) / max(1, samples),
        len(step) / max(1, samples * inputs),
        float(np.mean(counts == 0)) if samples else 1.0,
        mixed,
        ceiling,
        len(np.unique(moving)),
        float(np.mean(moving >= steps - depth)) if len(moving) else 0.0,
        int(high - low),
        float(np.mean(~varying)),
        bool(len(step) <= samples * inputs and counts.max(initial=0) <= inputs),
    )


def _in_part(data: Dataset) -> Dataset:
    """Return the first samples of a data set, as many as have MOST_SPIKES."""
    from spinn2sim.scenario.data.dataset import slice_samples

    last = int(np.searchsorted(data.first, MOST_SPIKES, "right")) - 1
    return slice_samples(data, 0, min(len(data), max(1, last))) if len(data) else data


def _varying(step: NDArray[np.int32], source: NDArray[np.int32], inputs: int, samples: int) -> NDArray[np.bool_]:
    """Return for each input whether it does not do the same in every sample: fire once, in one step, or never."""
    low, high = np.full(inputs, np.iinfo(np.int32).max, np.int64), np.full(inputs, -1, np.int64)
    np.minimum.at(low, source, step)
    np.maximum.at(high, source, step)
    fired = np.bincount(source, minlength=inputs)
    varying: NDArray[np.bool_] = ~((fired == 0) | ((low == high) & (fired == samples)))
    return varying


def _mixed(parts: list[Dataset]) -> tuple[float, float]:
    """Return the share of samples with the spikes of a sample of another class, and the best accuracy that equal spikes allow."""
    classes: dict[bytes, dict[int, int]] = {}
    for data in parts:
        words = np.stack([data.step, data.source], axis=1).astype(np.int32)
        for s, label in enumerate(data.labels):
            pattern = words[data.first[s] : data.first[s + 1]].tobytes()
            of = classes.setdefault(pattern, {})
            of[int(label)] = of.get(int(label), 0) + 1
    total = sum(sum(of.values()) for of in classes.values())
    mixed = sum(sum(of.values()) for of in classes.values() if len(of) > 1)
    best = sum(max(of.values()) for of in classes.values())
    return mixed / max(1, total), best / max(1, total)
