"""docs/start/tutorial-faults.md, followed to the letter: every command prints what the page says it prints."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from places import ROOT
from spinn2sim.cli.main import commands

PROMPT, OMITTED = "$ spinn2sim ", "..."


def blocks() -> Iterator[tuple[list[str], list[str]]]:
    """Each command's arguments, and the lines of its output that the page shows."""
    command: list[str] = []
    shown: list[str] = []
    for line in [*(ROOT / "docs" / "start" / "tutorial-faults.md").read_text().splitlines(), f"    {PROMPT}"]:
        text = line.removeprefix("    ")
        if text.startswith(PROMPT):
            if command:
                yield command, shown
            command, shown = shlex.split(text.removeprefix(PROMPT)), []
        elif line.startswith("    ") and text != OMITTED:
            shown.append(text)


@pytest.mark.slow
def test_the_tutorial_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted faults cost the accuracy that the page says, and its tools find the packets that it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    followed = list(blocks())
    assert len(followed) > 15
    for command, shown in followed:
        done = CliRunner().invoke(commands, command)
        assert done.exit_code == 0, (command, done.stderr, done.exception)
        printed = iter(done.stdout.splitlines())
        for line in shown:
            assert line in printed, (command, line)  # in this order: `in` goes on where it found the last one
