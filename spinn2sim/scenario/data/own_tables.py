"""Loads a user's own table of numbers, from a CSV file or from arrays: drawn splits with each class's share, scaled values, spikes.

The test split is drawn first, by data.train_seed, so that it does not depend on the number of training samples; a second file is for
testing as it is. Validation samples are the last training samples, and have each class's share too.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataNote
from spinn2sim.scenario.data.array_file import read_table
from spinn2sim.scenario.data.classes import class_names, classes_of, note_classes, note_order, warn_of_classes
from spinn2sim.scenario.data.csv_file import read_csv
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.encoding import encoded_steps
from spinn2sim.scenario.data.own_splits import drawn_splits
from spinn2sim.scenario.data.sample_table import SampleTable, without_missing
from spinn2sim.scenario.data.scaling import scaled
from spinn2sim.scenario.keys import Data, Scenario
from spinn2sim.scenario.network_keys import MAX_NEURONS


class FileTables(NamedTuple):
    """The table of a file, and that of a second file or of the arrays that are for testing, if there is one."""

    whole: SampleTable
    test: SampleTable | None


def read_tables(data: Data) -> FileTables:
    """Read the file or the two files that [data] names. Raises DataError."""
    whole, test = _read_file(data, str(data.path))
    if data.test_path is not None:
        if test is not None:
            raise DataError(f"{data.path}: found samples for testing, allowed beside data.test_path are none")
        test, more = _read_file(data, data.test_path)
        if more is not None:
            raise DataError(f"{data.test_path}: found samples for testing in two forms, allowed is values and labels")
    if test is not None and test.values.shape[1] != whole.values.shape[1]:
        found = f"{test.values.shape[1]} columns of values"
        raise DataError(f"{test.where}: found {found}, allowed are the {whole.values.shape[1]} of {whole.where}")
    return FileTables(whole, test)


def _read_file(data: Data, path: str) -> tuple[SampleTable, SampleTable | None]:
    whole, test = (read_csv(path, data), None) if data.source == "csv" else read_table(path)
    policy = data.missing or "refuse"
    return without_missing(whole, policy), None if test is None else without_missing(test, policy)


def load_tables(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """Load the training and the test split of data.source "csv" or "arrays". Raises DataError."""
    tables = read_tables(scenario.data)
    whole, test = tables
    labels = whole.labels + (() if test is None else test.labels)
    names = class_names(labels, f"{whole.where}: labels")
    classes = classes_of(whole.labels, names)
    _say_what_was_done(scenario, tables, names, classes)
    train, tested = drawn_splits(
        scenario, classes, None if test is None else classes_of(test.labels, names), whole.where
    )
    parts = whole.take(train), (whole if test is None else test).take(tested)
    values = scaled(parts, scenario.trained_samples, scenario.data.scale)
    found = [classes_of(part.labels, names) for part in parts]
    warn_of_classes(found[0][: scenario.trained_samples], found[1], names, whole.where)
    return tuple(_encoded(scenario, *part, len(names), whole.where) for part in zip(values, found, strict=True))  # type: ignore[return-value]


def _say_what_was_done(
    scenario: Scenario, tables: FileTables, names: tuple[str, ...], classes: NDArray[np.int64]
) -> None:
    whole, test = tables
    if whole.counting:
        warnings.warn(f"{whole.where}: {whole.counting} counts the rows, and is left out", DataNote, stacklevel=3)
    left_out = sum(0 if table is None else table.left_out for table in tables)
    if left_out:
        warnings.warn(f"{whole.where}: {left_out} rows with missing values are left out", DataNote, stacklevel=3)
    note_classes(names, whole.where)
    if test is None or scenario.training.validation_samples:
        note_order(classes, whole.where)


def _encoded(
    scenario: Scenario, values: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int, where: str
) -> Dataset:
    steps = encoded_steps(values, scenario)
    if steps.shape[1] > MAX_NEURONS:
        raise DataError(
            f"{where}: found {steps.shape[1]} inputs of {values.shape[1]} columns, allowed are {MAX_NEURONS}"
        )
    return dataset_from_steps(steps, classes, n_classes, values)
