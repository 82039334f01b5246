"""Names in a run's files do nothing but appear: on the page, in its scripts, in figures, on the terminal."""

from __future__ import annotations

import json
import warnings
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from hostile_names import HOSTILE, with_names
from spinn2sim.cli.main import commands
from spinn2sim.errors import harmless
from spinn2sim.report import figures
from spinn2sim.report.labels import label
from spinn2sim.report.page import document, frame, sections
from spinn2sim.report.page.embed import script_json
from spinn2sim.report.run_data import RunData

GROUPS = 18  # PEs of the run, each of which gets a name


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.data = self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note an element."""
        self.found.append((tag, [name for name, _ in attrs]))
        self._inside = dict(attrs).get("id", "")

    def handle_decl(self, decl: str) -> None:
        """Note a declaration, of which the page has one."""
        self.found.append(decl)

    def handle_comment(self, data: str) -> None:
        """Note a comment, of which the page has none."""
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        """Collect the data of the views."""
        if self._inside == "views":
            self.data += data


def made(run: Path, folder: Path, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Elements:
    """The page of a run with these names, without the library and with the sections that take names."""
    shown = [section for section in sections.SECTIONS if section[0] in ("What was lost", "SRAM")]
    monkeypatch.setattr(sections, "SECTIONS", shown)
    monkeypatch.setattr(frame, "scripts", lambda: "")
    return Elements(document.page(RunData(with_names(run, folder, names))))


@pytest.mark.parametrize("at", range(0, len(HOSTILE), GROUPS))
def test_names_are_text_on_the_page(at: int, untraced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has the same elements whatever names hold, and its data are whole and hold the names."""
    names = HOSTILE[at : at + GROUPS]
    plain = made(untraced, tmp_path / "plain", tuple(f"lif{k}" for k in range(len(names))), monkeypatch)
    page = made(untraced, tmp_path / "<!--<script>", names, monkeypatch)
    assert page.found == plain.found
    assert not set(page.data) & set("<>&\u2028\u2029")
    shown = json.dumps(json.loads(page.data))
    assert all(json.dumps(label(name)) in shown for name in names)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_what_goes_into_a_script_is_one_value(name: str) -> None:
    """JSON for a script element gives the value back, and has no character with which an element could end or begin."""
    text = script_json({name: [name]})
    assert json.loads(text) == {name: [name]}
    assert not set(text) & set("<>&\u2028\u2029")


def test_figures_are_whole_whatever_names_hold(untraced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SVG with every name in a legend is XML without scripts, and drawing it gives no warning."""
    monkeypatch.setattr(figures, "FIGURES", {"sram": figures.FIGURES["sram"]})
    for at in range(0, len(HOSTILE), GROUPS):
        run = with_names(untraced, tmp_path / f"run{at}", HOSTILE[at : at + GROUPS])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "Glyph")
            written, _ = figures.write_figures(run, tmp_path / f"figures{at}", "svg")
        assert len(written) == 1
        drawn = ET.parse(written[0])  # noqa: S314 - a file of our own
        assert not any(element.tag.endswith("script") for element in drawn.iter())


def test_the_terminal_gets_no_escapes(untraced: Path, tmp_path: Path) -> None:
    """Tables and CSV of SQL, a summary and refusals show control characters of names as escapes."""
    run = with_names(untraced, tmp_path / "run", ("\x1b[2J\x9b31m\u202e",))
    for extra in (
        ["--sql", 'SELECT DISTINCT "group" FROM pes'],
        ["--sql", 'SELECT 1 AS "\x1b[2J"'],
        ["--sql", "SELECT '\x1b[2J"],
        [],
    ):
        for more in ([], ["--json"]) if extra else ([],):
            found = CliRunner().invoke(commands, ["packets", str(run), *extra, *more]).output
            assert all(harmless(line) == line for line in found.split("\n"))
