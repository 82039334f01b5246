"""Splits the text of a CSV file into rows of cells: finds the delimiter and whether the first line names the columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from spinn2sim.errors import DataError
from spinn2sim.scenario.data.sample_table import MISSING

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
LOOKED_AT = 50  # rows that are looked at to find the delimiter
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)


class Row(NamedTuple):
    """A row of cells without blanks around them, and the line where it ends, from 1."""

    line: int
    cells: list[str]


def is_number(cell: str) -> bool:
    """Whether a cell is a number, or marks a value that is missing."""
    return NUMBER.fullmatch(cell) is not None or cell.casefold() in MISSING


def rows_of(lines: list[str], delimiter: str, where: str) -> Iterator[Row]:
    """Yield the rows of a file; blank ones are left out, and the first may begin with #. Raises DataError."""
    reader = csv.reader(_trimmed(lines, delimiter), delimiter=delimiter, skipinitialspace=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if stripped and any(stripped):
                yield Row(reader.line_num, stripped)
    except csv.Error as error:
        raise DataError(f"{where}: line {reader.line_num}: not a line of a CSV file ({error!s:.120})") from None


def _trimmed(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        text = line.lstrip().removeprefix("#") if number == 0 else line
        yield text.strip() + "\n" if delimiter == " " else text


def find_delimiter(lines: list[str], where: str) -> str:
    """Return the delimiter with which the first rows have one length, and of several the one with the most cells that are numbers."""
    best, most = ",", (False, -1.0, 0)
    for delimiter in DELIMITERS.values():
        try:
            rows = list(islice(rows_of(lines[: 4 * LOOKED_AT], delimiter, where), LOOKED_AT))
        except DataError:
            continue
        lengths = {len(row.cells) for row in rows}
        if not rows or max(lengths) < 2:
            continue
        cells = [cell for row in rows for cell in row.cells]
        found = (len(lengths) == 1, sum(map(is_number, cells)) / len(cells), max(lengths))
        if found > most:
            best, most = delimiter, found
    return best


def names_columns(first: list[str], label: int) -> bool:
    """Whether the first row names the columns: a cell beside that of the label is no number."""
    return any(not is_number(cell) for k, cell in enumerate(first) if k != label)
