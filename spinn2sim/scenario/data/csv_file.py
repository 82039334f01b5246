"""Reads a CSV file as a table: every cell but the label is a number, or is refused with its line and column."""

from __future__ import annotations

import io
import math
from array import array
from codecs import BOM_UTF8
from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.input_file import read_input
from spinn2sim.scenario.data.csv_lines import (
    DECIMAL_COMMA,
    DELIMITERS,
    NUMBER,
    Row,
    find_delimiter,
    names_columns,
    rows_of,
)
from spinn2sim.scenario.data.sample_table import MISSING, MOST_VALUES, SampleTable, column_of, refuse_empty
from spinn2sim.scenario.keys import Data
from spinn2sim.scenario.network_keys import MAX_NEURONS

MOST_BYTES = 256 << 20
# Names of a first column that counts the rows, as pandas and others write it.
COUNTING = frozenset({"", "id", "index", "unnamed: 0", "rownames"})


def read_csv(path: str, data: Data) -> SampleTable:
    """Read a CSV file with the keys label, ignore, delimiter and header of [data]. Raises DataError with file, line and column."""
    lines = list(io.StringIO(_text(path), newline=None))
    delimiter = DELIMITERS[data.delimiter] if data.delimiter is not None else find_delimiter(lines, path)
    rows = rows_of(lines, delimiter, path)
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path}: found no rows, allowed is a CSV file")
    columns, has_names, label = _columns(first, data, path)
    if has_names:
        first = next(rows, None)
    if first is None:
        raise DataError(f"{path}: found no rows below the names of its columns, allowed is one at least")
    left_out = {column_of(name, columns, f"{path}: data.ignore") for name in data.ignore or ()}
    if label in left_out:
        raise DataError(
            f"{path}: data.ignore: found the column of the labels, {quoted(columns[label])}, allowed are others"
        )
    kept = [k for k in range(len(columns)) if k not in left_out and k != label]
    table = refuse_empty(_table(chain([first], rows), columns, kept, label, path))
    return _without_counting(table)


def _text(path: str) -> str:
    words = read_input(path, "a CSV file", MOST_BYTES).removeprefix(BOM_UTF8)
    try:
        text = words.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text in UTF-8 (byte {error.start}), allowed is a CSV file") from None
    if "\0" in text:
        raise DataError(
            f"{path}: found a null character in line {text.count(chr(10), 0, text.index(chr(0))) + 1}, allowed is text"
        )
    return text


def _columns(first: Row, data: Data, path: str) -> tuple[tuple[str, ...], bool, int]:
    """Return the names of the columns, whether the first row has them, and the position of the label."""
    if len(first.cells) < 2:
        raise DataError(
            f"{path}: line {first.line}: found one column, allowed are two at least: values and a label, with data.delimiter between them"
        )
    if len(first.cells) > MAX_NEURONS:
        raise DataError(f"{path}: found {len(first.cells)} columns, allowed are {MAX_NEURONS}")
    names, numbers = tuple(first.cells), tuple(f"column {k + 1}" for k in range(len(first.cells)))
    header = data.header
    if header is None and data.label in names and not NUMBER.fullmatch(data.label or ""):
        header = True
    last = len(numbers) - 1
    if header is None:
        label = (
            last
            if data.label is None
            else column_of(data.label, numbers, f"{path}: data.label")
            if data.label.isdecimal()
            else last
        )
        header = names_columns(first.cells, label)
    columns = names if header else numbers
    return columns, header, last if data.label is None else column_of(data.label, columns, f"{path}: data.label")


def _table(rows: Iterable[Row], columns: tuple[str, ...], kept: list[int], label: int, path: str) -> SampleTable:
    values, labels, lines = array("d"), [], []
    for line, cells in rows:
        if len(cells) != len(columns):
            raise DataError(
                f"{path}: line {line}: found {len(cells)} columns, allowed are {len(columns)}, as in the first line"
            )
        for k in kept:
            values.append(_value(cells[k], line, k, columns, path))
        text = cells[label]
        labels.append("" if text.casefold() in MISSING else text)
        lines.append(f"line {line}")
        if len(values) > MOST_VALUES:
            raise DataError(f"{path}: found more than {MOST_VALUES:,} values, allowed are {MOST_VALUES:,}")
    found: NDArray[np.float64] = np.frombuffer(values, np.float64) if len(values) else np.empty(0)
    named = tuple(_named(k, columns) for k in kept)
    return SampleTable(found.reshape(len(labels), len(kept)), tuple(labels), named, tuple(lines), path)


def _named(k: int, columns: tuple[str, ...]) -> str:
    """Return how messages name a column."""
    number = f"column {k + 1}"
    return number if columns[k] == number else f"{number} ({columns[k]:.40})"


def _value(cell: str, line: int, k: int, columns: tuple[str, ...], path: str) -> float:
    """Return the number in a cell, NaN for a mark of a missing one. Raises DataError."""
    if NUMBER.fullmatch(cell):
        number = float(cell)
        if math.isfinite(number):
            return number
    elif cell.casefold() in MISSING:
        return math.nan
    hint = ""
    if DECIMAL_COMMA.fullmatch(cell):
        hint = ", with a point for the decimals"
    elif any(c.isalpha() for c in cell):
        hint = (
            ": write what is no number as numbers, leave the column out by data.ignore, or name the label by data.label"
        )
    raise DataError(
        f"{path}: line {line}, {_named(k, columns)}: found {quoted(cell)}, allowed is a finite number{hint}"
    )


def _without_counting(table: SampleTable) -> SampleTable:
    """Leave out a first column that counts the rows, such as the index that pandas writes: it would tell the labels of sorted rows."""
    name = table.columns[0].partition(" (")[2].removesuffix(")").strip().casefold()
    counts = table.values[:, 0]
    is_named = table.columns[0].endswith(")") and name in COUNTING
    if not is_named or table.values.shape[1] < 2 or len(counts) < 2 or not (np.diff(counts) == 1).all():
        return table
    return table._replace(values=table.values[:, 1:], columns=table.columns[1:], counting=table.columns[0])
