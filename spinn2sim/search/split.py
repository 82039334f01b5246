"""The training and the validation samples of a trial; the test split is never read here."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.data.dataset import Dataset
from spinn2sim.data.load import load_dataset
from spinn2sim.spec.scenario import Scenario

VALIDATION_SEED = 41  # of Yin-Yang, as its authors have it


def load_split(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """(train, validation): Yin-Yang has a split of its own, of data.test_samples samples; elsewhere the last fifth of
    the training samples validates. Raises DataError."""
    if scenario.data.source == "yinyang":
        return load_dataset(replace(scenario, data=replace(scenario.data, test_seed=VALIDATION_SEED)))
    train, _ = load_dataset(scenario)
    cut = len(train) * 4 // 5
    return samples(train, 0, cut), samples(train, cut, len(train))


def samples(dataset: Dataset, first: int, last: int) -> Dataset:
    """Samples [first, last) of a data set."""
    low, high = dataset.first[first], dataset.first[last]
    return replace(
        dataset,
        first=dataset.first[first : last + 1] - low,
        step=dataset.step[low:high],
        source=dataset.source[low:high],
        labels=dataset.labels[first:last],
        values=None if dataset.values is None else dataset.values[first:last],
    )
