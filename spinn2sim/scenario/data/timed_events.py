"""Loads a user's own spikes, from an npz file with the time and the unit of each: drawn splits with each class's share, times as steps.

The file has times [m] in ms, units [m] (input neurons from 0), first [n + 1] (the spikes of sample s are first[s] to first[s + 1] - 1) and
labels [n]; these arrays with test_ in front are for testing; n_inputs is the number of input neurons, by default one more than the largest
unit. A spike at t is in step floor(t / dt); those from step T on are left out, and several of a unit in one step are one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataNote
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.scenario.data.array_file import label_texts
from spinn2sim.scenario.data.classes import class_names, classes_of, note_classes, note_order, warn_of_classes
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_events
from spinn2sim.scenario.data.events import MAX_EVENTS, input_count
from spinn2sim.scenario.data.npz import N_INPUTS, file_inputs
from spinn2sim.scenario.data.own_splits import drawn_splits
from spinn2sim.scenario.keys import Data, Scenario
from spinn2sim.scenario.network_keys import MAX_NEURONS

ARRAYS = ("times", "units", "first", "labels")


class TimedSpikes(NamedTuple):
    """The spikes of n samples."""

    # [m], in ms
    times: NDArray[np.float64]
    # [m]
    units: NDArray[np.int64]
    # [n + 1]
    first: NDArray[np.int64]
    # [n]
    labels: tuple[str, ...]


class TimedFile(NamedTuple):
    """The samples of a file, those for testing alone, and how many inputs the file says that they have."""

    whole: TimedSpikes
    test: TimedSpikes | None
    n_inputs: int | None
    where: str


def read_timed(data: Data) -> TimedFile:
    """Read data.path, and data.test_path if it is given. Raises DataError."""
    path = str(data.path)
    names = array_names(path)
    tested = any(f"test_{name}" in names for name in ARRAYS)
    if tested and data.test_path is not None:
        raise DataError(f"{path}: found samples for testing, allowed beside data.test_path are none")
    test = _spikes(path, "test_") if tested else None if data.test_path is None else _spikes(data.test_path, "")
    return TimedFile(_spikes(path, ""), test, file_inputs(path) if N_INPUTS in names else None, path)


def load_timed(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split of data.source "events". Raises DataError."""
    file = read_timed(scenario.data)
    whole, test = file.whole, file.test
    names = class_names(whole.labels + (() if test is None else test.labels), f"{file.where}: labels")
    classes = classes_of(whole.labels, names)
    note_classes(names, file.where)
    if test is None or scenario.training.validation_samples:
        note_order(classes, file.where)
    tested = None if test is None else classes_of(test.labels, names)
    chosen = drawn_splits(scenario, classes, tested, file.where)
    parts = (whole, chosen[0]), (whole if test is None else test, chosen[1])
    inputs = _inputs(scenario, file)
    found = [_dataset(scenario, spikes, rows, names, inputs) for spikes, rows in parts]
    warn_of_classes(found[0].labels[: scenario.trained_samples], found[1].labels, names, file.where)
    _say_late(scenario, (spikes for spikes, _ in parts), file.where)
    return found[0], found[1]


def _inputs(scenario: Scenario, file: TimedFile) -> int:
    """Return the number of inputs: of [[population]], of the file, or one more than the largest unit. Raises DataError."""
    declared = input_count(scenario)
    largest = max(int(part.units.max(initial=-1)) for part in (file.whole, file.test) if part is not None)
    inputs = declared if declared is not None else file.n_inputs if file.n_inputs is not None else max(1, largest + 1)
    if file.n_inputs not in (None, inputs):
        raise DataError(
            f"{file.where}: {N_INPUTS}: found {file.n_inputs}, allowed are the {inputs} inputs of [[population]]"
        )
    if largest >= inputs:
        raise DataError(f"{file.where}: units: found {largest}, allowed is 0 to {inputs - 1}")
    return inputs


def _dataset(
    scenario: Scenario, spikes: TimedSpikes, rows: NDArray[np.int64], names: tuple[str, ...], inputs: int
) -> Dataset:
    steps = np.floor(spikes.times / scenario.network.dt_ms)
    place = np.full(len(spikes.labels), -1, np.int64)
    place[rows] = np.arange(len(rows))
    sample = np.repeat(place, np.diff(spikes.first))
    kept = (sample >= 0) & (steps < scenario.network.steps)
    events = np.stack([sample[kept], steps[kept].astype(np.int64), spikes.units[kept]], axis=1)
    classes = classes_of([spikes.labels[row] for row in rows.tolist()], names)
    return dataset_from_events(np.unique(events, axis=0), classes, inputs, len(names))


def _say_late(scenario: Scenario, parts: Iterable[TimedSpikes], where: str) -> None:
    end = scenario.network.steps * scenario.network.dt_ms
    lists = {id(part): part for part in parts}.values()
    late, total = sum(int((part.times >= end).sum()) for part in lists), sum(len(part.times) for part in lists)
    if late:
        warnings.warn(
            f"{where}: {late} of {total} spikes come after the last step, at {end:g} ms, and are left out",
            DataNote,
            stacklevel=3,
        )


def _spikes(path: str, prefix: str) -> TimedSpikes:
    arrays = read_arrays(path, [f"{prefix}{name}" for name in ARRAYS])
    times, units, first, labels = (arrays[f"{prefix}{name}"] for name in ARRAYS)
    texts = label_texts(labels, f"{path}: {prefix}labels")
    if "" in texts:
        raise DataError(
            f"{path}: {prefix}labels: found no label of sample {texts.index('')}, allowed is one for each sample"
        )
    where = f"{path}: {prefix}times"
    if times.ndim != 1 or times.dtype.kind not in "fiu" or len(times) > MAX_EVENTS:
        raise DataError(
            f"{where}: found {times.dtype} of shape {times.shape}, allowed is numbers (spikes,), {MAX_EVENTS:,} at most"
        )
    wrong = np.flatnonzero(~(times >= 0) | np.isinf(times.astype(np.float64)))
    if len(wrong):
        raise DataError(f"{where}: spike {wrong[0]}: found {times[wrong[0]]}, allowed is a time in ms from 0 on")
    if (
        units.shape != times.shape
        or units.dtype.kind not in "iu"
        or (len(units) and not 0 <= units.min() <= units.max() < MAX_NEURONS)
    ):
        shown = f"{units.dtype} of shape {units.shape}" + (
            f", {units.min()} to {units.max()}" if units.size and units.dtype.kind in "iu" else ""
        )
        raise DataError(
            f"{path}: {prefix}units: found {shown}, allowed is integers {times.shape}, 0 to {MAX_NEURONS - 1}"
        )
    _refuse_offsets(first, len(texts), len(times), f"{path}: {prefix}first")
    return TimedSpikes(times.astype(np.float64), units.astype(np.int64), first.astype(np.int64), texts)


def _refuse_offsets(first: NDArray[Any], samples: int, spikes: int, where: str) -> None:
    if first.dtype.kind not in "iu" or first.shape != (samples + 1,):
        raise DataError(f"{where}: found {first.dtype} of shape {first.shape}, allowed is integers ({samples + 1},)")
    offsets = first.astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != spikes or (np.diff(offsets) < 0).any():
        raise DataError(
            f"{where}: found offsets that do not rise from 0 to {spikes}, allowed are those of each sample's first spike"
        )
