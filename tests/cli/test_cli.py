"""The command line in a subprocess, as a user meets it: results, refusals in one line, interruption, a full disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from command_line import COMMAND, Done, spinn2sim
from places import GOLDEN
from small_scenario import SMALL
from spinn2sim import cli
from spinn2sim.cli.main import COMMANDS, commands


def refusal(done: Done) -> str:
    """Check that a command was refused (exit status 2, nothing on stdout, no traceback), and return its line on stderr."""
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("compiling", "WARNING: compiled code"))]
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(lines) == 1
    assert lines[0].startswith("spinn2sim: ")
    return lines[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with small.toml and data files, good and bad."""
    (tmp_path / "small.toml").write_text(SMALL)
    np.savez(tmp_path / "good.npz", samples=np.zeros((3, 2)), labels=np.zeros(3, np.int64))
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    np.savez(tmp_path / "pickled.npz", samples=np.array([{"a": 1}], dtype=object), labels=np.zeros(1, np.int64))
    return tmp_path


def own_data(name: str) -> list[str]:
    """Return overrides that read an npz in place of Yin-Yang."""
    return [f"--set=data.source=npz", f"--set=data.path={name}"]  # noqa: F541 - alike in shape


REFUSED: tuple[tuple[Sequence[str], str], ...] = (
    (["run"], "give a SCENARIO, or --resume DIR"),
    (["run", "missing.toml"], "missing.toml: cannot be read"),
    (["run", "small.toml", "--set", "training.epoch=3"], "training.epochs"),
    (
        ["run", "small.toml", "--set", "optimizer.clip_norm=1e-3"],
        "optimizer.clip_norm: found 0.001, allowed on the chip is none",
    ),
    (["train", "small.toml", "--set", "training.keep=best"], 'training.keep: found "best", and no validation split'),
    (["run", "small.toml", "--set", "training.epochs=many"], "training.epochs: found"),
    (["run", "small.toml", "--set", "training.epochs=-1"], "training.epochs: found -1"),
    (["run", "small.toml", "--set", "network.steps=3"], "network.steps"),
    (["run", "small.toml", "--set", "network.hidden=[30000]"], "SRAM"),
    (["run", "small.toml", "--set", "training.copies=60", "--set", "data.train_samples=100"], "the chip has 148"),
    (["run", "small.toml", "--set", "chip.fifo_capacity=0"], "chip.fifo_capacity: found 0"),
    (["run", "small.toml", "--set", "numerics.weight=s1.6"], "s1.6"),
    (["run", "small.toml", *own_data("none.npz")], "none.npz"),
    (["run", "small.toml", *own_data("cut.npz")], "cut.npz"),
    (["run", "small.toml", *own_data("pickled.npz")], "pickled.npz"),
    (["run", "small.toml", "--out", "."], "folder with content"),
    (["run", "small.toml", "--engine", "abacus"], "abacus"),
    (["run", "small.toml", "--set", "trace.packets=all", "--set", "trace.ticks=[0, 99]"], "trace.ticks: found [0, 99]"),
    (
        ["run", "small.toml", "--set", "trace.packets=window", "--set", "trace.last_batch=5"],
        "trace.last_batch: found 5",
    ),
    (["run", "small.toml", "--set", "trace.kinds=[]"], "trace.kinds"),
    (["run", "--resume", "."], "run directory"),
    (["run", "small.toml", "--resume", "x"], "--resume goes on"),
    (["check", "good.npz"], "good.npz"),
    (["map", "small.toml", "--set", "mapping.pes_per_layer=[1, 9, 1]"], "at most 8"),
    (["nonsense"], "No such command"),
)


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_refusals(folder: Path, arguments: Sequence[str], said: str) -> None:
    """Bad input is one line that names it, exit status 2, and no run is started."""
    assert said in refusal(spinn2sim(*arguments, cwd=folder))
    assert not (folder / "runs").exists()


def test_all_wrong_keys_are_said_at_once(folder: Path) -> None:
    """Every key that is wrong has a line of its own, each like the one line of a single wrong key."""
    done = spinn2sim("train", "small.toml", "--set", "loss.kind=max_voltage", cwd=folder)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(": ")[:3] for line in lines] == [
        ["spinn2sim", "small.toml", key] for key in ("loss.xi_ms", "loss.a", "loss.b_ms", "training.silent_guard")
    ]
    assert not (folder / "runs").exists()


def test_debug_adds_a_traceback_and_changes_nothing_else(folder: Path) -> None:
    """--debug adds a traceback before the last line, and changes neither that line nor the exit status."""
    done = spinn2sim("run", "missing.toml", "--debug", cwd=folder)

    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("spinn2sim: missing.toml: cannot be read")


def test_output_folder_not_writable(folder: Path) -> None:
    """A path below a file cannot be a run directory."""
    assert "cannot be written" in refusal(spinn2sim("run", "small.toml", "--out", "small.toml/run", cwd=folder))


def test_run_says_accuracy_traffic_and_place(folder: Path) -> None:
    """A run tells the accuracy, the traffic and where it was written; the directory holds what the interface names."""
    done = spinn2sim("run", "small.toml", "--set", "trace.packets=window", cwd=folder)

    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert "traffic:" in done.stdout
    assert "runs/small-1" in done.stdout
    files = {p.name for p in (folder / "runs" / "small-1").iterdir()}
    assert files == {
        "scenario.toml", "provenance.json", "metrics.jsonl", "weights.npz", "checkpoint.npz", "summary.json", "results.npz",
        "manifest.json",
        *(f"{table}.parquet" for table in ("packets", "ticks", "channels", "router", "pes", "cycles")),
    }  # fmt: skip


@pytest.mark.slow
def test_json_is_machine_readable(folder: Path) -> None:
    """--json puts one JSON object on stdout for every command; progress stays on stderr."""
    case = GOLDEN / "01_2-3-2_T27_B1.npz"
    for arguments in (
        ["run", "small.toml", "--out", "a"],
        ["train", "small.toml", "--out", "b"],
        ["validate", "small.toml", "--batches", "2"],
        ["check", case],
        ["check", case, "--arithmetic", "fixed"],
        ["map", "small.toml"],
        ["chip"],
    ):
        done = spinn2sim(*arguments, "--json", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict)


def test_check_fails_below_the_limits(folder: Path) -> None:
    """`check` exits with status 1 if a layer is below the limits that are asked for, otherwise with 0."""
    case = GOLDEN / "13_5-120-3_T27_B8_silent.npz"
    fixed = ["check", case, "--arithmetic", "fixed", "--min-gradient-cosine"]

    assert spinn2sim(*fixed, "0.9999", cwd=folder).returncode == 0
    failed = spinn2sim(*fixed, "0.99999999", cwd=folder)
    assert failed.returncode == 1
    assert "BELOW: gradient cosine" in failed.stdout


def test_losses_are_the_last_lines(folder: Path) -> None:
    """Lost packets do not change the exit status, and the lines about them are the last ones."""
    done = spinn2sim("run", "small.toml", "--set", "chip.fifo_capacity=1", cwd=folder)

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("LOST: ")


@pytest.mark.slow
def test_interrupt_and_resume(folder: Path) -> None:
    """After Ctrl-C the status is 130 and stdout says how to resume; the run, resumed on the other engine, ends as an uninterrupted one."""
    more = ["--set", "training.epochs=12", "--engine", "discrete_event"]  # slow enough to be interrupted
    whole = spinn2sim("run", "small.toml", "--out", "whole", *more, "--json", cwd=folder)
    process = subprocess.Popen(
        [*COMMAND, "run", "small.toml", "--out", "cut", *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores SIGINT
    )
    metrics = folder / "cut" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text().count("\n") >= 3):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "go on with: spinn2sim run --resume cut" in said
    resumed = spinn2sim("run", "--resume", "cut", "--json", cwd=folder)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["weights_sha256"] == json.loads(whole.stdout)["weights_sha256"]


def test_full_disk_is_one_line(folder: Path) -> None:
    """A disk that fills up ends the run with one line; what was written before stays readable."""
    limited = subprocess.run(
        [*COMMAND, "run", "small.toml", "--out", "full", "--set", "trace.packets=all"],
        cwd=folder, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000)),
        env={**os.environ, "NUMBA_DISABLE_JIT": "0"},
    )  # fmt: skip

    assert "File too large" in refusal(limited)
    assert (folder / "full" / "scenario.toml").read_text().startswith("# Resolved")


def test_help_has_an_example() -> None:
    """The program and every one of its commands show how they are used."""
    helps = {name: CliRunner().invoke(commands, [name, "--help"]).output for name in commands.commands}
    assert len(helps) == len(COMMANDS)
    assert [name for name, text in helps.items() if f"Example: spinn2sim {name} " not in " ".join(text.split())] == []
    assert "Example: spinn2sim run" in spinn2sim("--help", cwd=Path.cwd()).stdout


def test_every_command_has_a_file_of_its_own() -> None:
    """The command NAME is in cli/NAME_command.py, and no other file of the command line ends like that."""
    files = {path.stem.removesuffix("_command") for path in Path(str(cli.__file__)).parent.glob("*_command.py")}
    assert files == {name.replace("-", "_") for name in commands.commands}


def test_importing_the_command_line_is_light() -> None:
    """The command line imports no heavy package until a command needs it."""
    code = "import sys, spinn2sim.cli.main; print([m for m in ('numba', 'numpy', 'networkx', 'pyarrow', 'simpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
