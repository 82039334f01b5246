"""Loads the training and the validation samples of a trial; a test checks that the test split has no influence on it."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.keys import Scenario

# Where the scenario asks for no validation split, and the data set can generate none, one training sample in so many validates.
VALIDATION_SHARE = 5


def load_split(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """(train, validation). Raises DataError.

    The latter is what the scenario asks for; else Yin-Yang generates as many samples as the test split has, and other sources give the
    last fifth of the training samples.
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
