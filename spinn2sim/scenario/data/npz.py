"""Loads a user's own data from an npz: samples or spike steps, and labels. Data that do not fit are refused in one line.

There are two layouts, for n samples with d inputs each:
  train_samples (n, d) float in 0..1, or train_spike_steps (n, d) integer, -1 = silent; train_labels (n,) integer;
    and these arrays with test_ in place of train_;
  samples or spike_steps, and labels: the first data.train_samples are for training, the next data.test_samples for testing.
data.train_samples and data.test_samples must be the counts in the file (second layout: together at most its count). Samples are encoded by
[encoding], without a bias input; spike steps are taken as they are. The number of classes is the largest label plus 1.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.scenario.checks import check_encoding
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.encoding import spike_steps
from spinn2sim.scenario.data.label_checks import refuse_marks, warn_of_order, warn_of_untrained
from spinn2sim.scenario.keys import Scenario

MAX_NEURONS = 2**16 - 1


class _Samples(NamedTuple):
    # [n, d]
    steps: NDArray[np.int32]
    # [n]
    labels: NDArray[np.int64]
    # [n, d]
    values: NDArray[np.float64] | None

    def rows(self, first: int, last: int) -> _Samples:
        values = None if self.values is None else self.values[first:last]
        return _Samples(self.steps[first:last], self.labels[first:last], values)


def load_npz(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split from data.path. Raises DataError with file, array, what was found and what is allowed."""
    path, data = str(scenario.data.path), scenario.data
    names = array_names(path)
    _warn_of_ignored(path, names)
    if "labels" in names and "train_labels" not in names:
        whole = _read_samples(path, names, "", scenario)
        warn_of_order(whole.labels, f"{path}: labels")
        if len(whole.labels) < data.train_samples + data.test_samples:
            asked = f"data.train_samples {data.train_samples} + data.test_samples {data.test_samples}"
            raise DataError(f"{path}: labels: found {len(whole.labels)} samples, allowed is at least {asked}")
        last = data.train_samples + data.test_samples
        train, test = whole.rows(0, data.train_samples), whole.rows(data.train_samples, last)
    else:
        train, test = _read_samples(path, names, "train_", scenario), _read_samples(path, names, "test_", scenario)
        for key, asked_for, part in (("train", data.train_samples, train), ("test", data.test_samples, test)):
            if len(part.labels) != asked_for:
                found = len(part.labels)
                raise DataError(
                    f"{path}: {key}_labels: found {found} samples, allowed is data.{key}_samples = {asked_for}"
                )
    if train.steps.shape[1] != test.steps.shape[1]:
        raise DataError(
            f"{path}: found {train.steps.shape[1]} inputs to train, "
            f"{test.steps.shape[1]} to test, allowed is one number for both"
        )
    for labels in (train.labels, test.labels):
        refuse_marks(labels, path)
    if scenario.training.validation_samples:
        warn_of_order(train.labels, f"{path}: training labels")
    classes = int(max(train.labels.max(), test.labels.max())) + 1
    warn_of_untrained(train.labels[: scenario.trained_samples], classes, path)
    return tuple(dataset_from_steps(part.steps, part.labels, classes, part.values) for part in (train, test))  # type: ignore[return-value]


def _read_samples(path: str, names: tuple[str, ...], prefix: str, scenario: Scenario) -> _Samples:
    """Read one split, or all samples; `prefix` is "train_", "test_" or ""."""
    kinds = [kind for kind in (f"{prefix}samples", f"{prefix}spike_steps") if kind in names]
    if len(kinds) != 1:
        found = " and ".join(kinds) or f"neither among {', '.join(names) or 'no arrays'}"
        raise DataError(f"{path}: found {found}, allowed is one of {prefix}samples and {prefix}spike_steps")
    arrays = read_arrays(path, [kinds[0], f"{prefix}labels"])
    rows, labels = arrays[kinds[0]], _labels(arrays[f"{prefix}labels"], f"{path}: {prefix}labels")
    where = f"{path}: {kinds[0]}"
    if rows.ndim != 2 or len(rows) != len(labels) or not 1 <= rows.shape[1] <= MAX_NEURONS:
        raise DataError(
            f"{where}: found shape {rows.shape}, allowed is ({len(labels)}, inputs) with 1 to {MAX_NEURONS} inputs"
        )
    if kinds[0].endswith("spike_steps"):
        return _Samples(_steps(rows, scenario.network.steps, where), labels, None)
    check_encoding(scenario, path)
    values = _values(rows, where)
    return _Samples(spike_steps(values, scenario), labels, values)


def _warn_of_ignored(path: str, names: tuple[str, ...]) -> None:
    """Warn of arrays that are not read."""
    prefixes = ("",) if "labels" in names and "train_labels" not in names else ("train_", "test_")
    read = {f"{prefix}{name}" for prefix in prefixes for name in ("samples", "spike_steps", "labels")}
    ignored = [name for name in names if name not in read]
    if ignored:
        warnings.warn(f"{path}: ignored: {', '.join(ignored[:8])}", DataWarning, stacklevel=2)


def _labels(labels: NDArray[Any], where: str) -> NDArray[np.int64]:
    if labels.ndim != 1 or len(labels) == 0 or labels.dtype.kind not in "iu":
        raise DataError(f"{where}: found {labels.dtype} of shape {labels.shape}, allowed is integers (n,), n >= 1")
    if labels.min() < 0 or labels.max() >= MAX_NEURONS:
        raise DataError(f"{where}: found {labels.min()} to {labels.max()}, allowed is 0 to {MAX_NEURONS - 1}")
    return labels.astype(np.int64)


def _values(values: NDArray[Any], where: str) -> NDArray[np.float64]:
    if values.dtype.kind != "f":
        raise DataError(f"{where}: found {values.dtype}, allowed is a float type")
    if not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"{where}: found {values.min()} to {values.max()}, allowed is 0 to 1")
    return values.astype(np.float64)


def _steps(steps: NDArray[Any], length: int, where: str) -> NDArray[np.int32]:
    if steps.dtype.kind not in "iu":
        raise DataError(f"{where}: found {steps.dtype}, allowed is an integer type")
    if steps.min() < -1 or steps.max() >= length:
        raise DataError(
            f"{where}: found {steps.min()} to {steps.max()}, allowed is -1 (silent) to T - 1 = {length - 1}"
        )
    return steps.astype(np.int32)
