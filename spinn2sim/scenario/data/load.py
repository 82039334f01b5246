"""The data that a scenario names, split into what trains, tests and validates; no sample is in two of them."""

from __future__ import annotations

from typing import NamedTuple

from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps, rows_of
from spinn2sim.scenario.data.encoding import spike_steps, with_bias
from spinn2sim.scenario.data.images import load_images
from spinn2sim.scenario.data.npz import load_npz
from spinn2sim.scenario.data.yinyang import N_CLASSES, generate, rotated
from spinn2sim.scenario.keys import Scenario


class Splits(NamedTuple):
    """The samples of a run."""

    train: Dataset
    test: Dataset
    validation: Dataset | None


def load_dataset(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """(train, test) of `load_splits`."""
    train, test, _ = load_splits(scenario)
    return train, test


def load_splits(scenario: Scenario) -> Splits:
    """All splits. Yin-Yang has the inputs x, y, 1 - x, 1 - y and a bias, and 3 classes, and makes its validation samples
    with a seed of their own; other sources take the last of the training samples for it. Raises DataError for a bad file."""
    data, training = scenario.data, scenario.training
    if data.source == "yinyang":
        held = training.validation_samples
        return Splits(
            _yinyang(scenario, data.train_samples, data.train_seed),
            _yinyang(scenario, data.test_samples, data.test_seed),
            _yinyang(scenario, held, training.validation_seed) if held else None,
        )
    train, test = load_npz(scenario) if data.source == "npz" else load_images(scenario)
    if not training.validation_samples:
        return Splits(train, test, None)
    cut = scenario.trained_samples
    return Splits(rows_of(train, 0, cut), test, rows_of(train, cut, len(train)))


def _yinyang(scenario: Scenario, n: int, seed: int) -> Dataset:
    values, labels = generate(n, seed)
    values = rotated(values, scenario.data.rotation_deg)
    return dataset_from_steps(with_bias(spike_steps(values, scenario), scenario), labels, N_CLASSES, values)
