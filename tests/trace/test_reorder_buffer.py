"""Rows in order with bounded memory: whatever order they come in, what goes on is sorted, and nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import OutputError
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.rows import ROW_TYPE, Rows
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace import reorder_buffer, table_writer
from spinn2sim.trace.capture import Capture, CountedPart
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.reorder_buffer import ReorderBuffer

BLOCK, KEPT_BACK = 8, 4


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, so that a test has many."""
    for module in (reorder_buffer, table_writer):
        monkeypatch.setattr(module, "BLOCK_ROWS", BLOCK)
    monkeypatch.setattr(reorder_buffer, "KEPT_BACK_ROWS", KEPT_BACK)


def rows_of(numbers: list[int]) -> Rows:
    """Rows with these numbers, to one PE each."""
    rows = np.zeros(len(numbers), ROW_TYPE)
    rows["seq"], rows["dst_pe"] = numbers, 7
    return rows


@settings(max_examples=60, deadline=None)
@given(st.permutations(list(range(60))), st.integers(1, 30))
def test_blocks_are_in_order_and_late_rows_are_set_aside(numbers: list[int], chunk: int) -> None:
    """Of any order, in chunks of any size: each block has its size, all together are sorted, and what is late is the rest."""
    blocks: list[Rows] = []
    made = ReorderBuffer(ROW_TYPE, ("seq", "dst_pe"), lambda rows, places: blocks.append(rows[places]))
    for at in range(0, len(numbers), chunk):
        made.extend(rows_of(numbers[at : at + chunk]))
    rest, late = made.rest()
    assert {len(block) for block in blocks} <= {BLOCK}
    assert len(rest) < BLOCK + KEPT_BACK
    went_on = np.concatenate([*blocks, rest])["seq"].tolist()
    assert went_on == sorted(went_on)
    assert late["seq"].tolist() == sorted(late["seq"].tolist())
    assert sorted(went_on + late["seq"].tolist()) == list(range(60))


def written(folder: Path, numbers: list[int]) -> bytes:
    """The packets of one part whose rows come in this order."""
    recorder = TraceRecorder(Trace("all"), 1)
    capture = Capture(folder, recorder, None)
    recorder.begin_part(1, Part.TRAIN, np.arange(3))
    for at in range(0, len(numbers), 5):
        recorder.extend(rows_of(numbers[at : at + 5]))
    capture.end_part(1, Part.TRAIN, CountedPart(None))
    capture.wait()
    capture.join()
    return (folder / "packets.parquet").read_bytes()


def test_same_rows_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    """A part written while it runs, with rows that are almost sorted, sorted, or upside down, is the same file."""
    straight = list(range(50))
    almost = [n ^ 3 for n in range(48)] + [49, 48]
    found = {written(tmp_path / str(k), numbers) for k, numbers in enumerate((straight, almost, straight[::-1]))}
    assert len(found) == 1


def test_rows_go_to_the_disk_while_the_part_runs(tmp_path: Path) -> None:
    """A long part is not held in memory: before its end most of it is written; after an interruption it is a readable file."""
    recorder = TraceRecorder(Trace("all"), 1)
    capture = Capture(tmp_path, recorder, None)
    recorder.begin_part(1, Part.TRAIN, np.arange(3))
    for at in range(0, 400, 4):
        recorder.extend(rows_of(list(range(at, at + 4))))
    recorder.wait()
    writer = recorder._packets.writer
    assert writer is not None
    assert writer.rows >= 400 - BLOCK - KEPT_BACK - 4
    capture.interrupted()
    capture.interrupted()  # again, as when Ctrl-C comes while a part is closed: nothing is written over it
    assert pq.read_table(tmp_path / "packets" / "part-000001-0.parquet")["seq"].to_pylist() == list(range(400))


def test_what_fails_in_the_thread_is_said_by_the_next_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up while a part runs is said by the next call and by all after it, and no part is there that is not whole."""

    def full(*_: object) -> None:
        raise OutputError("disk: cannot write the trace (No space left on device)")

    recorder = TraceRecorder(Trace("all"), 1)
    capture = Capture(tmp_path, recorder, None)
    recorder.begin_part(1, Part.TRAIN, np.arange(3))
    monkeypatch.setattr(table_writer.TableWriter, "write", full)
    with suppress(OutputError):  # here, if the thread was quick
        recorder.extend(rows_of(list(range(40))))
    for call in (capture.wait, capture.interrupted, recorder.wait):
        with pytest.raises(OutputError, match="No space left"):
            call()
    assert list(tmp_path.glob("packets/*.parquet")) == []
