"""What the network answered at the last evaluation: the class of each test sample, and how often each class was taken for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.run_data import AbsentError, RunData

SILENT = -1
MOST_CLASSES = 64


@dataclass(frozen=True)
class Predictions:
    """The n test samples: `label` and `predicted` are [n]; SILENT if no output spiked, or none was ever above rest."""

    epoch: int
    classes: int
    label: NDArray[np.int64]
    predicted: NDArray[np.int64]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """The samples by label and answer, [classes, classes + 1]; the last column is silence."""
        counts = np.zeros((self.classes, self.classes + 1), np.int64)
        np.add.at(counts, (self.label, np.where(self.predicted == SILENT, self.classes, self.predicted)), 1)
        return counts


def predictions(run: RunData) -> Predictions:
    """Read the answers: the class that spikes first, ties to the lowest number, or that has the highest voltage. Raises AbsentError."""
    found = run.results
    if found.max_voltage is not None:
        silent = np.zeros(len(found.labels), bool) if found.average else found.max_voltage.max(axis=1) <= 0
        best = np.argmax(found.max_voltage, axis=1)
    else:
        silent = found.first_spike.min(axis=1) >= run.scenario.network.steps
        best = np.argmin(found.first_spike, axis=1)
    return Predictions(found.epoch, found.first_spike.shape[1], found.labels, np.where(silent, SILENT, best))


def drawable_predictions(run: RunData) -> Predictions:
    """Read the answers for a matrix. Raises AbsentError if there are too many classes to draw one."""
    found = predictions(run)
    if found.classes > MOST_CLASSES:
        raise AbsentError(f"{found.classes} classes are too many for a matrix, whose most are {MOST_CLASSES}")
    return found
