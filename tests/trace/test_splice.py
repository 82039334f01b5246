"""Parquet files put together page by page are what the same rows are when they are read and concatenated."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.spec.errors import OutputError
from spinn2sim.trace.archive import TableArchive
from spinn2sim.trace.splice import splice
from spinn2sim.trace.tables import CHANNELS
from spinn2sim.trace.thrift import ThriftError, read_struct, write_struct


def file(path: Path, rows: int, seed: int) -> pa.Table:
    """A file of several row groups with nulls, words, delta-coded and plain columns."""
    rng = np.random.default_rng(seed)
    table = pa.table({
        "a": pa.array(np.cumsum(rng.integers(0, 9, rows))),
        "b": pa.array(rng.integers(0, 5, rows), mask=rng.random(rows) < 0.3),
        "c": pa.array([f"word {n % 7}" for n in range(rows)], pa.string()).dictionary_encode(),
        "d": pa.array(rng.random(rows)),
    })  # fmt: skip
    options = {"use_dictionary": ["b", "c"], "column_encoding": {"a": "DELTA_BINARY_PACKED"}}
    pq.write_table(table, path, row_group_size=40, compression="zstd", write_page_index=True, **options)
    return table


@pytest.mark.parametrize("sizes", [(100,), (100, 7), (0, 90, 0, 41), (0, 0), tuple(range(40))])
def test_spliced_files_hold_all_rows_with_their_statistics(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """Rows, order, row groups, statistics and pages that are skipped by them: as if it had been written in one go."""
    paths = [tmp_path / f"{n}.parquet" for n in range(len(sizes))]
    tables = [file(path, rows, n) for n, (path, rows) in enumerate(zip(paths, sizes, strict=True))]
    splice(tmp_path / "all.parquet", paths)
    whole = pa.concat_tables(tables)
    with pq.ParquetFile(tmp_path / "all.parquet") as found:
        assert found.read().equals(whole)
        assert found.metadata.num_rows == len(whole)
        groups = [found.metadata.row_group(n) for n in range(found.metadata.num_row_groups)]
        assert sum(group.num_rows for group in groups) == len(whole)
        for n, group in enumerate(groups):
            if group.column(0).statistics is not None:
                column = found.read_row_group(n, ["a"])["a"].to_pylist()
                assert (group.column(0).statistics.min, group.column(0).statistics.max) == (min(column), max(column))
    some = pq.read_table(tmp_path / "all.parquet", filters=[("a", "<", 50)])
    assert some.num_rows == sum(a < 50 for a in whole["a"].to_pylist())


@pytest.mark.parametrize("cut", [0, 3, 11, 200, -1])
def test_a_truncated_part_is_one_line(tmp_path: Path, cut: int) -> None:
    """A part that lost its end is named; no joined file is left."""
    archive = TableArchive(CHANNELS, tmp_path / "channels")
    counts = {"epoch": [1], "part": [0], "channel": ["x"], "flits": [1], "busy_q": [2], "longest": [3]}
    path = archive.write_part(1, 0, {name: np.array(column) for name, column in counts.items()})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(OutputError, match=r"part-000001-0\.parquet: is damaged") as caught:
        archive.join(tmp_path / "channels.parquet")
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["channels"]


def test_a_footer_is_read_and_written_without_a_change(tmp_path: Path) -> None:
    """The bytes of a real footer come out as they went in."""
    file(tmp_path / "one.parquet", 300, 1)
    data = (tmp_path / "one.parquet").read_bytes()
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    assert write_struct(read_struct(footer)) == footer


@given(st.binary(max_size=200))
def test_any_bytes_are_a_struct_or_refused(data: bytes) -> None:
    """Untrusted bytes raise ThriftError alone."""
    with suppress(ThriftError):
        read_struct(data)
