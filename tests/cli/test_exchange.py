"""The commands `export` and `import` in a subprocess: a round trip, and refusals in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from command_line import spinn2sim
from small_scenario import SMALL


def test_export_import_train(tmp_path: Path) -> None:
    """A trained run, exported as NIR and npz and imported again, has the same test loss and the same weights, byte for byte."""
    (tmp_path / "small.toml").write_text(SMALL)
    assert spinn2sim("train", "small.toml", "--out", "a", cwd=tmp_path).returncode == 0
    done = spinn2sim("export", "a", "--nir", "a.nir", "--npz", "a.npz", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["written"] == ["a.nir", "a.npz"], done.stderr
    done = spinn2sim("import", "a.nir", "--out", "b", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["network"]["hidden"] == [8], done.stderr
    assert (tmp_path / "b/weights.npz").read_bytes() == (tmp_path / "a/weights.npz").read_bytes()
    again = spinn2sim("train", "b/scenario.toml", "--set", "training.epochs=0", "--out", "c", "--json", cwd=tmp_path)
    before = [json.loads(line) for line in (tmp_path / "a/metrics.jsonl").read_text().splitlines()]
    assert json.loads(again.stdout)["last"]["test_loss"] == before[-1]["test_loss"]


def test_refusals_are_one_line(tmp_path: Path) -> None:
    """Wrong use, a missing file, a file that is not NIR, and an npz without times end in one line and exit status 2; nothing is written."""
    (tmp_path / "text.nir").write_text("no")
    np.savez(tmp_path / "w.npz", weights_0=np.ones((3, 5)))
    for arguments, said in (
        (("export", "."), "give --nir FILE, --npz FILE, or both"),
        (("export", ".", "--npz", "x.npz"), "allowed is a run directory"),
        (("import", "text.nir", "--out", "o"), "text.nir: not an HDF5 file"),
        (("import", "none.nir", "--out", "o"), "none.nir: cannot be read: no such file"),
        (("import", "w.npz", "--out", "o"), "--like SCENARIO.toml"),
    ):
        done = spinn2sim(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert said in done.stderr
    assert not (tmp_path / "o").exists()
