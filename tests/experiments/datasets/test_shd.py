"""Spiking Heidelberg Digits from HDF5: channels put together, and files that are not what they say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shd_files import LABELS, TIMES, UNITS, write_shd
from spinn2sim.errors import DataError
from spinn2sim.experiments.datasets.shd import CLASSES, load_shd, read_shd

h5py = pytest.importorskip("h5py")


def test_ten_channels_become_one(tmp_path: Path) -> None:
    """Units 0..699 become channels 0..69 with all their spikes, in order of time; a silent sample stays one."""
    write_shd(tmp_path / "shd_train.h5")
    write_shd(tmp_path / "shd_test.h5", TIMES[:1], UNITS[:1], LABELS[:1])

    found = load_shd(tmp_path)

    assert found.train.spikes.size == 70
    assert found.classes == CLASSES
    assert found.train.labels.tolist() == LABELS
    assert found.train.spikes.neurons.tolist() == [0, 69, 1]
    assert found.train.spikes.offsets.tolist() == [0, 2, 2, 3]
    np.testing.assert_allclose(found.train.spikes.times, [0.1, 0.2, 1.25], rtol=1e-3)
    assert found.test.labels.tolist() == [3]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"units": [[700, 0], [], [10]]}, "sample 0: found other times or units"),
        ({"times": [[0.1, np.nan], [], [1]]}, "sample 0: found other times or units"),
        ({"times": [[0.1], [], [1]]}, "sample 0: found 1 times and 2 units"),
        ({"labels": [3, 0, 20]}, "labels: found 0 to 20"),
        ({"labels": [3, 0]}, "labels of 2 samples"),
    ],
)
def test_wrong_numbers_are_refused(tmp_path: Path, changed: dict[str, Any], found: str) -> None:
    """One line says where and what."""
    with pytest.raises(DataError, match=found):
        read_shd(write_shd(tmp_path / "shd_train.h5", **changed))


def test_what_is_no_such_file(tmp_path: Path) -> None:
    """Missing, no HDF5, a layout of its own, and a link to another file: each in one line that says what to get."""
    text = tmp_path / "text.h5"
    text.write_text("no data")
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["labels"] = [1]
    linked = write_shd(tmp_path / "linked.h5")
    with h5py.File(linked, "a") as file:
        del file["labels"]
        file["labels"] = h5py.ExternalLink(str(other), "labels")
    for path, said in (
        (tmp_path / "none.h5", "no such file"),
        (text, "not an HDF5 file"),
        (other, "spikes/times: found nothing"),
        (linked, "labels: found a link to another place"),
    ):
        with pytest.raises(DataError, match=said) as refused:
            read_shd(path)
        assert "zenkelab.org" in str(refused.value)


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is named with the command that installs it."""
    path = write_shd(tmp_path / "shd_train.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)

    with pytest.raises(DataError, match=r'pip install "spinn2sim\[shd\]"'):
        read_shd(path)
