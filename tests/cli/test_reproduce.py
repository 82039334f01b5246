"""The command `reproduce` in a subprocess: the catalogue, a whole run in reduced size, Ctrl-C and --resume, refusals in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from command_line import COMMAND, Done, spinn2sim


def reproduce(*arguments: object, cwd: Path) -> Done:
    """Run the command to its end."""
    return spinn2sim("reproduce", *arguments, cwd=cwd)


def end_on_ctrl_c() -> None:
    """In the child: restore the default action for SIGINT, which a shell's background jobs and their children ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_catalogue(tmp_path: Path) -> None:
    """Without a name the command lists each experiment in a line, and the same experiments as JSON."""
    said = reproduce(cwd=tmp_path)
    assert said.returncode == 0
    assert said.stdout.startswith("fig1")
    listed = json.loads(reproduce("--list", "--json", cwd=tmp_path).stdout)["experiments"]
    assert len(listed) == len(said.stdout.splitlines())


@pytest.mark.slow
def test_ctrl_c_and_resume(tmp_path: Path) -> None:
    """An interrupted experiment exits with 130 and says how to resume; the resumed one runs only the remaining jobs, and is complete."""
    cut = subprocess.Popen(
        [*COMMAND, "reproduce", "fig1", "--quick", "--workers", "2", "--out", "cut"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_on_ctrl_c,
    )
    assert cut.stderr is not None
    while "(3/" not in (line := cut.stderr.readline()):
        assert line, "ended before three jobs were done"
    os.kill(cut.pid, signal.SIGINT)
    said, told = cut.communicate(timeout=60)
    assert cut.returncode == 130, told
    assert "Traceback" not in told
    assert "go on with: spinn2sim reproduce --resume cut" in said
    done = json.loads((tmp_path / "cut" / "summary.json").read_text())["jobs"]["done"]
    again = reproduce("--resume", "cut", "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert f"{done} done already" in again.stderr
    data = json.loads(again.stdout)
    assert data["jobs"]["done"] == data["jobs"]["all"]
    assert data["labels"] == ["QUICK: reduced size, no reproduction"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fig",), "found 'fig', allowed is one of fig1"),
        (("fig1", "--seeds", "1,x"), "allowed are whole numbers from 0 on such as"),
        (("fig1", "--seeds", "1"), "nothing in it is drawn"),
        (("fig1", "--data", "."), "it needs no files"),
        (("mismatch",), "mismatch: --data: found none, allowed is a folder with t10k-images"),
        (("mismatch", "--data", "."), "found no t10k-images-idx3-ubyte.gz"),
        (("fig1", "--workers", "0"), "--workers"),
        (("--resume", "nowhere"), "found no experiment.json in it"),
        (("fig1", "--resume", "."), "as it was begun"),
        (("--quick",), "give a NAME, or --resume DIR"),
        (("fig1", "--list"), "give a NAME, or --resume DIR"),
    ],
)
def test_refusals(arguments: tuple[object, ...], told: str, tmp_path: Path) -> None:
    """Wrong use is one line and exit status 2, and nothing is written."""
    done = reproduce(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "sigma", "told"),
    [
        ("table1", "-0.1", "table1: --sigma: found -0.1, allowed is 0 or above"),
        ("table1", "nan", "table1: --sigma: found nan, allowed is 0 or above"),
        ("fig1", "0.1", "fig1: found --sigma, allowed is none"),
    ],
)
def test_sigma_is_checked(name: str, sigma: str, told: str, tmp_path: Path) -> None:
    """A sigma below 0, NaN, and a sigma for an experiment without mismatch are refused in one line with status 2; nothing is written."""
    found = reproduce(name, "--sigma", sigma, "--out", "out", cwd=tmp_path)

    assert found.returncode == 2
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
