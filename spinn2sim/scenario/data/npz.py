"""Loads a user's own data from an npz: samples, spike steps or events, and labels. Data that do not fit are refused in one line.

There are two layouts, for n samples with d inputs each:
  train_samples (n, d) float in 0..1, or train_spike_steps (n, d) integer, -1 = silent, or train_events (spikes, 3) integer: sample, step
    and neuron of each spike, in any order; train_labels (n,) integer; and these arrays with test_ in place of train_;
  samples, spike_steps or events, and labels: the first data.train_samples are for training, the next data.test_samples for testing.
data.train_samples and data.test_samples are by default the counts in the file (second layout: a fifth for testing) and otherwise must be
them (second layout: together at most its count). Samples are encoded by [encoding], with complements and a bias input if it has them; spike
steps and events are taken as they are. The number of classes is the largest label plus 1. With events, the inputs are those of the
scenario's [[population]], or else n_inputs in the file, or else up to the largest neuron.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.scenario.checks import check_encoding
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_events, events_of_steps
from spinn2sim.scenario.data.encoding import encoded_steps
from spinn2sim.scenario.data.events import input_count, read_events
from spinn2sim.scenario.data.label_checks import refuse_marks, warn_of_order, warn_of_untrained
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import MAX_NEURONS

# How the spikes of samples may be given, and the array that says how many inputs events have.
KINDS, N_INPUTS = ("samples", "spike_steps", "events"), "n_inputs"


class _Samples(NamedTuple):
    """The samples of one split, or all of a file: their spikes as events [spikes, 3] of sample, step and neuron."""

    events: NDArray[np.int64]
    # [n]
    labels: NDArray[np.int64]
    # The number of inputs; with events, those that the scenario or the file names, or as many as spike.
    n_inputs: int
    # Whether n_inputs is certain, or only what spikes.
    is_exact: bool
    # [n, d]
    values: NDArray[np.float64] | None

    def rows(self, first: int, last: int) -> _Samples:
        """Return samples first to last - 1."""
        sample = self.events[:, 0]
        events = self.events[(sample >= first) & (sample < last)] - np.array([first, 0, 0])
        values = None if self.values is None else self.values[first:last]
        return self._replace(events=events, labels=self.labels[first:last], values=values)


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
    inputs = max(train.n_inputs, test.n_inputs)
    if train.is_exact and train.n_inputs != test.n_inputs:
        raise DataError(
            f"{path}: found {train.n_inputs} inputs to train, {test.n_inputs} to test, allowed is one number for both"
        )
    for labels in (train.labels, test.labels):
        refuse_marks(labels, path)
    if scenario.training.validation_samples:
        warn_of_order(train.labels, f"{path}: training labels")
    classes = int(max(train.labels.max(), test.labels.max())) + 1
    warn_of_untrained(train.labels[: scenario.trained_samples], classes, path)
    return _dataset(train, inputs, classes), _dataset(test, inputs, classes)


def npz_counts(path: str) -> tuple[int, int | None]:
    """Return the number of samples in a file, and that of samples for testing alone, None without such. Raises DataError."""
    is_whole = "labels" in (names := array_names(path)) and "train_labels" not in names
    wanted = ["labels"] if is_whole else ["train_labels", "test_labels"]
    arrays = read_arrays(path, wanted)
    found = [len(_labels(arrays[name], f"{path}: {name}")) for name in wanted]
    return found[0], None if is_whole else found[1]


def _dataset(part: _Samples, inputs: int, classes: int) -> Dataset:
    return replace(dataset_from_events(part.events, part.labels, inputs, classes), values=part.values)


def _read_samples(path: str, names: tuple[str, ...], prefix: str, scenario: Scenario) -> _Samples:
    """Read one split, or all samples; `prefix` is "train_", "test_" or ""."""
    allowed = [f"{prefix}{kind}" for kind in KINDS]
    kinds = [kind for kind in allowed if kind in names]
    if len(kinds) != 1:
        found = " and ".join(kinds) or f"neither among {', '.join(names) or 'no arrays'}"
        raise DataError(f"{path}: found {found}, allowed is one of {', '.join(allowed[:-1])} and {allowed[-1]}")
    arrays = read_arrays(path, [kinds[0], f"{prefix}labels"])
    rows, labels = arrays[kinds[0]], _labels(arrays[f"{prefix}labels"], f"{path}: {prefix}labels")
    where = f"{path}: {kinds[0]}"
    if not kinds[0].endswith("samples"):
        _refuse_encoding(scenario, where)
    if kinds[0].endswith("events"):
        return _event_samples(path, names, rows, labels, scenario, where)
    if rows.ndim != 2 or len(rows) != len(labels) or not 1 <= rows.shape[1] <= MAX_NEURONS:
        raise DataError(
            f"{where}: found shape {rows.shape}, allowed is ({len(labels)}, inputs) with 1 to {MAX_NEURONS} inputs"
        )
    if kinds[0].endswith("spike_steps"):
        return _one_spike_each(_steps(rows, scenario.network.steps, where), labels, None)
    check_encoding(scenario, path)
    values = _values(rows, where)
    steps = encoded_steps(values, scenario)
    if steps.shape[1] > MAX_NEURONS:
        raise DataError(f"{where}: found {steps.shape[1]} inputs, allowed are {MAX_NEURONS}")
    return _one_spike_each(steps, labels, values)


def _refuse_encoding(scenario: Scenario, where: str) -> None:
    """Raise DataError if spikes, which are taken as they are, should get complements or a bias."""
    for key in ("complement", "bias", "bias_ms"):
        if getattr(scenario.encoding, key) not in (None, False):
            raise DataError(f"{where}: found spikes beside encoding.{key}, allowed with samples in 0..1 alone")


def _one_spike_each(
    steps: NDArray[np.int32], labels: NDArray[np.int64], values: NDArray[np.float64] | None
) -> _Samples:
    return _Samples(events_of_steps(steps), labels, steps.shape[1], True, values)


def _event_samples(
    path: str, names: tuple[str, ...], rows: NDArray[Any], labels: NDArray[np.int64], scenario: Scenario, where: str
) -> _Samples:
    """Check events, and how many inputs they have."""
    declared = input_count(scenario)
    inputs = file_inputs(path) if N_INPUTS in names else declared
    if declared is not None and inputs != declared:
        raise DataError(f"{path}: {N_INPUTS}: found {inputs}, allowed are the {declared} inputs of [[population]]")
    events = read_events(rows, len(labels), scenario.network.steps, inputs, where)
    if inputs is not None:
        return _Samples(events, labels, inputs, True, None)
    if not len(events):
        raise DataError(f"{where}: found no spikes and no {N_INPUTS}, allowed is one of the two at least")
    return _Samples(events, labels, int(events[:, 2].max()) + 1, False, None)


def file_inputs(path: str) -> int:
    """Read how many inputs a file says it has. Raises DataError."""
    found = read_arrays(path, [N_INPUTS])[N_INPUTS]
    if found.dtype.kind not in "iu" or found.size != 1 or not 1 <= int(found.flat[0]) <= MAX_NEURONS:
        shown = found.flat[0] if found.size == 1 else f"shape {found.shape}"
        raise DataError(f"{path}: {N_INPUTS}: found {found.dtype} {shown}, allowed is an integer, 1 to {MAX_NEURONS}")
    return int(found.flat[0])


def _warn_of_ignored(path: str, names: tuple[str, ...]) -> None:
    """Warn of arrays that are not read."""
    prefixes = ("",) if "labels" in names and "train_labels" not in names else ("train_", "test_")
    read = {f"{prefix}{name}" for prefix in prefixes for name in (*KINDS, "labels")}
    if any(f"{prefix}events" in names for prefix in prefixes):
        read.add(N_INPUTS)
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
