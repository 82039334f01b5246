"""Parts that are joined while a run goes on: few files at any time, and the same bytes in the end as if they had been joined at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import DataError, OutputError
from spinn2sim.hardware.packet import Part
from spinn2sim.trace import archive, row_groups
from spinn2sim.trace.archive import TableArchive
from spinn2sim.trace.table_files import all_pieces, files_of, pieces
from spinn2sim.trace.tables import CHANNELS, Columns


def part(epoch: int, which: Part, rows: int) -> Columns:
    """Rows of the table of channels with values of their own."""
    numbers = np.arange(rows) + 1000 * epoch + 100 * which
    return {
        "epoch": np.full(rows, epoch, np.int32), "part": np.full(rows, which, np.int8),
        "channel": np.array([f"channel {k}" for k in range(rows)], object), "flits": numbers, "busy_q": 3 * numbers, "longest": numbers % 7,
    }  # fmt: skip


def write(run: Path, sizes: list[int], joins: bool) -> TableArchive:
    """Write one epoch after the other as a run does, and join small pieces on the way if `joins`."""
    table = TableArchive(CHANNELS, run)
    for epoch, rows in enumerate(sizes):
        for which in (Part.TRAIN, Part.TEST) if epoch else (Part.TEST,):
            table.write_part(epoch, which, part(epoch, which, rows))
        if joins and epoch:
            for made in table.compact(epoch - 1):
                for path in made.old:
                    path.unlink()
    return table


@settings(max_examples=4)
@given(st.lists(st.integers(0, 9), min_size=12, max_size=20))
def test_joining_on_the_way_changes_no_byte(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    """The whole table has the same bytes, however its parts were joined before: a resumed run equals one that was never interrupted."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "EPOCHS_JOINED", 3)
        patch.setattr(archive, "BLOCK_ROWS", 40)
        patch.setattr(row_groups, "BLOCK_ROWS", 25)
        patch.setattr(row_groups, "APART", 5)
        for name, joins in (("straight", False), ("joined", True)):
            write(folder / name, sizes, joins).join()
    straight, joined = (folder / name / "channels.parquet" for name in ("straight", "joined"))
    assert straight.read_bytes() == joined.read_bytes()


def test_pieces_stay_few_and_hold_every_row_once(tmp_path: Path) -> None:
    """A run of 150 epochs has at most 60 files of a table at a time; what they hold is every row in the order of the run."""
    table = write(tmp_path, [2] * 150, True)
    assert len(all_pieces(tmp_path, "channels")) < 60
    found = pa.concat_tables([pq.read_table(path) for path in files_of(tmp_path, "channels")])
    assert found["epoch"].to_pylist() == [0, 0, *(epoch for epoch in range(1, 150) for _ in range(4))]
    table.need_all(149)


def test_a_long_run_has_few_row_groups(tmp_path: Path) -> None:
    """Row groups of a long run hold the rows of many epochs: otherwise most of the file would describe row groups."""
    table = write(tmp_path, [2] * 60, True)
    table.join()
    assert pq.read_metadata(tmp_path / "channels.parquet").num_row_groups == 2 * row_groups.APART


def test_a_piece_and_what_it_replaces_are_read_once(tmp_path: Path) -> None:
    """After a kill between writing a joined piece and removing the old ones, the old ones do not count, and resuming removes them."""
    table = write(tmp_path, [2] * 17, False)
    (made,) = table.compact(15)
    assert [path for path in made.old if path.exists()] == made.old
    assert pieces(tmp_path, "channels")[0].path == made.new
    assert len(pieces(tmp_path, "channels")) == 3
    table.drop_after(16)
    assert not any(path.exists() for path in made.old)


def test_rows_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """Pieces that overlap, or that hold epochs after the last one of a run, are refused by name."""
    table = write(tmp_path, [2] * 17, False)
    (made,) = table.compact(15)
    with pytest.raises(OutputError, match=r"joined-000000-000015\.parquet: found epochs after 3"):
        table.drop_after(3)
    made.new.with_name("joined-000010-000020.parquet").write_bytes(made.new.read_bytes())
    with pytest.raises(DataError, match=r"joined-000010-000020\.parquet: found epochs that joined-000000-000015"):
        files_of(tmp_path, "channels")
