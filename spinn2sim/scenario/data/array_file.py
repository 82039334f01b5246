"""Reads a table from an npz file of a user's arrays: values [n, d] and labels [n], and test_values and test_labels if there are such."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.npz_reader import array_names, read_arrays
from spinn2sim.scenario.data.sample_table import MISSING, MOST_VALUES, SampleTable, refuse_empty
from spinn2sim.scenario.network_keys import MAX_NEURONS

ARRAYS = ("values", "labels")


def read_table(path: str) -> tuple[SampleTable, SampleTable | None]:
    """Read the table of a file, and that of its arrays for testing, None without such. Raises DataError with array, row and column."""
    tested = any(f"test_{name}" in array_names(path) for name in ARRAYS)
    return _table(path, ""), _table(path, "test_") if tested else None


def _table(path: str, prefix: str) -> SampleTable:
    arrays = read_arrays(path, [f"{prefix}{name}" for name in ARRAYS])
    values, labels = (arrays[f"{prefix}{name}"] for name in ARRAYS)
    where = f"{path}: {prefix}values"
    texts = label_texts(labels, f"{path}: {prefix}labels")
    if values.dtype.kind not in "fiub" or values.ndim != 2 or len(values) != len(texts):
        raise DataError(
            f"{where}: found {values.dtype} of shape {values.shape}, allowed is numbers of shape ({len(texts)}, columns)"
        )
    if values.size > MOST_VALUES or values.shape[1] > MAX_NEURONS:
        raise DataError(
            f"{where}: found shape {values.shape}, allowed are {MOST_VALUES:,} values in at most {MAX_NEURONS} columns"
        )
    numbers = values.astype(np.float64)
    infinite = np.argwhere(np.isinf(numbers))
    if len(infinite):
        row, column = infinite[0].tolist()
        raise DataError(
            f"{where}: row {row}, column {column}: found {numbers[row, column]}, allowed is a finite number"
        )
    columns = tuple(f"column {k}" for k in range(values.shape[1]))
    rows = tuple(f"row {k}" for k in range(len(texts)))
    return refuse_empty(SampleTable(numbers, texts, columns, rows, where))


def label_texts(labels: NDArray[Any], where: str) -> tuple[str, ...]:
    """Return labels [n], which are whole numbers or texts, as texts; those that mark a missing label as "". Raises DataError."""
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iubUf":
        raise DataError(
            f"{where}: found {labels.dtype} of shape {labels.shape}, allowed is whole numbers or texts (n,), n >= 1"
        )
    if labels.dtype.kind == "b":
        labels = labels.astype(np.int64)
    texts = [str(label).strip() for label in labels.tolist()]
    odd = next((text for text in texts if not text.isprintable()), None)
    if odd is not None:
        raise DataError(f"{where}: found {quoted(odd)}, allowed is printable text")
    return tuple("" if text.casefold() in MISSING else text for text in texts)
