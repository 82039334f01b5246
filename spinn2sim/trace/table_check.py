"""Checks that a Parquet file has the columns of one of a run's tables, with values that can be: a run directory may come from a stranger.

Numbers are checked by the statistics of the row groups, and by the values themselves where there are no statistics. Words, texts and the
numbers by which this program looks something up are always checked by their values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.lacking_memory import refuse_if_memory_lacks
from spinn2sim.files.parquet_footer import ColumnChunk, column_chunks
from spinn2sim.trace.tables import ALL, LONGEST_TEXT, NAMING, RANGES, Table

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_COLUMNS, MOST_GROUP_ROWS = 100, 1 << 21
# The most bytes that one column of a row group may have, uncompressed.
MOST_COLUMN_BYTES = 1 << 28
REMEMBERED = 4096


def refuse_unfit(path: Path, table: Table) -> None:
    """Raise DataError unless a file can be read and has the columns of `table`, of their types and within their ranges.

    A file that has not changed since it was checked last is not read again.
    """
    with reading(path):
        found = path.stat()
    _check(path, table.name, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(REMEMBERED)
def _check(path: Path, name: str, _version: tuple[int, ...]) -> None:
    import pyarrow.parquet as pq

    table = next(one for one in ALL if one.name == name)
    with reading(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        _check_columns(path, table, file.schema_arrow)
        for _, chunks in groupby(column_chunks(path), lambda chunk: chunk.group):
            _check_group(path, table, file, list(chunks))


def row_count(path: Path) -> int:
    """Return the number of rows of a file. Raises DataError if it cannot be read."""
    import pyarrow.parquet as pq

    with reading(path):
        return int(pq.read_metadata(path).num_rows)


def last_epoch(path: Path, table: Table) -> int:
    """Return the last epoch in a file; -1 if it has no rows. Raises DataError if it cannot be read, or is not of the table."""
    import pyarrow.parquet as pq

    refuse_unfit(path, table)
    with reading(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        groups = [file.read_row_group(group, columns=["epoch"])["epoch"] for group in range(file.num_row_groups)]
        return max((int(_extremes(epochs)[1]) for epochs in groups if len(epochs)), default=-1)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises for a damaged file, or the system for one that cannot be opened, into a DataError of one line."""
    import pyarrow as pa

    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path}: cannot be read: it is no file")
        yield
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: is missing") from None
    except (OSError, pa.ArrowException, MemoryError, UnicodeDecodeError) as error:
        refuse_if_memory_lacks(error)
        text = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise DataError(f"{path}: cannot be read, it is damaged ({' '.join(text.split())[:200]})") from None


def _check_columns(path: Path, table: Table, schema: pa.Schema) -> None:
    import pyarrow as pa

    if len(schema.names) > MOST_COLUMNS:
        raise DataError(f"{path}: found {len(schema.names)} columns, allowed are {', '.join(table.columns)}")
    for name in schema.names:
        if name not in table.columns:
            raise DataError(f"{path}: found a column {quoted(name)}, allowed are {', '.join(table.columns)}")
        if schema.names.count(name) > 1:
            raise DataError(f"{path}: column {name}: found twice, allowed is once")
        kind, found = table.columns[name], schema.field(name).type
        text = kind in ("word", "string")
        plain = found.value_type if text and pa.types.is_dictionary(found) else found
        if not (pa.types.is_string(plain) or pa.types.is_large_string(plain) if text else pa.types.is_integer(plain)):
            raise DataError(f"{path}: column {name}: found {found!s:.80}, allowed are {'texts' if text else kind}")
    for name in table.columns:
        if name not in schema.names and name not in table.optional:
            raise DataError(f"{path}: found no column {name}, allowed is a table {table.name} with it")


def _check_group(path: Path, table: Table, file: pq.ParquetFile, chunks: Sequence[ColumnChunk]) -> None:
    """Check a row group, given what the footer says about its columns."""
    rows = chunks[0].rows
    if not 0 <= rows <= MOST_GROUP_ROWS:
        raise DataError(f"{path}: found a row group of {rows} rows, allowed are {MOST_GROUP_ROWS}")
    if [chunk.path for chunk in chunks] != file.schema_arrow.names:
        raise DataError(f"{path}: found columns under other names than those of its schema")
    unknown = []
    for chunk in chunks:
        if not 0 <= chunk.size <= MOST_COLUMN_BYTES:
            raise DataError(
                f"{path}: column {chunk.path}: found {chunk.size} bytes in a row group, allowed are {MOST_COLUMN_BYTES}"
            )
        name, has_range = chunk.path, chunk.least is not None and chunk.most is not None
        described = chunk.nulls is not None and (has_range or chunk.nulls == rows)
        if name not in RANGES or name in NAMING or not described:
            unknown.append(name)
        elif has_range:
            _check_range(path, table, name, (chunk.least, chunk.most), chunk.nulls or 0)
    if unknown and rows:
        read = file.read_row_group(chunks[0].group, columns=unknown)
        for name in unknown:
            _check_values(path, table, name, read[name])


def _check_values(path: Path, table: Table, name: str, values: pa.ChunkedArray) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if name in RANGES:
        _check_range(path, table, name, _extremes(values), values.null_count)
        return
    if values.null_count and name not in table.nullable:
        raise DataError(f"{path}: column {name}: found {values.null_count} nulls, allowed are none")
    for text in pc.unique(values.cast(pa.string())).to_pylist():
        if text is not None and (len(text) > LONGEST_TEXT or text not in table.words.get(name, (text,))):
            allowed = " or ".join(table.words[name]) if name in table.words else f"a text of {LONGEST_TEXT} characters"
            raise DataError(f"{path}: column {name}: found {quoted(text)}, allowed is {allowed}")


def _check_range(path: Path, table: Table, name: str, found: tuple[Any, Any], nulls: int) -> None:
    low, high = RANGES[name]
    if nulls and name not in table.nullable:
        raise DataError(f"{path}: column {name}: found {nulls} nulls, allowed are none")
    for value in found:
        if value is not None and not low <= value <= high:
            raise DataError(f"{path}: column {name}: found {value}, allowed are {low} to {high}")


def _extremes(values: pa.ChunkedArray) -> tuple[Any, Any]:
    """Return the least and the greatest value; None if all are null."""
    import pyarrow.compute as pc

    both = pc.min_max(values).as_py()
    return both["min"], both["max"]
