"""The packet trace on disk: what is read back is what was written, in the same bytes each time, and never half a
file."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spinn2sim.spec.errors import OutputError
from spinn2sim.spec.packet import Key, Kind
from spinn2sim.spec.scenario import Trace
from spinn2sim.trace import archive
from spinn2sim.trace.archive import COLUMNS, PacketArchive
from spinn2sim.trace.recorder import COPY_OF_KEY, HAS_PAYLOAD, Columns, Recorder


def part(epoch: int, which: int, count: int) -> Columns:
    """`count` error packets, every second one with a negative payload."""
    recorder = Recorder(Trace("all"), 1)
    recorder.begin_part(epoch, which, np.arange(count))
    for seq in range(count):
        key = Key(Kind.ERROR, 0, 1, seq % 100).pack()
        flags = HAS_PAYLOAD * (seq % 2)
        recorder.add((seq, key, -seq, flags, 0, 1, 2, 0, COPY_OF_KEY, 3, seq, 7, 10 * seq, 10 * seq + 9, 0, 4, 5))
    return recorder.end_part()


def test_round_trip_keeps_columns_names_and_nulls(tmp_path: Path) -> None:
    """Columns of the interface in its order and types; a packet without payload has null there; kinds read as words."""
    store = PacketArchive(tmp_path / "parts")
    store.write_part(1, 0, part(1, 0, 4))
    store.join(tmp_path / "packets.parquet")
    table = pq.read_table(tmp_path / "packets.parquet")
    assert table.column_names == list(COLUMNS)
    rows = table.to_pylist()
    assert [row["payload"] for row in rows] == [None, -1, None, -3]
    assert {(row["kind"], row["part"], row["phase"], row["outcome"]) for row in rows} == {
        ("error", "train", "backward", "unmatched")
    }
    types = {name: str(table.schema.field(name).type) for name in ("seq", "key", "payload", "src_pe", "sent_q", "hops")}
    assert types == {
        "seq": "int64", "key": "uint32", "payload": "int32", "src_pe": "int16", "sent_q": "int64", "hops": "int16",
    }  # fmt: skip
    store.clear()
    assert not (tmp_path / "parts").exists()


def test_interrupted_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Parts written in one go, or half a part first, joined, and then again whole: one file, byte for byte."""
    for name in ("straight", "resumed"):
        store = PacketArchive(tmp_path / name)
        store.write_part(0, 1, part(0, 1, 20))
        if name == "resumed":
            store.write_part(1, 0, part(1, 0, 7))
            store.join(tmp_path / f"{name}.parquet")
            assert pq.read_metadata(tmp_path / f"{name}.parquet").num_rows == 27
        store.write_part(1, 0, part(1, 0, 1000))
        store.write_part(1, 1, part(1, 1, 0))
        store.join(tmp_path / f"{name}.parquet")
    assert (tmp_path / "straight.parquet").read_bytes() == (tmp_path / "resumed.parquet").read_bytes()


def test_trace_without_a_row_is_a_file_with_columns(tmp_path: Path) -> None:
    """A window that nothing fell into still gives a readable file."""
    PacketArchive(tmp_path / "parts").join(tmp_path / "packets.parquet")
    table = pq.read_table(tmp_path / "packets.parquet")
    assert (table.num_rows, table.column_names) == (0, list(COLUMNS))


def test_full_disk_is_one_line_and_leaves_what_was_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a write fails half way, earlier parts stay readable, no half file is left, and the message says where and
    why."""
    store = PacketArchive(tmp_path / "parts")
    first = store.write_part(1, 0, part(1, 0, 5))

    def full(path: Path, tables: object) -> None:
        path.write_bytes(b"PAR1 half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "_write_tables", full)
    with pytest.raises(OutputError, match=r"part-000002-0\.parquet: .*No space left on device") as caught:
        store.write_part(2, 0, part(2, 0, 5))
    assert "\n" not in str(caught.value)
    assert store.parts() == [first]
    assert sorted(path.name for path in store.folder.iterdir()) == [first.name]
    assert pq.read_metadata(first).num_rows == 5
