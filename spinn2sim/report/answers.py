"""The network's answers at the last evaluation, read from results.npz and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, Scenario

# The answer to a sample for which no output spikes, or none is ever above rest.
SILENT = -1


@dataclass(frozen=True)
class Answers:
    """The network's answers to the n test samples at the last evaluation.

    first_spike  [n, n_out], in steps; T if the neuron was silent
    labels       [n]
    max_voltage  [n, n_out], for a readout; 0 if it was never above rest; the average voltage if `average`
    """

    epoch: int
    first_spike: NDArray[np.int64]
    labels: NDArray[np.int64]
    max_voltage: NDArray[np.float64] | None = None
    average: bool = False

    def predicted(self, steps: int) -> NDArray[np.int64]:
        """Return the class answered to each sample, [n], or SILENT: the output that spikes first in T = `steps` steps, or is highest.

        Of equal outputs the first answers.
        """
        if self.max_voltage is None:
            best, silent = self.first_spike.argmin(axis=1), self.first_spike.min(axis=1) >= steps
        else:
            best = self.max_voltage.argmax(axis=1)
            silent = np.zeros(len(best), bool) if self.average else self.max_voltage.max(axis=1) <= 0
        return np.where(silent, SILENT, best)


def count_answers(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Count the samples by label and answer, [classes, classes + 1]; the last column is SILENT."""
    counts = np.zeros((classes, classes + 1), np.int64)
    np.add.at(counts, (labels, np.where(predicted == SILENT, classes, predicted)), 1)
    return counts


def read_answers(path: Path, scenario: Scenario) -> Answers:
    """Read results.npz of a run of `scenario`. Raises DataError if its arrays have other types or shapes, or values that cannot be."""
    found = read_arrays(path, ("epoch", "first_spike", "labels"))
    epoch, first, labels = found["epoch"], found["first_spike"], found["labels"]
    if epoch.shape != (1,) or epoch.dtype.kind != "i" or not 0 <= epoch[0] <= scenario.training.epochs:
        raise DataError(f"{path}: epoch: found {epoch.dtype} of shape {epoch.shape}, allowed is an epoch of the run")
    if (
        first.ndim != 2
        or not first.shape[1]
        or labels.shape != first.shape[:1]
        or first.dtype.kind != "i"
        or labels.dtype.kind != "i"
    ):
        raise DataError(f"{path}: found first_spike {first.shape}, labels {labels.shape}, allowed is [n, n_out], [n]")
    _refuse_range(f"{path}: first_spike", first, scenario.network.steps)
    _refuse_range(f"{path}: labels", labels, first.shape[1] - 1)
    if not scenario.has_readout:
        return Answers(int(epoch[0]), first, labels)
    (highest,) = read_arrays(path, ("max_voltage",)).values()
    if highest.shape != first.shape or highest.dtype != np.float64:
        raise DataError(f"{path}: found max_voltage {highest.dtype} {highest.shape}, allowed is float64 {first.shape}")
    average = scenario.loss.kind == AVERAGE_VOLTAGE
    if not np.isfinite(highest).all() or (not average and (highest < 0).any()):
        allowed = "a finite number" if average else "0 or more"
        raise DataError(f"{path}: max_voltage: found a negative or infinite one, allowed is {allowed}")
    return Answers(int(epoch[0]), first, labels, highest, average)


def _refuse_range(where: str, values: NDArray[Any], highest: int) -> None:
    if values.size and not 0 <= values.min() <= values.max() <= highest:
        raise DataError(f"{where}: found {values.min()} to {values.max()}, allowed are 0 to {highest}")
