"""Every command line of README.md and docs/ is parsed; all but those that need what is not here are run, in reduced size."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from made_package import install
from places import ROOT
from spinn2sim.cli.main import commands

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PLACEHOLDERS = {"scenarios/NAME.toml": "scenarios/yinyang.toml", "seed=N": "seed=1", "runs/yinyang-demo-1": "runs/demo"}
# What a page takes as given: commands that come first, and files that a reader would have.
BEFORE = {
    "looking-inside.md": ["run scenarios/yinyang-demo.toml --out runs/other --set seed=1"],
    "exchange.md": ["run scenarios/yinyang.toml"],
    "traffic.md": ["run scenarios/yinyang-demo.toml --out runs/demo --set trace.packets=all"],
}
FILES = {
    "mine.csv": "time_us,src_pe,dst_pe\n0,1,5\n1,1,9\n",
    "clip.toml": '[sweep]\nsampler = "grid"\nepochs = 1\narithmetic = "fixed"\n[space]\n"optimizer.clip" = { choices = [2e-5, 5e-6] }\n',
}
# Parsed, and run by another test or by nobody: a word of the command line, and why.
NOT_RUN = {
    "--seeds": "each takes as many runs; tests/training/several_seeds",
    "yinyang-seeds-1": "goes on with several runs; tests/training/several_seeds",
    "mnist.toml": "needs the images of an extra",
    "mnist-shifts.toml": "needs a folder that a tool makes of the images of an extra",
    "spoken": "needs a user's recordings",
    "shd.toml": "needs files that do not come with the project; tests/scenario/data/test_shd.py",
    "--dask": "needs a cluster",
    "training.epochs=60": "goes on with a run that took a while; tests/training/test_more_epochs.py",
    "reproduce": "minutes to hours; tests/experiments run the experiments in reduced size",
    "scenarios/best/": "the scenarios are played by tests/laws/engine_equality",
    "discrete_event": "a hundred times as slow; tests/laws compare the engines",
    "traffic uniform": "a load sweep; tests/hardware/traffic",
    "traffic neighbour": "a load sweep over a board; tests/hardware/traffic",
    "traffic tornado": "a load sweep over a board; tests/hardware/traffic",
    "traffic hotspot": "a load sweep; tests/hardware/traffic",
    "sensors": "tests/docs/test_graphs_page.py",
    "cache --clear": "would remove the kernels that all other tests need; tests/cli/test_cache_command.py",
    "warm-up": "compiles everything; tests/cli/test_warm_up.py",
}
SMALLER = {
    "training.epochs": "1",
    "data.train_samples": "242",
    "data.test_samples": "22",
}
SIZED = {"run", "train", "validate"}


def lines_of(page: Path) -> Iterator[str]:
    """The command lines of a page's code, without prompt and comment; a backslash joins lines."""
    joined = ""
    for line in page.read_text().splitlines():
        text = joined + line.removeprefix("    ").removeprefix("$ ").removeprefix(".venv/bin/").strip()
        if text.endswith("\\") and (joined or line.startswith("    ")):
            joined = text.removesuffix("\\")
            continue
        joined = ""
        if line.startswith("    ") and text.startswith(("spinn2sim ", "python tools/")):
            yield re.sub(r"\s{2,}# .*| {1,}# .*", "", text)


def of_pages(start: str) -> list[tuple[str, str]]:
    """(page, command line) of all command lines that begin so; the tutorial has a stricter test of its own."""
    return [
        (page.name, line.removeprefix(start).strip())
        for page in PAGES
        for line in lines_of(page)
        if page.name != "tutorial-faults.md" and line.startswith(start)
    ]


def arguments(line: str) -> list[str]:
    """The words of a command line, with placeholders filled in."""
    for word, stands_for in PLACEHOLDERS.items():
        line = line.replace(word, stands_for)
    return shlex.split(line)


def reduced(words: list[str]) -> list[str]:
    """A training in a small size; what the line itself sets of it is replaced. A script and its runs have a size of their own."""
    of_script = any(word.endswith(".py") or "two-inputs" in word for word in words)
    if words[0] not in SIZED or "--resume" in words or of_script:
        return [*words, "--trials", "1"] if words[0] == "sweep" and "clip.toml" not in words else words
    smaller = {
        **SMALLER,
        **({"training.validation_samples": "22"} if "training.validation_samples" in " ".join(words) else {}),
    }
    if any("split.toml" in word or "iris.toml" in word or "scenarios/hybrid" in word for word in words):
        del smaller["data.train_samples"]
    kept = []
    for word in words:
        if word.partition("=")[0] in smaller and kept[-1] == "--set":
            kept.pop()
        else:
            kept.append(word)
    return [*kept, *(part for key, value in smaller.items() for part in ("--set", f"{key}={value}"))]


@pytest.mark.parametrize(("page", "line"), of_pages("spinn2sim "))
def test_a_documented_command_is_parsed(page: str, line: str) -> None:
    """The command exists, takes these options, and misses no argument."""
    name, *rest = arguments(line)
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    with click.Context(command, info_name=name) as context:
        command.parse_args(context, list(rest))


@pytest.mark.parametrize(("page", "line"), of_pages("python tools/"))
def test_a_documented_tool_is_parsed(page: str, line: str) -> None:
    """The tool exists, and its help names every option that the page uses."""
    tool, *rest = shlex.split(line)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / tool), "--help"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    for option in (word for word in rest if word.startswith("--")):
        assert option in done.stdout, option


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({page for page, line in of_pages("spinn2sim ")}))
def test_the_commands_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, each command of a page does what it is there for, and exits with status 0."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    install(monkeypatch, tmp_path / "site", ROOT / "tests" / "fixtures" / "own_program")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    lines = [line for name, line in of_pages("spinn2sim ") if name == page]
    for line in [*BEFORE.get(page, []), *lines]:
        if any(word in line for word in NOT_RUN):
            continue
        done = CliRunner().invoke(commands, reduced(arguments(line)))
        assert done.exit_code == 0, (line, done.output[-400:], done.exception)
