"""The Yin-Yang plane: each test sample with its prediction and the time of its first output spike; it never interpolates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.data.yinyang import generate, rotated
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.spec.errors import DataError

CLASSES = ("yin", "yang", "dot")
SILENT = -1


@dataclass(frozen=True)
class Plane:
    """n test samples at the last evaluation."""

    epoch: int
    x: NDArray[np.float64]  # [n], 0..1
    y: NDArray[np.float64]  # [n], 0..1
    label: NDArray[np.int64]  # [n]
    predicted: NDArray[np.int64]  # [n], SILENT where no output spiked
    time_ms: NDArray[np.float64]  # [n] of the earliest output spike, NaN where there was none


def plane(run: RunData) -> Plane:
    """Raises AbsentError when the samples are no points of a plane, or the run did not keep its answers."""
    data = run.scenario.data
    if data.source != "yinyang":
        raise AbsentError(f"the plane shows Yin-Yang alone; data.source is {data.source!r}")
    found = run.results
    values, labels = generate(data.test_samples, data.test_seed)
    points = rotated(values, data.rotation_deg)
    if not np.array_equal(labels, found.labels):
        raise DataError(f"{run.folder / 'results.npz'}: found labels of other samples than scenario.toml names")
    earliest = found.first_spike.min(axis=1)
    silent = earliest >= run.scenario.network.steps
    predicted = np.where(silent, SILENT, np.argmin(found.first_spike, axis=1))
    time_ms = np.where(silent, np.nan, earliest * run.scenario.network.dt_ms)
    return Plane(found.epoch, points[:, 0], points[:, 1], labels, predicted, time_ms)
