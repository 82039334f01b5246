"""A table of a user's own numbers: a row of values and a label for each sample, as a file or an array has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted

MISSING = frozenset({"", "?", "-", "na", "n/a", "nan", "null", "none"})
# The most values of a table: 512 MiB as float64.
MOST_VALUES = 1 << 26


class SampleTable(NamedTuple):
    """n samples with d values each. A value that is missing is NaN."""

    # [n, d]
    values: NDArray[np.float64]
    # [n], as the file has them, without blanks around them; "" is missing
    labels: tuple[str, ...]
    # [d]
    columns: tuple[str, ...]
    # [n], how messages name a row: "line 7", "row 3"
    rows: tuple[str, ...]
    # The file, for messages.
    where: str
    # The name of a first column that only counts the rows, and is left out; or "".
    counting: str = ""
    # How many rows are left out because they lack a value.
    left_out: int = 0

    def take(self, chosen: NDArray[np.int64]) -> SampleTable:
        """Return some rows."""
        rows = chosen.tolist()
        return self._replace(
            values=self.values[chosen],
            labels=tuple(self.labels[row] for row in rows),
            rows=tuple(self.rows[row] for row in rows),
        )


def without_missing(table: SampleTable, policy: str) -> SampleTable:
    """Return the table without rows that lack a value or their label, or, with the policy "mean", without rows that lack their label.

    With "refuse", raises DataError for the first value that is missing.
    """
    lacking = np.isnan(table.values)
    unlabelled = np.array([not label for label in table.labels], bool)
    if policy == "refuse" and (lacking.any() or unlabelled.any()):
        row = int(np.flatnonzero(lacking.any(axis=1) | unlabelled)[0])
        column = table.columns[int(np.argmax(lacking[row]))] if lacking[row].any() else "the label"
        raise DataError(
            f"{table.where}: {table.rows[row]}, {column}: found no value ({int(lacking.sum() + unlabelled.sum())} are missing in all), "
            'allowed with data.missing = "leave_out" or "mean"'
        )
    whole = ~unlabelled if policy == "mean" else ~(unlabelled | lacking.any(axis=1))
    if whole.all():
        return table
    if not whole.any():
        raise DataError(f"{table.where}: found no row without missing values, allowed is one at least")
    return table.take(np.flatnonzero(whole))._replace(left_out=int((~whole).sum()))


def refuse_empty(table: SampleTable) -> SampleTable:
    """Return the table. Raises DataError if it has no rows or no column of values."""
    if not len(table.labels):
        raise DataError(f"{table.where}: found no samples, allowed is one at least")
    if not table.values.shape[1]:
        raise DataError(f"{table.where}: found no column beside the label, allowed is one at least")
    return table


def column_of(name: str, columns: tuple[str, ...], where: str) -> int:
    """Return the position of a column by its name, or by its number from 1. Raises DataError."""
    found = [k for k, column in enumerate(columns) if column == name]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise DataError(
            f"{where}: found {len(found)} columns {quoted(name)}, allowed is a number, such as '{found[0] + 1}'"
        )
    if name.isascii() and name.isdecimal() and 1 <= int(name[:9]) <= len(columns):
        return int(name) - 1
    shown = ", ".join(f"{column:.40}" for column in columns[:8]) + (", ..." if len(columns) > 8 else "")
    raise DataError(f"{where}: found no column {quoted(name)}, allowed is 1 to {len(columns)}, or {shown}")
