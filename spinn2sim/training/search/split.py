"""Loads the training and the validation samples of a trial; a test checks that the test split has no influence on it."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.keys import Scenario

# If the scenario asks for no validation split and the data cannot be generated, one in VALIDATION_SHARE training samples validates.
VALIDATION_SHARE = 5


def load_split(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Return (train, validation). Raises DataError.

    The validation samples are those that the scenario asks for. If it asks for none, Yin-Yang generates as many as there are test samples,
    and other sources give the last fifth of their training samples.
    """
    training, data = scenario.training, scenario.data
    if not training.validation_samples:
        count = (
            data.test_samples
            if data.source == "yinyang"
            else data.train_samples - data.train_samples * (VALIDATION_SHARE - 1) // VALIDATION_SHARE
        )
        scenario = replace(scenario, training=replace(training, validation_samples=count))
    splits = load_splits(scenario)
    assert splits.validation is not None  # noqa: S101 - it was asked for
    return splits.train, splits.validation
