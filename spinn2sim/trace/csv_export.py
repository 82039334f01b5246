"""Writes answers to queries as CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from spinn2sim.errors import DataError
from spinn2sim.files.named_output import write_named
from spinn2sim.trace.sql import one_line

if TYPE_CHECKING:
    import pyarrow as pa


def write_csv(batches: Iterable[pa.RecordBatch], path: Path) -> int:
    """Write an answer, whose first batch has the columns, to a file, as a whole or not at all. Returns the number of rows.

    Raises DataError for a column that does not fit into a CSV (a list, a struct), and OutputError.
    """
    rows = 0

    def write(file: IO[bytes]) -> None:
        nonlocal rows
        rows = fill_csv(batches, file)

    write_named(path, write)
    return rows


def fill_csv(batches: Iterable[pa.RecordBatch], file: IO[bytes]) -> int:
    """Write an answer, whose first batch has the columns, to an open file. Returns the number of rows. Raises DataError."""
    import pyarrow as pa
    import pyarrow.csv as pc

    rows, pieces = 0, iter(batches)
    first = next(pieces)
    try:
        with pc.CSVWriter(file, first.schema) as writer:
            for batch in pieces:
                writer.write_batch(batch)
                rows += batch.num_rows
    except pa.ArrowException as error:
        raise DataError(f"CSV: {one_line(error)}; allowed are columns of numbers and texts") from None
    return rows
