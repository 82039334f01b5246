"""The run directory: nothing is overwritten, nothing is half there, a full disk is one line."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic


def test_first_free_folder_is_taken(tmp_path: Path) -> None:
    """Without --out each run gets its own runs/NAME-N."""
    folders = [atomic.choose("yinyang", runs=tmp_path / "runs").name for _ in range(3)]

    assert folders == ["yinyang-1", "yinyang-2", "yinyang-3"]


def test_empty_folder_is_fine_and_one_with_content_is_not(tmp_path: Path) -> None:
    """--out may be new or empty; a folder with content is left as it is."""
    assert atomic.choose("x", tmp_path / "a" / "b").is_dir()
    assert list(atomic.choose("x", tmp_path / "a" / "b").iterdir()) == []
    with pytest.raises(OutputError, match="found a folder with content, allowed is a new or an empty one"):
        atomic.choose("x", tmp_path / "a")


def test_unusable_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the way, and a folder without permission, are one line each."""
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(OutputError, match="file: cannot be written: File exists"):
        atomic.choose("x", file)

    def deny(path: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", deny)
    with pytest.raises(OutputError, match="new: cannot be written: Permission denied"):
        atomic.choose("x", tmp_path / "new")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_device_is_one_line(tmp_path: Path) -> None:
    """A real full disk, as the system says it, comes out as an OutputError that names the file."""
    (tmp_path / atomic.METRICS).symlink_to("/dev/full")

    with pytest.raises(OutputError, match=r"metrics\.jsonl: cannot be written: No space left on device"):
        atomic.append_metrics(tmp_path, {"epoch": 0})


def test_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fills up while a checkpoint is written, the one before stays, and no remains lie around."""
    path = tmp_path / "checkpoint.npz"
    atomic.write_npz(path, {"a": np.arange(3)})
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"checkpoint\.npz: cannot be written: No space left on device"):
        atomic.write_npz(path, {"a": np.arange(1000)})

    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_failed_metrics_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that could not be made durable is not left there half."""
    atomic.append_metrics(tmp_path, {"epoch": 0})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError):
        atomic.append_metrics(tmp_path, {"epoch": 1})

    assert (tmp_path / atomic.METRICS).read_text() == '{"epoch": 0}\n'


def test_equal_arrays_give_equal_bytes(tmp_path: Path) -> None:
    """Same scenario, same seed, same bytes: an npz carries no time of day; numpy reads it."""
    arrays = {"weights_0": np.arange(6.0).reshape(2, 3), "epoch": np.array(3)}
    atomic.write_npz(tmp_path / "a.npz", arrays)
    os.utime(tmp_path / "a.npz", (0, 0))
    atomic.write_npz(tmp_path / "b.npz", arrays)

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as read:
        assert np.array_equal(read["weights_0"], arrays["weights_0"])
        assert read["epoch"] == 3
    assert stat.S_IMODE((tmp_path / "a.npz").stat().st_mode) & 0o444 == 0o444 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_metrics_are_never_nan(tmp_path: Path) -> None:
    """Absent values are null: a line is JSON for every reader, with numpy's numbers as plain ones."""
    line = {"epoch": 1, "loss": float("nan"), "x": {"train": np.float64("inf")}, "layers": np.array([1.5, np.nan])}
    atomic.append_metrics(tmp_path, line)

    text = (tmp_path / atomic.METRICS).read_text()

    assert json.loads(text) == {"epoch": 1, "loss": None, "x": {"train": None}, "layers": [1.5, None]}
    assert text.count("\n") == 1


def test_unfinished_last_line_is_left_out_and_truncated(tmp_path: Path) -> None:
    """A run that was killed while writing goes on from whole lines up to its checkpoint's epoch."""
    for epoch in range(4):
        atomic.append_metrics(tmp_path, {"epoch": epoch})
    path = tmp_path / atomic.METRICS
    path.write_bytes(path.read_bytes()[:-3])

    assert [line["epoch"] for line in atomic.read_metrics(tmp_path)] == [0, 1, 2]
    atomic.truncate_metrics(tmp_path, 1)
    assert path.read_text() == '{"epoch": 0}\n{"epoch": 1}\n'


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    """A whole line that is no object is not skipped in silence."""
    (tmp_path / atomic.METRICS).write_text('{"epoch": 0}\n[1]\n')

    with pytest.raises(DataError, match="line 2"):
        atomic.read_metrics(tmp_path)


def test_weights_hash_is_over_little_endian_c_order() -> None:
    """The hash is what anyone can compute from weights.npz, whatever the order in memory."""
    weights = [np.arange(6.0).reshape(2, 3), np.ones((1, 2))]
    expected = hashlib.sha256(np.arange(6, dtype="<f8").tobytes() + np.ones(2, "<f8").tobytes()).hexdigest()

    assert atomic.weights_sha256(weights) == expected
    assert atomic.weights_sha256([np.asfortranarray(matrix).astype(">f8") for matrix in weights]) == expected
