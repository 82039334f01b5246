"""Which samples of a user's own data are for training and for testing, and how many there are if a scenario does not say it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.scenario.data.stratified import draw
from spinn2sim.scenario.keys import Scenario

TEST_SHARE = 5  # one in five samples is for testing, if the scenario does not say how many

Order = NDArray[np.int64]


def default_counts(samples: int, tested: int | None, train: int | None, test: int | None) -> tuple[int, int]:
    """Return data.train_samples and data.test_samples of a file with `samples`, and `tested` more for testing alone, if it has such.

    `train` and `test` are those that are given; the other is what is left of the file, or without both a fifth for testing.
    """
    if tested is not None:
        return samples if train is None else train, tested if test is None else test
    if test is None:
        test = max(1, round(samples / TEST_SHARE)) if train is None else max(1, samples - train)
    return max(1, samples - test) if train is None else train, test


def drawn_splits(scenario: Scenario, classes: Order, tested: Order | None, where: str) -> tuple[Order, Order]:
    """Draw the positions of the training samples, of which the last validate, and of the test samples, among `tested` if it is given.

    Both are drawn by data.train_seed, with the share of each class. Raises DataError if there are too few.
    """
    data = scenario.data
    random = np.random.RandomState(data.train_seed)  # whose stream numpy does not change
    asked = f"data.train_samples {data.train_samples} + data.test_samples {data.test_samples}"
    if tested is None:
        if data.train_samples + data.test_samples > len(classes):
            raise DataError(f"{where}: found {len(classes)} samples, allowed is at least {asked}")
        test, rest = draw(classes, data.test_samples, random)
    else:
        for count, found, key in ((data.train_samples, classes, "train"), (data.test_samples, tested, "test")):
            if count > len(found):
                raise DataError(
                    f"{where}: found {len(found)} samples to {key}, allowed is at least data.{key}_samples {count}"
                )
        test, _ = draw(tested, data.test_samples, random)
        rest = np.arange(len(classes))
    train = rest[draw(classes[rest], data.train_samples, random)[0]]
    validating, training = draw(classes[train], data.train_samples - scenario.trained_samples, random)
    return train[np.concatenate([training, validating])], test
