"""Reads the row groups of a table's pieces, and cuts their rows into the row groups of a joined file.

In the first APART epochs a row group holds rows of one part alone, at most BLOCK_ROWS. All later rows together fill row groups of
BLOCK_ROWS: with a row group for each part, the file of a long run would be mostly descriptions of row groups. So the row groups depend on
the rows alone, and not on the pieces that they came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.lacking_memory import refuse_if_memory_lacks
from spinn2sim.trace.reorder_buffer import BLOCK_ROWS
from spinn2sim.trace.run_directory import AGAIN
from spinn2sim.trace.table_check import refuse_unfit
from spinn2sim.trace.tables import Table, schema

if TYPE_CHECKING:
    import pyarrow as pa

APART = 16


def row_groups(paths: Sequence[Path], table: Table) -> Iterator[pa.Table]:
    """Yield the row groups of files, in the types of `table`. Raises OutputError for a file that cannot be read or has other rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        try:
            refuse_unfit(path, table)
            with pq.ParquetFile(path, page_checksum_verification=True) as rows:
                for group in range(rows.num_row_groups):
                    yield in_types_of(table, rows.read_row_group(group))
        except DataError as error:
            raise OutputError(f"{error}; {AGAIN}") from None
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OutputError):
                raise
            refuse_if_memory_lacks(error)
            raise OutputError(f"{path}: is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None


def in_blocks(groups: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut the rows of `groups` into the row groups of a joined file."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    count = 0
    for rows in groups:
        if not len(rows):
            continue
        if rows["epoch"][0].as_py() < APART:
            yield rows
            continue
        waiting.append(rows)
        count += len(rows)
        if count >= BLOCK_ROWS:
            whole = pa.concat_tables(waiting)
            ready = count // BLOCK_ROWS * BLOCK_ROWS
            for at in range(0, ready, BLOCK_ROWS):
                yield whole.slice(at, BLOCK_ROWS).combine_chunks()
            waiting, count = [whole.slice(ready)], count - ready
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def in_types_of(table: Table, rows: pa.Table) -> pa.Table:
    """Return rows with the columns and types of `table`; equal words have equal indices, whatever file they came from."""
    import pyarrow as pa

    wanted = schema(table)
    columns = [
        _as_words(rows[name], table.words[name]) if kind == "word" else rows[name].cast(wanted.field(name).type)
        for name, kind in table.columns.items()
    ]
    return pa.Table.from_arrays(columns, schema=wanted)


def _as_words(column: pa.ChunkedArray, words: Sequence[str]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    indices = pc.index_in(plain.cast(pa.string()), pa.array(words)).cast(pa.int8())
    return pa.DictionaryArray.from_arrays(indices, pa.array(words))
