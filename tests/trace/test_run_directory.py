"""The run directory: no run is overwritten, metrics are whole lines, and a full disk is one line."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import LOCK, locked
from spinn2sim.hardware.traffic.packet_list import PACKETS_FILE
from spinn2sim.trace import run_directory


def test_first_free_folder_is_taken(tmp_path: Path) -> None:
    """Without --out each run gets its own runs/NAME-N."""
    folders = []
    for _ in range(3):
        with run_directory.new_folder("yinyang", runs=tmp_path / "runs") as folder:
            folders.append(folder.name)

    assert folders == ["yinyang-1", "yinyang-2", "yinyang-3"]


def test_empty_folder_is_fine_and_one_with_content_is_not(tmp_path: Path) -> None:
    """--out may be new or empty; a folder with content is left as it is."""
    for _ in range(2):
        with run_directory.new_folder("x", tmp_path / "a" / "b") as folder:
            assert [path.name for path in folder.iterdir()] == [LOCK]
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="found a folder with content"), run_directory.new_folder("x", tmp_path / "c"):
        pass
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["mine.txt"]


def test_what_a_kill_leaves_before_there_is_a_scenario_is_no_content(tmp_path: Path) -> None:
    """A process that was killed before its folder was a run directory does not block the folder for the next one."""
    with run_directory.new_folder("x", tmp_path / "a") as folder:
        assert [path.name for path in folder.iterdir()] == [LOCK]
    (folder / LOCK).touch()
    (folder / run_directory.PROVENANCE).write_text("{}")
    (folder / ".scenario.toml.0123.part").write_text("name =")
    with run_directory.new_folder("x", tmp_path / "a") as folder:
        assert [path.name for path in folder.iterdir()] == [LOCK]


def test_two_processes_never_get_one_folder(tmp_path: Path) -> None:
    """A second writer is refused at once while the first one works, before it has written anything."""
    with (
        run_directory.new_folder("x", tmp_path / "a"),
        pytest.raises(OutputError, match="another process is running in it"),
        run_directory.new_folder("x", tmp_path / "a"),
    ):
        pass


def test_unusable_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the way, and a folder without permission, are one line each."""
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(OutputError, match="file: cannot be written: File exists"), run_directory.new_folder("x", file):
        pass

    def deny(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    (tmp_path / "new").mkdir()
    monkeypatch.setattr(os, "open", deny)
    with (
        pytest.raises(OutputError, match="new: cannot be written: Permission denied"),
        run_directory.new_folder("x", tmp_path / "new"),
    ):
        pass


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """A link under the name of the metrics or the lock is refused, and what it points to stays as it is."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in (run_directory.METRICS, LOCK):
        (tmp_path / name).symlink_to(victim)
    with pytest.raises(OutputError, match=r"metrics\.jsonl: cannot be written"):
        run_directory.append_metrics(tmp_path, {"epoch": 0})
    with pytest.raises(OutputError, match="cannot be written"), locked(tmp_path, "running"):
        pass
    assert victim.read_text() == "mine"


def test_failed_metrics_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that could not be made durable is not left there half."""
    run_directory.append_metrics(tmp_path, {"epoch": 0})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError):
        run_directory.append_metrics(tmp_path, {"epoch": 1})

    assert (tmp_path / run_directory.METRICS).read_text() == '{"epoch": 0}\n'


def test_metrics_are_never_nan(tmp_path: Path) -> None:
    """Absent values are null: a line is JSON for every reader, with numpy's numbers as plain ones."""
    line = {"epoch": 1, "loss": float("nan"), "x": {"train": np.float64("inf")}, "layers": np.array([1.5, np.nan])}
    run_directory.append_metrics(tmp_path, line)

    text = (tmp_path / run_directory.METRICS).read_text()

    assert json.loads(text) == {"epoch": 1, "loss": None, "x": {"train": None}, "layers": [1.5, None]}
    assert text.count("\n") == 1


def test_unfinished_last_line_is_left_out_and_truncated(tmp_path: Path) -> None:
    """A run that was killed while writing goes on from whole lines up to its checkpoint's epoch."""
    for epoch in range(4):
        run_directory.append_metrics(tmp_path, {"epoch": epoch})
    path = tmp_path / run_directory.METRICS
    path.write_bytes(path.read_bytes()[:-3])

    assert [line["epoch"] for line in run_directory.read_metrics(tmp_path)] == [0, 1, 2]
    run_directory.truncate_metrics(tmp_path, 1)
    assert path.read_text() == '{"epoch": 0}\n{"epoch": 1}\n'


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    """A whole line that is no object is not skipped in silence."""
    (tmp_path / run_directory.METRICS).write_text('{"epoch": 0}\n[1]\n')

    with pytest.raises(DataError, match="line 2"):
        run_directory.read_metrics(tmp_path)


def test_weights_hash_is_over_little_endian_c_order() -> None:
    """The hash is what anyone can compute from weights.npz, whatever the order in memory."""
    weights = [np.arange(6.0).reshape(2, 3), np.ones((1, 2))]
    expected = hashlib.sha256(np.arange(6, dtype="<f8").tobytes() + np.ones(2, "<f8").tobytes()).hexdigest()

    assert run_directory.weights_sha256(weights) == expected
    assert run_directory.weights_sha256([np.asfortranarray(matrix).astype(">f8") for matrix in weights]) == expected


def test_the_replay_of_a_run_finds_its_packets(tmp_path: Path) -> None:
    """The chip's room may not import this one, so it names the packets' file by itself: both names are the same."""
    assert run_directory.table_file(tmp_path, "packets").name == PACKETS_FILE


def test_parts_are_read_until_the_whole_table_is_there(tmp_path: Path) -> None:
    """A table of a run that goes on is its parts in the order of the run; one of a run that ended is its whole file."""
    parts = [run_directory.part_file(tmp_path, "packets", epoch, part) for epoch, part in ((0, 1), (1, 0), (10, 1))]
    for path in reversed(parts):
        path.parent.mkdir(exist_ok=True)
        path.touch()

    assert run_directory.files_of(tmp_path, "packets") == parts
    assert [run_directory.epoch_of_part(path) for path in parts] == [0, 1, 10]
    run_directory.table_file(tmp_path, "packets").touch()
    assert run_directory.files_of(tmp_path, "packets") == [tmp_path / "packets.parquet"]


def test_energy_of_some_states_is_no_energy(tmp_path: Path) -> None:
    """A line of metrics has the energy of each state or of none, since reports add all of them."""
    (tmp_path / run_directory.METRICS).write_text('{"epoch": 0, "energy_by_state_j": {"test": {"base": 1.0}}}\n')
    with pytest.raises(DataError, match=r"line 1: energy_by_state_j\.test\.sleeping"):
        run_directory.read_metrics(tmp_path)
