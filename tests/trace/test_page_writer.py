"""Pages that are encoded here: what other programs read of them is what was written, and each page's checksum holds."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.rows import COPY_OF_KEY, ROW, ROW_TYPE
from spinn2sim.trace.columns import RecordedPart, packet_block, packet_columns
from spinn2sim.trace.pages.column_pages import MOST_ROWS
from spinn2sim.trace.pages.page_writer import PageWriter
from spinn2sim.trace.tables import PACKETS, RANGES, TICKS, ColumnBlock, Columns, Table, to_arrow

TYPES = {"word": np.int8, "int16": np.int16, "int32": np.int32, "uint32": np.uint32, "int64": np.int64}


def values_of(draw: np.random.Generator, low: int, high: int, count: int) -> list[int]:
    """Numbers of one of five kinds: constant, in runs, in a small range, rising, and anywhere, with both ends of the range."""
    kind = draw.integers(5)
    few = draw.integers(low, min(high, low + 300), 9, endpoint=True)
    if kind == 0:
        return [int(few[0])] * count
    if kind == 1:
        return np.repeat(draw.choice(few, count), draw.integers(1, 40, count))[:count].tolist()
    if kind == 2:
        return draw.choice(few, count).tolist()
    if kind == 3:
        return np.minimum(low + np.cumsum(draw.integers(0, 5, count)), high).tolist()
    return [low, high, *draw.integers(low, high, count, endpoint=True).tolist()][:count]


def columns_of(table: Table, seed: int, count: int) -> Columns:
    """Rows of a table with numbers anywhere in their ranges."""
    draw = np.random.default_rng(seed)
    found: Columns = {}
    for name, kind in table.columns.items():
        low, high = (0, len(table.words[name]) - 1) if kind == "word" else RANGES[name]
        if kind != "word":
            high = min(high, int(np.iinfo(TYPES[kind]).max))
        found[name] = np.array(values_of(draw, low, high, count), TYPES[kind])
    for name in table.nullable:
        found[f"has_{name}"] = np.array(values_of(draw, 0, 1, count), np.bool_)
    return found


def written(table: Table, columns: Columns | ColumnBlock | pa.Table, group: int) -> bytes:
    """The bytes of a file with these rows, in row groups of one size."""
    file = io.BytesIO()
    with PageWriter(file, table) as writer:
        writer.write_table(ColumnBlock.without_runs(columns) if isinstance(columns, dict) else columns, group)
    return file.getvalue()


@pytest.mark.parametrize("table", [PACKETS, TICKS], ids=["packets", "ticks"])
@given(seed=st.integers(0, 1 << 32), count=st.integers(1, 400), group=st.integers(20, 400))
@settings(max_examples=40, deadline=None)
def test_arrow_reads_what_was_written(table: Table, seed: int, count: int, group: int) -> None:
    """Values, nulls, types, words and the ranges of all row groups are those of the columns; the rows read give the same bytes again."""
    columns = columns_of(table, seed, count)
    whole, content = to_arrow(table, columns), written(table, columns, group)
    file = pq.ParquetFile(io.BytesIO(content), page_checksum_verification=True)
    assert file.read().equals(whole)
    assert file.schema_arrow.equals(whole.schema)
    assert written(table, columns_from(file.read(), table, group), group) == content
    for number in range(file.num_row_groups):
        for at, name in enumerate(table.columns):
            known, rows = (
                file.metadata.row_group(number).column(at).statistics,
                whole[name].slice(number * group, group),
            )
            assert known.null_count == rows.null_count
            if table.columns[name] != "word" and rows.null_count < len(rows):
                both = pa.compute.min_max(rows).as_py()
                assert (known.min, known.max) == (both["min"], both["max"])


@given(seed=st.integers(0, 1 << 32), count=st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_a_block_with_runs_is_the_same_file(seed: int, count: int) -> None:
    """Deliveries at some places of an array, taken apart by runs, are those taken apart one by one, to the byte."""
    draw = np.random.default_rng(seed)
    rows = np.zeros(count, ROW_TYPE)
    for name, kind in ROW:
        rows[name] = values_of(
            draw, 0, {"outcome": 5, "phase": 6, "flags": 3}.get(name, int(np.iinfo(kind).max >> 1)), count
        )
    rows["copy"] = values_of(draw, COPY_OF_KEY, 3, count)
    rows["batch"] = values_of(draw, 0, 5, count)
    places = draw.permutation(count)[: draw.integers(1, count, endpoint=True)]
    part = RecordedPart(3, Part.TEST, np.arange(100, 117), 3)
    whole, block = packet_columns(rows[places], part), packet_block(rows, places, part)
    assert {name: values.tolist() for name, values in block.whole().items()} == {
        name: values.tolist() for name, values in whole.items()
    }
    group = int(draw.integers(20, 250))
    assert written(PACKETS, block, group) == written(PACKETS, whole, group)


def columns_from(rows: pa.Table, table: Table, group: int) -> pa.Table:
    """The rows in chunks, as they come from several files."""
    half = len(rows) // 2
    return pa.concat_tables([rows.slice(0, half), rows.slice(half)])


def test_duckdb_reads_what_was_written(tmp_path: Path) -> None:
    """DuckDB, which reads pages with code of its own, finds the same values, nulls and words, and numbers of the same types."""
    for seed in range(12):
        columns = columns_of(PACKETS, seed, 700)
        path = tmp_path / f"{seed}.parquet"
        path.write_bytes(written(PACKETS, columns, 300))
        found = duckdb.sql(f"SELECT * FROM '{path}'").to_arrow_table()
        whole = to_arrow(PACKETS, columns)
        assert found.to_pylist() == whole.to_pylist()
        numbers = [name for name, kind in PACKETS.columns.items() if kind != "word"]
        assert {name: found.schema.field(name).type for name in numbers} == {
            name: whole.schema.field(name).type for name in numbers
        }


def test_a_whole_row_group_of_different_keys() -> None:
    """Too many different values for a dictionary are written as they are, and the tables of the kernels are clean for the next group."""
    columns = columns_of(PACKETS, 3, MOST_ROWS + 10)
    columns["key"] = np.random.default_rng(1).permutation(len(columns["key"])).astype(np.uint32) * np.uint32(61681)
    columns["key"][MOST_ROWS:] = 7
    file = pq.ParquetFile(io.BytesIO(written(PACKETS, columns, MOST_ROWS)))
    assert file.read()["key"].to_numpy().tolist() == columns["key"].tolist()
    assert [file.metadata.row_group(n).column(2).encodings for n in (0, 1)] == [
        ("RLE", "PLAIN"),
        ("PLAIN", "RLE", "RLE_DICTIONARY"),
    ]
