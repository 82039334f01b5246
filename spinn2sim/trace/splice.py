"""Several Parquet files of one schema become one: pages are copied, the offsets in the footers moved; it never decodes a page.

pyarrow can only read the rows and write them again, which costs as much as the whole capture did.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from spinn2sim.trace.thrift import I64, LIST, STRUCT, Struct, ThriftError, read_struct, write_struct

MAGIC = b"PAR1"
COPY_BYTES = 1 << 20
TAIL = 8  # four bytes of the footer's length, and MAGIC
# Field numbers of parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData.
NUM_ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_OFFSET, ORDINAL = 1, 5, 7
CHUNK_OFFSETS, META_DATA = (2, 4, 6), 3  # of the chunk, of its offset index, of its column index
META_OFFSETS = (9, 10, 11, 14)  # of its data, index and dictionary pages, of its Bloom filter


def splice(target: Path, parts: Sequence[Path]) -> None:
    """Write the row groups of `parts`, at least one and all of one schema, to `target`. Raises ThriftError for what is no Parquet file."""
    with target.open("wb") as out:
        out.write(MAGIC)
        footers = [_append(out, part) for part in parts]
        whole = footers[0]
        groups = [group for footer in footers for group in footer[ROW_GROUPS][1][1]]
        whole[NUM_ROWS] = (I64, sum(footer[NUM_ROWS][1] for footer in footers))
        whole[ROW_GROUPS] = (LIST, (STRUCT, groups))
        footer = write_struct(whole)
        out.write(footer + len(footer).to_bytes(4, "little") + MAGIC)


def _append(out: IO[bytes], part: Path) -> Struct:
    """Copy a part's pages; its footer, with offsets as they are in `out`."""
    with part.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
        pages = size - TAIL - int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or pages < len(MAGIC):
            raise ThriftError(f"{part}: is damaged")
        file.seek(pages)
        footer = read_struct(file.read(size - TAIL - pages))
        moved = out.tell() - len(MAGIC)
        file.seek(len(MAGIC))
        for at in range(len(MAGIC), pages, COPY_BYTES):
            out.write(file.read(min(COPY_BYTES, pages - at)))
    for group in footer[ROW_GROUPS][1][1]:
        _move(group, moved)
    return footer


def _move(group: Struct, by: int) -> None:
    group.pop(ORDINAL, None)
    _add(group, (GROUP_OFFSET,), by)
    for chunk in group[COLUMNS][1][1]:
        _add(chunk, CHUNK_OFFSETS, by)
        _add(chunk[META_DATA][1], META_OFFSETS, by)


def _add(struct: Struct, fields: tuple[int, ...], by: int) -> None:
    for field in fields:
        if field in struct and struct[field][1]:  # 0: not said
            struct[field] = (struct[field][0], struct[field][1] + by)
