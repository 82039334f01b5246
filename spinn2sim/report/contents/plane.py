"""The Yin-Yang plane: each test sample with its prediction and the output value that it is based on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.report.answers import SILENT
from spinn2sim.report.contents.predictions import predictions
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.scenario.data.yinyang import generate, rotate
from spinn2sim.trace.run_directory import RESULTS

CLASSES = ("yin", "yang", "dot")


@dataclass(frozen=True)
class Plane:
    """The n test samples at the last evaluation."""

    epoch: int
    # x, y, label, predicted and value are [n]; x and y are 0 to 1.
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: NDArray[np.int64]
    # SILENT if no output spiked, or none was ever above rest.
    predicted: NDArray[np.int64]
    # The time of the earliest output spike in ms, or the highest (average) voltage; NaN if silent.
    value: NDArray[np.float64]
    # What `value` is, and its unit.
    title: str
    unit: str


def plane(run: RunData) -> Plane:
    """Collect the samples. Raises AbsentError if they are not points of a plane, or if the run has no results."""
    data = run.scenario.data
    if data.source != "yinyang":
        raise AbsentError(f"the plane shows Yin-Yang alone; data.source is {quoted(data.source)}")
    found = run.results
    values, labels = generate(data.test_samples, data.test_seed)
    points = rotate(values, data.rotation_deg)
    if not np.array_equal(labels, found.labels):
        raise DataError(f"{run.folder / RESULTS}: found labels of other samples than scenario.toml names")
    predicted = predictions(run).predicted
    silent = predicted == SILENT
    if found.max_voltage is not None:
        highest = found.max_voltage.max(axis=1)
        title = "Highest average output voltage" if found.average else "Highest output voltage"
        value, unit = np.where(silent, np.nan, highest), "as network.threshold"
        return Plane(found.epoch, points[:, 0], points[:, 1], labels, predicted, value, title, unit)
    earliest = found.first_spike.min(axis=1)
    value = np.where(silent, np.nan, earliest * run.scenario.network.dt_ms)
    return Plane(found.epoch, points[:, 0], points[:, 1], labels, predicted, value, "First output spike", "ms")
