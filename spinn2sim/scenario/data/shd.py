"""Loads the Spiking Heidelberg Digits as events: the spikes of neighbouring channels merged, their times cut into steps.

The published files are the splits. Of a random permutation of each, by data.train_seed, the first data.train_samples or data.test_samples
are taken. A spike at t is in step floor(t / dt); those from step T on are left out, and several of a channel in one step are one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.data.label_checks import warn_of_untrained
from spinn2sim.scenario.data.shd_file import CLASSES, FILES, UNITS, read_shd_file, shd_samples
from spinn2sim.scenario.keys import Scenario


def load_shd(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split from the folder data.path. Raises DataError in one line, also if h5py is not installed."""
    data, folder = scenario.data, Path(str(scenario.data.path))
    random = np.random.RandomState(data.train_seed)  # whose stream numpy does not change
    train = _load_file(scenario, folder / FILES[0], "train_samples", data.train_samples, random)
    test = _load_file(scenario, folder / FILES[1], "test_samples", data.test_samples, random)
    warn_of_untrained(train.labels[: scenario.trained_samples], CLASSES, str(folder / FILES[0]))
    return train, test


def _load_file(scenario: Scenario, path: Path, key: str, count: int, random: np.random.RandomState) -> Dataset:
    lists = read_shd_file(path)
    if count > len(lists.labels):
        raise DataError(f"data.{key}: found {count}, allowed are the {len(lists.labels)} samples of {path}")
    chosen = random.permutation(len(lists.labels))[:count]
    samples = [_steps(scenario, *spikes) for spikes in shd_samples(path, lists)]
    return _dataset(scenario, [samples[k] for k in chosen], lists.labels[chosen])


def _steps(scenario: Scenario, seconds: NDArray[np.float64], units: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the spikes of a sample as step * channels + channel, sorted, each once."""
    channels = scenario.data.channels or UNITS
    step = np.floor(seconds * 1000 / scenario.network.dt_ms).astype(np.int64)
    heard = step < scenario.network.steps
    return np.unique(step[heard] * channels + units[heard] // (UNITS // channels)).astype(np.int32)


def _dataset(scenario: Scenario, samples: list[NDArray[np.int32]], labels: NDArray[np.int64]) -> Dataset:
    channels = scenario.data.channels or UNITS
    first = np.zeros(len(samples) + 1, np.int64)
    np.cumsum([len(spikes) for spikes in samples], out=first[1:])
    spikes = np.concatenate(samples)
    return Dataset(first, spikes // channels, spikes % channels, labels, channels, CLASSES)
