"""Loads the data of a scenario, split into samples for training, testing and validation; no sample is in two splits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps, slice_samples, with_steady_inputs
from spinn2sim.scenario.data.encoding import encoded_steps
from spinn2sim.scenario.data.images import load_images
from spinn2sim.scenario.data.npz import load_npz
from spinn2sim.scenario.data.own_tables import load_tables
from spinn2sim.scenario.data.shd import load_shd
from spinn2sim.scenario.data.timed_events import load_timed
from spinn2sim.scenario.data.yinyang import N_CLASSES, generate, rotate
from spinn2sim.scenario.keys import Scenario

Loader = Callable[[Scenario], tuple[Dataset, Dataset]]


class Splits(NamedTuple):
    """The samples of a run."""

    train: Dataset
    test: Dataset
    validation: Dataset | None


def load_dataset(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split. Raises DataError for a bad file."""
    train, test, _ = load_splits(scenario)
    return train, test


def load_splits(scenario: Scenario) -> Splits:
    """Load all splits. Raises DataError for a bad file.

    Yin-Yang has the inputs x, y, 1 - x, 1 - y and, unless encoding.bias is false, a bias; and 3 classes. It generates validation samples
    with their own seed; for other sources, the last training samples are used for validation. Behind the inputs of the data are those
    of populations with `every_step`.
    """
    steady = sum(p.size for p in scenario.population or () if p.kind == "input" and p.every_step)
    splits = _load_splits(scenario)
    if not steady:
        return splits
    train, test, validation = splits
    steps = scenario.network.steps
    return Splits(
        with_steady_inputs(train, steady, steps),
        with_steady_inputs(test, steady, steps),
        None if validation is None else with_steady_inputs(validation, steady, steps),
    )


def _load_splits(scenario: Scenario) -> Splits:
    """Load all splits as the data have them."""
    data, training = scenario.data, scenario.training
    if data.source == "yinyang":
        validating = training.validation_samples
        return Splits(
            _yinyang(scenario, data.train_samples, data.train_seed),
            _yinyang(scenario, data.test_samples, data.test_seed),
            _yinyang(scenario, validating, training.validation_seed) if validating else None,
        )
    own: dict[str, Loader] = {
        "npz": load_npz,
        "shd": load_shd,
        "csv": load_tables,
        "arrays": load_tables,
        "events": load_timed,
    }
    load = own.get(data.source, load_images)
    train, test = load(scenario)
    if not training.validation_samples:
        return Splits(train, test, None)
    cut = scenario.trained_samples
    return Splits(slice_samples(train, 0, cut), test, slice_samples(train, cut, len(train)))


def _yinyang(scenario: Scenario, n: int, seed: int) -> Dataset:
    values, labels = generate(n, seed)
    values = rotate(values, scenario.data.rotation_deg)
    return dataset_from_steps(encoded_steps(values, scenario), labels, N_CLASSES, values)
