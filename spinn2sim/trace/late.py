"""Puts rows that came too late for their block between the others of a sorted Parquet file; it never holds more than a few blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def with_late(path: Path, late: pa.Table, order: tuple[str, ...], rows: int) -> Iterator[pa.Table]:
    """Blocks of `rows` rows (the last one has what is left) of the file and `late` together, both sorted by the columns of `order`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    open_rows = late
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            block = file.read_row_group(group)
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
    """How many rows of a sorted table are not behind `reached`: what comes after them in the file cannot precede them."""
    import pyarrow.compute as pc

    first, second = order
    before = pc.less(rows[first], reached[0])
    same = pc.and_(pc.equal(rows[first], reached[0]), pc.less_equal(rows[second], reached[1]))
    return int(pc.sum(pc.or_(before, same)).as_py() or 0)
