"""The training and the validation samples of a trial; the test split is never used here."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.load import load_splits
from spinn2sim.scenario.keys import Scenario

HELD_SHARE = 5  # elsewhere one training sample in so many validates


def load_split(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """(train, validation). The latter is what the scenario asks for; else Yin-Yang generates as many samples as the test split has, and
    other sources give the last fifth of the training samples. Raises DataError."""
    training, data = scenario.training, scenario.data
    if not training.validation_samples:
        held = (
            data.test_samples
            if data.source == "yinyang"
            else data.train_samples - data.train_samples * (HELD_SHARE - 1) // HELD_SHARE
        )
        scenario = replace(scenario, training=replace(training, validation_samples=held))
    splits = load_splits(scenario)
    assert splits.validation is not None  # noqa: S101 - it was asked for
    return splits.train, splits.validation
