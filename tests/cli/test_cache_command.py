"""`spinn2sim cache` counts and removes this program's compiled kernels, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands

OURS = ("firmware_models-3b0d270e4a769f23", "spinn2sim.mirror-0f478031a7ca7a96", "spinn2sim_play_7b0254ef263968e2")


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A NUMBA_CACHE_DIR with kernels of ours, of another program, and a link out of it."""
    for name in (*OURS, "other-3b0d270e4a769f23", "spinn2sim-notes"):
        (tmp_path / "cache" / name / "x").mkdir(parents=True)
        (tmp_path / "cache" / name / "x" / "kernel").write_bytes(bytes(500_000))
    (tmp_path / "outside").mkdir()
    (tmp_path / "cache" / "spinn2sim.away-0f478031a7ca7a96").symlink_to(tmp_path / "outside")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_only_our_kernels_are_counted_and_removed(shared: Path) -> None:
    """A folder that others share keeps what is not ours, and what a link leads to."""
    before = CliRunner().invoke(commands, ["cache", "--json"])
    cleared = CliRunner().invoke(commands, ["cache", "--clear"])

    assert json.loads(before.output) == {"folder": str(shared), "bytes": 1_500_000, "versions": 3, "cleared": False}
    assert cleared.output == f"{shared}: removed 1.5 MB of compiled kernels in 3 folders\n"
    left = {path.name for path in shared.iterdir()}
    assert left == {"other-3b0d270e4a769f23", "spinn2sim-notes", "spinn2sim.away-0f478031a7ca7a96"}
    assert (shared.parent / "outside").is_dir()


def test_own_folder_is_cleared_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels of old versions have other names; in the folder that is ours alone they go too."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "spinn2sim").mkdir(mode=0o700)
    (tmp_path / "spinn2sim" / "1cd63ad35e0f0d5e").mkdir()

    assert CliRunner().invoke(commands, ["cache", "--clear"]).exit_code == 0
    assert list((tmp_path / "spinn2sim").iterdir()) == []
