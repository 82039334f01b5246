"""`spinn2sim report` in a subprocess: what it writes and says, and its refusals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from command_line import Done, spinn2sim
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.sections import PLACES_SHOWN
from spinn2sim.report.run_data import RunData


def report(*arguments: object) -> Done:
    """Run the command to its end."""
    return spinn2sim("report", *arguments)


def test_page_and_figures(faulty: Path, tmp_path: Path) -> None:
    """One call writes both, says what was lost first, and names the files."""
    done = report(faulty, "--out", tmp_path / "p.html", "--figures", tmp_path / "f", "--format", "svg")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("LOST: ")
    assert f"wrote {tmp_path / 'p.html'}" in done.stdout
    said, page = losses(RunData(faulty)).places, (tmp_path / "p.html").read_text()
    assert sum(f"<li>{line}</li>" in page for line in said) == min(len(said), PLACES_SHOWN)
    assert (f"<p>{len(said) - PLACES_SHOWN} lines more" in page) == (len(said) > PLACES_SHOWN)
    assert (tmp_path / "f" / "floorplan.svg").read_text().startswith("<?xml")


def test_json_and_absent_figures(untraced: Path, tmp_path: Path) -> None:
    """--json names the files and why a figure is not there; figures alone write no page into the run."""
    done = report(untraced, "--figures", tmp_path / "f", "--json")
    found = json.loads(done.stdout)
    assert {Path(name).stem for name in found["files"]} == {"accuracy", "plane", "floorplan", "sram", "energy"}
    assert "trace.packets=all" in found["absent"]["raster"]
    assert not (untraced / "report.html").exists()


def test_refusals(traced: Path, tmp_path: Path) -> None:
    """No run, a truncated table, a target that cannot be written: one line, exit status 2, no half page."""
    broken = shutil.copytree(traced, tmp_path / "broken")
    whole = (broken / "packets.parquet").read_bytes()
    (broken / "packets.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "file").touch()
    for arguments, said in (
        ([tmp_path / "none"], "none: found no such folder"),
        ([broken], "packets.parquet: cannot be read"),
        ([traced, "--out", tmp_path / "no" / "p.html"], "p.html: cannot be written"),
        ([traced, "--figures", tmp_path / "file"], "file: cannot be written"),
        ([traced, "--figures", tmp_path / "f", "--format", "gif"], "gif"),
    ):
        done = report(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert said in done.stderr
    assert not (broken / "report.html").exists()


@pytest.mark.parametrize("word", ["Example: spinn2sim report", "--figures", "--json"])
def test_help(word: str) -> None:
    """The help has an example and the options."""
    assert word in report("--help").stdout
