"""Writes a table of numbers and words to a Parquet file, a row group at a time, through kernels that encode its pages.

pyarrow's own writer takes five times as long for the columns of a trace, most of which are constant for many rows, or repeat.
"""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from spinn2sim.trace.pages.column_pages import MOST_ROWS, nullable_page, number_page, steady_page, word_page
from spinn2sim.trace.pages.descriptions import (
    DICTIONARY_PAGE,
    MAGIC,
    NO_CODEC,
    PHYSICAL,
    PLAIN,
    RLE,
    VALUES_PAGE,
    ZSTD,
    ChunkDescription,
    GroupDescription,
    footer,
    page_header,
)
from spinn2sim.trace.tables import ColumnBlock, Table, from_arrow, schema

if TYPE_CHECKING:
    import pyarrow as pa

LEVEL = 1
# Pages of fewer bytes, as a column has that hardly changes, are not compressed: starting to takes longer than what it saves is worth.
SMALL = 4096


class PageWriter:
    """Writes row groups to an open file, which `close` completes. `is_open` is false from then on, or if it must not be completed.

    Each column of a row group is one page, with a dictionary before it or not. Every page has a checksum.
    """

    def __init__(self, file: IO[bytes], table: Table) -> None:
        import pyarrow as pa

        self.is_open = True
        self._file, self._table, self._schema = file, table, schema(table)
        self._types = {name: PHYSICAL[kind] for name, kind in table.columns.items()}
        self._compress = pa.Codec("zstd", LEVEL).compress
        self._groups: list[GroupDescription] = []
        self._at = 0
        self._write(MAGIC)

    def __enter__(self) -> PageWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()

    def write_table(self, rows: pa.Table | ColumnBlock, row_group_size: int = MOST_ROWS) -> None:
        """Write rows in row groups of this size: a block, or an Arrow table as `to_arrow` makes it of columns."""
        block = rows if isinstance(rows, ColumnBlock) else ColumnBlock.without_runs(from_arrow(self._table, rows))
        if block.rows <= row_group_size:
            self._write_group(block)
            return
        whole = block.whole()
        for at in range(0, block.rows, row_group_size):
            self._write_group(
                ColumnBlock.without_runs({name: values[at : at + row_group_size] for name, values in whole.items()})
            )

    def _write_group(self, block: ColumnBlock) -> None:
        if block.rows:
            self._groups.append(
                GroupDescription(block.rows, [self._write_chunk(name, block) for name in self._table.columns])
            )

    def close(self) -> None:
        """Write the end of the file, once."""
        if self.is_open:
            self.is_open = False
            self._write(footer(self._schema, list(self._types.values()), self._groups))

    def _write_chunk(self, name: str, block: ColumnBlock) -> ChunkDescription:
        """Write one column of a row group."""
        table, kind, count, nulls = self._table, self._types[name], block.rows, 0
        values, lengths = (block.runs[name], block.lengths) if name in block.runs else (block.columns[name], None)
        scattered = name in table.scattered
        if kind.stored is None:
            page = word_page(values, table.words[name], lengths)
        elif name in table.nullable:
            present = block.columns[f"has_{name}"] != 0
            nulls = count - int(np.count_nonzero(present))
            page = nullable_page(values, present, kind.stored)
        elif name in table.steady:
            page = steady_page(values, kind.stored)
        else:
            page = number_page(values, kind.stored, not scattered, lengths)
        small = len(page.dictionary) + len(page.content) < SMALL
        codec = NO_CODEC if small or scattered else ZSTD
        begin, sizes = self._at, [0, 0]
        if page.entries:
            self._write_page(DICTIONARY_PAGE, page.dictionary, page.entries, page.encoding, codec, sizes)
        values_at = self._at
        self._write_page(VALUES_PAGE, page.content, count, page.encoding, codec, sizes)
        return ChunkDescription(
            name, kind.kind, codec, (PLAIN, RLE, page.encoding) if page.entries else (RLE, page.encoding), count,
            begin if page.entries else None, values_at, sizes[0], sizes[1], nulls, page.extremes,
        )  # fmt: skip

    def _write_page(self, kind: int, content: Any, values: int, encoding: int, codec: int, sizes: list[int]) -> None:
        """Write a page, and add what it takes before and after compression to `sizes`."""
        packed = content if codec == NO_CODEC else self._compressed(content)
        header = page_header(kind, (len(content), len(packed)), zlib.crc32(packed), values, encoding)
        self._write(header)
        self._write(packed)
        sizes[0] += len(header) + len(content)
        sizes[1] += len(header) + len(packed)

    def _compressed(self, content: Any) -> memoryview:
        found = self._compress(content)
        return memoryview(found)[: found.size]  # a view of pyarrow's buffer has the length that was reserved for it

    def _write(self, content: Any) -> None:
        self._file.write(content)
        self._at += len(content)
