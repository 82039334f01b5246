"""Reads what the footer of a Parquet file says about each column of each row group, before anything else of the file is read.

DuckDB reads it, since pyarrow ends the process, without an exception, when it is asked for a column whose description is damaged.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError
from spinn2sim.files.lacking_memory import refuse_if_memory_lacks

QUERY = """
    SELECT row_group_id, path_in_schema, row_group_num_rows, num_values, total_uncompressed_size,
        TRY_CAST(stats_min_value AS HUGEINT), TRY_CAST(stats_max_value AS HUGEINT), stats_null_count
    FROM parquet_metadata(?) ORDER BY row_group_id, column_id
"""


class ColumnChunk(NamedTuple):
    """A column of a row group as the footer describes it, which need not be true; None stands for what it does not say."""

    group: int
    # The names from the column to its values, with ", " between them; a plain column has one.
    path: str
    # Of the row group.
    rows: int
    values: int
    # Uncompressed.
    size: int
    # The least and the largest number of a column of integers.
    least: int | None
    most: int | None
    nulls: int | None


def column_chunks(path: Path, what: str = "") -> list[ColumnChunk]:
    """Return the columns of all row groups, in the order of the file. `what` says in messages as what it is read.

    Raises DataError if the footer is damaged.
    """
    import duckdb

    name = re.sub(r"([*?\[])", r"[\1]", str(path))  # otherwise DuckDB takes such a name for a pattern
    try:
        with duckdb.connect() as duck:
            rows = duck.execute(QUERY, [name]).fetchall()
    except duckdb.Error as error:
        refuse_if_memory_lacks(error)
        raise DataError(f"{path}: cannot be read{what}, it is damaged ({' '.join(str(error).split()):.120})") from None
    return [ColumnChunk(*row) for row in rows]
