"""Writes a table to a Parquet file, which gets its name when it is complete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import NewFile, make_folder
from spinn2sim.trace.pages.page_writer import PageWriter
from spinn2sim.trace.reorder_buffer import BLOCK_ROWS
from spinn2sim.trace.row_groups import in_types_of
from spinn2sim.trace.tables import ColumnBlock, Columns, Table, schema, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa


class TableWriter:
    """Writes rows of a table to a temporary file, which `close` gives its name; `rows` counts them. The first rows create the file."""

    def __init__(self, table: Table, target: Path) -> None:
        self._table, self._target = table, target
        self._new: NewFile | None = None
        self.rows = 0

    def write(self, rows: Columns | ColumnBlock) -> None:
        """Write the next rows, in row groups of BLOCK_ROWS. Raises OutputError, and then no file is left."""
        block = rows if isinstance(rows, ColumnBlock) else ColumnBlock.without_runs(rows)
        if is_encoded_here(self._table):
            self._write(block, block.rows)
        else:
            self.write_table(to_arrow(self._table, block.whole()))

    def write_table(self, rows: pa.Table) -> None:
        """Write rows as `write` does, from an Arrow table."""
        self._write(rows, len(rows))

    def _write(self, rows: Any, count: int) -> None:
        if count:
            self.rows += count
            with self._undone_on_error():
                self._writer.write_table(rows, row_group_size=BLOCK_ROWS)

    def close(self, late: Columns | None = None) -> Path:
        """Merge the rows of `late` into the file and give it its name. The file is on the disk when this returns."""
        rows = None if late is None else to_arrow(self._table, late)
        with self._undone_on_error():
            self._writer.close()
            if rows is not None and len(rows):
                self.rows += len(rows)
                self._merge(rows)
            if self._new is not None:
                self._new.commit()
        return self._target

    def discard(self) -> None:
        """Remove the file unless it has been closed."""
        if self._new is not None:
            if "_writer" in self.__dict__:
                self._writer.is_open = (
                    False  # otherwise it would write a footer into the closed file when it is collected
                )
            self._new.discard()

    def __del__(self) -> None:
        self.discard()

    @cached_property
    def _writer(self) -> Any:
        make_folder(self._target.parent)
        self._new = NewFile(self._target)
        return parquet_writer(self._new.file, self._table)

    def _merge(self, late: pa.Table) -> None:
        assert self._new is not None  # noqa: S101 - rows have been written
        sorted_rows, self._new = self._new, NewFile(self._target)
        try:
            sorted_rows.file.flush()
            with parquet_writer(self._new.file, self._table) as writer:
                for block in merged_with(sorted_rows.temporary, late, self._table, BLOCK_ROWS):
                    writer.write_table(block, row_group_size=BLOCK_ROWS)
        finally:
            sorted_rows.discard()

    @contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.discard()
            raise OutputError(
                f"{self._target}: cannot write the trace ({error.strerror or error}); earlier parts stay readable"
            ) from error


def is_encoded_here(table: Table) -> bool:
    """Whether a table has many rows of numbers and words, whose pages are encoded by kernels of this program."""
    return bool(table.order)


def parquet_writer(file: IO[bytes], table: Table) -> Any:
    """Make a writer of a Parquet file that is open. Every page has a checksum."""
    if is_encoded_here(table):
        return PageWriter(file, table)
    import pyarrow.parquet as pq

    numbers = [name for name, kind in table.columns.items() if kind != "word"]
    return pq.ParquetWriter(
        file,
        schema(table),
        compression="zstd",
        write_page_checksum=True,
        write_batch_size=BLOCK_ROWS,
        write_statistics=numbers,
    )


def merged_with(path: Path, late: pa.Table, table: Table, rows: int) -> Iterator[pa.Table]:
    """Merge a sorted file and the rows of `late`, and yield blocks of `rows` rows; the last block may be shorter.

    Both are sorted by the columns of `table.order`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    open_rows, order = late, table.order
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            block = in_types_of(table, file.read_row_group(group))
            reached = [block[name][-1].as_py() for name in order]
            open_rows = _sorted(pa.concat_tables([open_rows, block]), order)
            ready = _rows_up_to(open_rows, order, reached) // rows * rows
            for at in range(0, ready, rows):
                yield open_rows.slice(at, rows)
            open_rows = open_rows.slice(ready)
    for at in range(0, len(open_rows), rows):
        yield open_rows.slice(at, rows)


def _sorted(rows: pa.Table, order: tuple[str, ...]) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in order])


def _rows_up_to(rows: pa.Table, order: tuple[str, ...], reached: list[int]) -> int:
    """Count the rows of a sorted table up to and including `reached`: no row that is still in the file precedes them."""
    import pyarrow.compute as pc

    first, second = order
    before = pc.less(rows[first], reached[0])
    same = pc.and_(pc.equal(rows[first], reached[0]), pc.less_equal(rows[second], reached[1]))
    return int(pc.sum(pc.or_(before, same)).as_py() or 0)
