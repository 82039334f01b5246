"""What somebody meets first: the program without arguments, completion, colours, exit statuses, where a network is placed."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from small_scenario import SMALL
from spinn2sim.cli.main import commands
from spinn2sim.cli.output import coloured


def ask(*arguments: object, environment: dict[str, str] | None = None) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(commands, [*map(str, arguments)], env=environment, prog_name="spinn2sim")


def test_the_bare_program_explains_itself() -> None:
    """Without arguments the program says what it is and what to type next, and that is no error."""
    done = ask()

    assert done.exit_code == 0
    typed = [line.split() for line in done.output.splitlines() if line.startswith("  spinn2sim ")]
    assert {words[1] for words in typed} <= set(commands.commands)
    assert len(typed) > 4


def test_help_names_the_exit_statuses() -> None:
    """A script's author finds what the statuses mean without the documentation."""
    text = " ".join(ask("--help").output.split())

    for said in ("0 done", "1 the answer is no", "2 wrong use", "3 packets", "130, 143, 129 interrupted"):
        assert said in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_scenarios(shell: str) -> None:
    """The script asks the program, which answers with names that fit."""
    assert "_SPINN2SIM_COMPLETE" in ask("completion", shell).output
    words = {"_SPINN2SIM_COMPLETE": f"{shell}_complete", "COMP_WORDS": "spinn2sim map split", "COMP_CWORD": "2"}
    answer = ask(environment=words if shell != "fish" else words | {"COMP_CWORD": "split"}).output
    assert "split" in answer.replace(",", " ").split()


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss is red on a terminal; in a file, with NO_COLOR, or on a dumb terminal no byte is added."""
    line = "LOST: 3 packets"
    assert coloured(line) == line
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(line) == f"\x1b[31m{line}\x1b[0m"
    assert coloured("spikes") == "spikes"
    monkeypatch.setenv("TERM", "dumb")
    assert coloured(line) == line
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured(line) == line


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The file of a small scenario."""
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path / "small.toml"


def test_a_loss_has_an_exit_status_for_those_who_ask(small: Path, tmp_path: Path) -> None:
    """A script that must not go on after a loss needs no reading of texts; without the option a loss is what the chip did."""
    lossy = ("--set", "chip.fifo_capacity=1", "--set", "training.epochs=0")

    assert ask("run", small, "--out", tmp_path / "a", *lossy, "--fail-on-loss").exit_code == 3
    assert ask("run", small, "--out", tmp_path / "b", *lossy).exit_code == 0
    assert ask("run", small, "--out", tmp_path / "c", "--set", "training.epochs=0", "--fail-on-loss").exit_code == 0


def test_map_says_when_a_tick_is_too_short(small: Path) -> None:
    """Whoever sets a tick learns before the run that programs or packets may need longer."""
    assert "SHORT" not in ask("map", small).output
    data = json.loads(ask("map", small, "--set", "chip.tick_us=5", "--json").output)
    found, needed = data["short_ticks"]["forward"]

    assert found == 5 < needed
    assert (
        'SHORT: a tick of forward is 5 us, chip.tick_us = "auto" gives'
        in ask("map", small, "--set", "chip.tick_us=5").output
    )
    assert "SHORT" not in ask("map", small, "--set", "chip.tick_us=5000").output


def test_map_writes_all_chips_of_a_board(tmp_path: Path) -> None:
    """Of a board the first chip's tables are in the folder, the others' in folders of theirs; parts of a network differ by chip."""
    ask("map", "yinyang-wide", "--set", "training.copies=1", "--out", tmp_path / "plan")
    shown = json.loads((tmp_path / "plan" / "map.json").read_text())["board"]
    for chip, part in zip(shown["chips"], shown["parts"], strict=False):
        folder = tmp_path / "plan" / ("" if chip == shown["chips"][0] else f"chip-{chip[0]}-{chip[1]}")
        placed = [row["group"] for row in csv.DictReader((folder / "placement.csv").open())]
        assert {name: placed.count(name) for name in part["pes"]} == part["pes"]
        assert len(list(csv.DictReader((folder / "routing_table.csv").open()))) == part["routing_entries"]
    assert len(list((tmp_path / "plan").glob("chip-*-*"))) == len(shown["chips"]) - 1 > 0


def test_map_writes_files_that_say_what_it_shows(small: Path, tmp_path: Path) -> None:
    """Placement, keys and table as files are those of --json, and a folder with content is left alone."""
    shown = json.loads(ask("map", small, "--json").output)
    assert ask("map", small, "--out", tmp_path / "plan").exit_code == 0
    rows = {path.stem: list(csv.DictReader(path.open())) for path in (tmp_path / "plan").glob("*.csv")}

    assert json.loads((tmp_path / "plan" / "map.json").read_text()) == shown
    assert len(rows["placement"]) == shown["pes_used"]
    assert [int(row["core"]) for row in rows["keys"]] == [share["core"] for share in shown["shares"]]
    assert len(rows["routing_table"]) == len(shown["routing_entries"])
    assert len(rows["transfers"]) == shown["transfers"]
    again = ask("map", small, "--out", tmp_path / "plan")
    assert again.exception is not None
    assert "found a folder with content" in str(again.exception)
