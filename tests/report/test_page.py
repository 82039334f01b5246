"""The page and the figures as files: whole, alone, the same for the same run, and honest about what is missing."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spinn2sim import open_run
from spinn2sim.errors import DataError
from spinn2sim.report.figures import FIGURES, write_figures
from spinn2sim.report.page.data_tables import MOST_ROWS, DataTable, csv_of
from spinn2sim.report.page.document import page, write_page
from spinn2sim.report.run_data import RunData


def own(text: str) -> str:
    """A page without the scripts of the library."""
    return re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)


def test_same_run_same_bytes(traced: Path, tmp_path: Path) -> None:
    """A second page of the same run, made in the same process or in another, is the same to the byte."""
    first, second = page(RunData(traced)), page(RunData(traced))
    code = """
import sys
from pathlib import Path
from spinn2sim.report.page.document import write_page
write_page(sys.argv[1], Path(sys.argv[2]))"""
    subprocess.run([sys.executable, "-c", code, str(traced), str(tmp_path / "p.html")], check=True)
    assert first == second
    assert first == (tmp_path / "p.html").read_text()


def test_the_page_stands_alone(traced: Path, tmp_path: Path) -> None:
    """Nothing in the page is fetched from elsewhere, and it is under 10 MB."""
    path = write_page(traced, tmp_path / "page.html")
    text = path.read_text()
    assert path.stat().st_size < 10_000_000
    assert not re.search(r"<(script|img|iframe|link)[^>]*(src|href)=", own(text))
    assert "http" not in own(text).split('id="views"')[0]


def test_the_page_fits_any_screen_and_ground(traced: Path) -> None:
    """It tells browsers its width, follows the dark, prints without controls, and lists each of its sections once."""
    text = own(page(RunData(traced)))
    for said in ('name="viewport"', "prefers-color-scheme: dark", "@media print", 'class="tiles"'):
        assert said in text
    sections = re.findall(r'<section id="([^"]*)"', text)
    assert re.findall(r'<li><a href="#([^"]*)"', text) == sections
    assert len(sections) == len(set(sections)) >= 8


def test_the_data_behind_a_figure_is_in_the_page(traced: Path) -> None:
    """Each button names a table of the page, whose rows are those of the figure; a formula is no formula in a spreadsheet."""
    text = own(page(RunData(traced)))
    tables = json.loads(text.split('id="tables">')[1].split("</script>")[0])
    assert re.findall(r'data-name="([^"]*)"', text) == list(tables)
    training = list(csv.DictReader(io.StringIO(tables["training.csv"])))
    assert [float(line["test_accuracy"]) for line in training] == [
        one["test_accuracy"] for one in RunData(traced).metrics
    ]
    assert training[0]["train_loss"] == ""
    assert csv_of(DataTable(["x"], [["=1+1"], [-1]])) == ("x\n'=1+1\n-1\n", True)


def test_long_tables_are_cut() -> None:
    """A table of the page has a bounded number of rows, and it is known that it was cut."""
    text, whole = csv_of(DataTable(["x"], ([k] for k in range(MOST_ROWS + 1))))
    assert text.count("\n") == MOST_ROWS + 1
    assert not whole


def test_what_was_lost_comes_first(faulty: Path, traced: Path) -> None:
    """The first thing in the body says what was lost, and a run that lost nothing has no section about it."""
    body = own(page(RunData(faulty))).split("<body>")[1].lstrip()
    assert body.startswith('<p class="lost" id="lost">LOST: ')
    assert "<h2>What was lost</h2>" in body
    assert "<h2>What was lost</h2>" not in own(page(RunData(traced)))


def test_text_of_a_run_is_no_html(faulty: Path, tmp_path: Path) -> None:
    """Words in a run's files and its folder's name that look like HTML, or end a script, are shown as text."""
    evil = "</script><img src=x>"
    copy = shutil.copytree(faulty, tmp_path / "<img src=x>")
    lines = [json.loads(line) for line in (copy / "metrics.jsonl").read_text().splitlines()]
    lines[0]["losses"] = [evil]
    (copy / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    text = own(page(RunData(copy)))
    assert "&lt;/script&gt;&lt;img src=x&gt;" in text
    assert "<img" not in text


def test_a_run_without_packets_has_a_page(untraced: Path) -> None:
    """Sections whose data is missing say so in one line, the others are there."""
    text = page(RunData(untraced))
    assert text.count('class="absent"') == 2  # raster, latency
    assert text.count('class="view"') == 7


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_figures_are_files(faulty: Path, tmp_path: Path, kind: str) -> None:
    """Every figure is written in each format, and twice the same."""
    written, absent = write_figures(faulty, tmp_path / "a", kind)
    write_figures(faulty, tmp_path / "b", kind)
    assert [path.stem for path in written] == [name for name in FIGURES if name != "delays"]
    assert absent == {}
    assert all(path.read_bytes() == (tmp_path / "b" / path.name).read_bytes() for path in written)


def test_a_figure_by_name(traced: Path) -> None:
    """open_run(...).figure gives a matplotlib figure with content; an unknown name is refused with those there are."""
    assert len(open_run(traced).figure("accuracy").axes) == 3
    with pytest.raises(DataError, match="allowed is lost, accuracy"):
        open_run(traced).figure("nonsense")


def test_axes_have_units(faulty: Path) -> None:
    """Every axis of every figure says what it shows."""
    for name in FIGURES.keys() - {"delays"}:  # a chain has none
        for axes in open_run(faulty).figure(name).axes:
            shown = axes.get_visible() and axes.get_label() != "<colorbar>"
            assert not shown or (axes.get_xlabel() and (axes.get_ylabel() or name == "energy")), name
