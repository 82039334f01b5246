"""README.md: its run and its lines of Python print what the page says that they print."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from places import ROOT
from spinn2sim.cli.main import commands

OMITTED = "..."


def code_blocks() -> Iterator[str]:
    """The indented blocks of the page, without their indentation; a blank line inside a block belongs to it."""
    block: list[str] = []
    for line in [*(ROOT / "README.md").read_text().splitlines(), "end"]:
        if line.startswith("    ") or (block and not line):
            block.append(line.removeprefix("    "))
        elif block:
            yield "\n".join(block).strip()
            block = []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory outside the checkout."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_run_begins_as_the_page_shows() -> None:
    """The first epochs of the page's run have its accuracies; the whole run takes too long for a test."""
    (shown,) = (block for block in code_blocks() if block.startswith("epoch "))
    (line,) = (block for block in code_blocks() if block.startswith("spinn2sim run "))
    done = CliRunner().invoke(commands, [*line.split()[1:], "--set", "training.epochs=1", "--fail-on-loss"])
    assert done.exit_code == 0, done.output
    printed = done.output.splitlines()
    for line in shown.splitlines()[:2]:
        assert any(text.startswith(line.removesuffix(OMITTED).rstrip()) for text in printed), line


def test_the_picture_is_there() -> None:
    """The page shows a picture, and names the command that draws it."""
    text = (ROOT / "README.md").read_text()
    assert "(docs/first-picture.png)" in text
    assert "`python tools/first_picture.py`" in text
    assert (ROOT / "docs" / "first-picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_lines_of_python_print_what_the_page_shows() -> None:
    """The example runs as it is, and the block after it is its output."""
    ((code, shown),) = (pair for pair in pairwise(code_blocks()) if pair[0].startswith("import spinn2sim"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})  # noqa: S102 - the page's own code
    assert printed.getvalue().strip() == shown
