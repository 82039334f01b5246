"""What the network answered at the last evaluation: the class of each test sample, and how often each class was taken for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.answers import count_answers
from spinn2sim.report.run_data import AbsentError, RunData

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
        return count_answers(self.label, self.predicted, self.classes)


def predictions(run: RunData) -> Predictions:
    """Read the answers of a run. Raises AbsentError."""
    found = run.results
    predicted = found.predicted(run.scenario.network.steps)
    return Predictions(found.epoch, found.first_spike.shape[1], found.labels, predicted)


def drawable_predictions(run: RunData) -> Predictions:
    """Read the answers for a matrix. Raises AbsentError if there are too many classes to draw one."""
    found = predictions(run)
    if found.classes > MOST_CLASSES:
        raise AbsentError(f"{found.classes} classes are too many for a matrix, whose most are {MOST_CLASSES}")
    return found
