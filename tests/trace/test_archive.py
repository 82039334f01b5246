"""A table on disk: what is read back is what was written, equal rows give equal bytes, and no half of a file has its name."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow.parquet as pq
import pytest

from spinn2sim.errors import OutputError
from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace import table_writer
from spinn2sim.trace.archive import TableArchive
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import PACKETS, Columns


def part(epoch: int, which: int, count: int, only: slice = slice(None)) -> Columns:
    """`count` error packets, every second one with a negative payload; of these `only`."""
    recorder = TraceRecorder(Trace("all"), 1)
    recorder.begin_part(epoch, which, np.arange(count))
    for seq in range(count)[only]:
        key = Key(Kind.ERROR, 0, 1, seq % 100).pack()
        flags = HAS_PAYLOAD * (seq % 2)
        recorder.add((seq, key, -seq, flags, 0, 1, 2, 0, COPY_OF_KEY, 3, seq, 7, 10 * seq, 10 * seq + 9, 0, 4, 5))
    return recorder.end_part()


def store(run: Path) -> TableArchive:
    """The archive of a run's packets."""
    return TableArchive(PACKETS, run)


def test_round_trip_keeps_columns_names_and_nulls(tmp_path: Path) -> None:
    """Columns of the interface in its order and types; a packet without payload has null there; kinds read as words."""
    made = store(tmp_path)
    made.write_part(1, 0, part(1, 0, 4))
    made.join()
    table = pq.read_table(tmp_path / "packets.parquet")
    assert table.column_names == list(PACKETS.columns)
    rows = table.to_pylist()
    assert [row["payload"] for row in rows] == [None, -1, None, -3]
    assert {(row["kind"], row["part"], row["phase"], row["outcome"]) for row in rows} == {
        ("error", "train", "backward", "unmatched")
    }
    types = {name: str(table.schema.field(name).type) for name in ("seq", "key", "payload", "src_pe", "sent_q", "hops")}
    assert types == {
        "seq": "int64", "key": "uint32", "payload": "int32", "src_pe": "int16", "sent_q": "int64", "hops": "int16",
    }  # fmt: skip
    made.clear()
    assert not (tmp_path / "packets").exists()


def test_interrupted_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Parts written in one go, or half a part first, joined, and then again whole: one file, byte for byte."""
    for name in ("straight", "resumed"):
        made = store(tmp_path / name)
        made.write_part(0, 1, part(0, 1, 20))
        if name == "resumed":
            made.write_part(1, 0, part(1, 0, 7))
            made.join()
            assert pq.read_metadata(tmp_path / name / "packets.parquet").num_rows == 27
        made.write_part(1, 0, part(1, 0, 1000))
        made.write_part(1, 1, part(1, 1, 0))
        made.join()
    straight, resumed = (tmp_path / name / "packets.parquet" for name in ("straight", "resumed"))
    assert straight.read_bytes() == resumed.read_bytes()


def test_trace_without_a_row_is_a_file_with_columns(tmp_path: Path) -> None:
    """A window that nothing fell into still gives a readable file."""
    store(tmp_path).join()
    table = pq.read_table(tmp_path / "packets.parquet")
    assert (table.num_rows, table.column_names) == (0, list(PACKETS.columns))


def test_late_rows_stand_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that come when their block is written make the same bytes as if they had come in time: before, between and behind the others."""
    monkeypatch.setattr(table_writer, "BLOCK_ROWS", 10)
    straight, late = store(tmp_path / "straight"), store(tmp_path / "late")
    file = straight.open_part(1, 0)
    for at in range(0, 46, 10):
        file.write(part(1, 0, 46, slice(at, at + 10)))
    one = file.close()
    file = late.open_part(1, 0)
    missing = [0, 1, 17, 29, 30, 45]
    there = [seq for seq in range(46) if seq not in missing]
    whole = part(1, 0, 46)
    for at in range(0, len(there), 10):
        file.write({name: column[there[at : at + 10]] for name, column in whole.items()})
    two = file.close({name: column[missing] for name, column in whole.items()})
    assert two.read_bytes() == one.read_bytes()
    assert [path.name for path in two.parent.iterdir()] == [two.name]


def test_full_disk_is_one_line_and_leaves_what_was_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a write fails half way, earlier parts stay readable, no half file is left, and the message says where and why."""
    made = store(tmp_path)
    first = made.write_part(1, 0, part(1, 0, 5))
    open_writer = table_writer.parquet_writer

    def full(file: IO[bytes], table: object) -> object:
        writer = open_writer(file, PACKETS)

        def write_table(*args: object, **kwargs: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        writer.write_table = write_table
        return writer

    monkeypatch.setattr(table_writer, "parquet_writer", full)
    with pytest.raises(OutputError, match=r"part-000002-0\.parquet: .*No space left on device") as caught:
        made.write_part(2, 0, part(2, 0, 5))
    assert "\n" not in str(caught.value)
    assert made.parts() == [first]
    assert sorted(path.name for path in (tmp_path / "packets").iterdir()) == [first.name]
    assert pq.read_metadata(first).num_rows == 5


def test_half_of_a_part_is_no_part(tmp_path: Path) -> None:
    """What a run that was killed leaves of an open part is neither joined nor kept when it is resumed."""
    made = store(tmp_path)
    made.write_part(1, 0, part(1, 0, 5))
    made.open_part(1, 1).write(part(1, 1, 5))
    made.join()
    assert pq.read_metadata(tmp_path / "packets.parquet").num_rows == 5
    made.drop_after(1)
    assert [path.name for path in (tmp_path / "packets").iterdir()] == ["part-000001-0.parquet"]
