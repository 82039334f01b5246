"""Several runs over each other: each has its curve with name and seed, whatever its length, and what cannot be compared is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.report.contents.comparison import compared_runs
from spinn2sim.report.figures.runs_figure import comparison_figure
from spinn2sim.report.page.runs_page import comparison


def test_every_run_has_its_curve(traced: Path, faulty: Path) -> None:
    """Each plot of the page and of the figure has a curve for each run; values are those of the metrics, in the CSV too."""
    runs = compared_runs([traced, faulty])
    assert len({run.title for run in runs}) == 2
    assert all(run.title.endswith(", seed 3") for run in runs)
    text = comparison(runs)
    tables = json.loads(text.split('id="tables">')[1].split("</script>")[0])
    rows = [
        row
        for row in csv.DictReader(io.StringIO(tables["curves.csv"]))
        if (row["part"], row["quantity"]) == ("test", "loss")
    ]
    assert [float(row["value"]) for row in rows] == pytest.approx(
        [m["test_loss"] for run in runs for m in run.data.metrics]
    )
    for axes in comparison_figure(runs).axes:
        assert [line.get_label() for line in axes.get_lines()] == [run.title for run in runs]


def test_losses_come_first_and_names_are_text(untraced: Path, faulty: Path, tmp_path: Path) -> None:
    """The page begins with the runs that lost something, and a folder's name is no HTML."""
    evil = shutil.copytree(untraced, tmp_path / "<img src=x>")
    page = comparison(compared_runs([evil, faulty]))
    text = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL).split("<body>")[1]
    assert text.lstrip().startswith('<p class="lost" id="lost">LOST: run ')
    assert "<img" not in text


def test_runs_that_cannot_be_compared_are_refused(traced: Path, tmp_path: Path) -> None:
    """The same run twice, a script's run, too many runs."""
    (tmp_path / "network.json").touch()
    for folders, said in (([traced, traced], "twice"), ([traced, tmp_path], "script"), ([traced] * 65, "64 at most")):
        with pytest.raises(DataError, match=said):
            compared_runs(folders)


def test_one_call_writes_page_and_figure(traced: Path, untraced: Path, tmp_path: Path) -> None:
    """`report RUN RUN` writes both where it is told."""
    places = ["--out", str(tmp_path / "p.html"), "--figures", str(tmp_path / "f"), "--format", "svg"]
    done = CliRunner().invoke(commands, ["report", str(traced), str(untraced), *places])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "f" / "accuracy.svg").read_text().startswith("<?xml")
    assert (tmp_path / "p.html").read_text().startswith("<!DOCTYPE html>")
