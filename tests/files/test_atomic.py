"""Whole files: nothing is half there, and a full disk is one line."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import OutputError
from spinn2sim.files import atomic


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
