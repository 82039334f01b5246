"""The Spiking Heidelberg Digits in continuous time, ten neighbours of their 700 channels merged to one, with all their spikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinn2sim.experiments.datasets.labelled import LabelledSpikes, LabelledSplits, join_samples
from spinn2sim.scenario.data.shd_file import CLASSES, FILES, UNITS, read_shd_file, shd_samples

PER_CHANNEL = 10
CHANNELS = UNITS // PER_CHANNEL


def is_shd(folder: Path) -> bool:
    """Whether a folder has one of the data set's files."""
    return any((folder / name).exists() for name in FILES)


def load_shd(folder: Path) -> LabelledSplits:
    """Load the published split. Raises DataError in one line, also if h5py is not installed."""
    train, test = (read_shd(folder / name) for name in FILES)
    return LabelledSplits(train, test, CLASSES, f"Spiking Heidelberg Digits of {folder}")


def check(folder: Path) -> None:
    """Read both files, and raise DataError in one line if `load_shd` would."""
    for path in (folder / name for name in FILES):
        for _ in shd_samples(path, read_shd_file(path)):
            pass


def read_shd(path: Path) -> LabelledSpikes:
    """Read the samples of one file. Raises DataError in one line."""
    lists = read_shd_file(path)
    samples = [(s, (units // PER_CHANNEL).astype(np.int32)) for s, units in shd_samples(path, lists)]
    return LabelledSpikes(join_samples(samples, CHANNELS), lists.labels)
