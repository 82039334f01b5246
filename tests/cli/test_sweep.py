"""The command `sweep` in a subprocess: from two files to a best scenario, kill -9, a Dask cluster, and refusals in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import command_line
import spinn2sim
from spinn2sim.scenario.load import load

pytest.importorskip("optuna")
FEW = ("--set", "data.train_samples=66", "--set", "data.test_samples=50", "--set", "network.hidden=[10]")
SPACE = """
[sweep]
sampler = "tpe"
pruner = "median"
trials = 8
epochs = 3
ahead = 2
[space]
"optimizer.learning_rate" = {low = 1e-3, high = 1e-2, log = true}
"training.copies" = {choices = [11, 22]}
"""


@pytest.fixture(autouse=True)
def space(tmp_path: Path, scenarios: Path) -> None:
    """The two files that a sweep begins with."""
    (tmp_path / "space.toml").write_text(SPACE)
    (tmp_path / "yinyang.toml").write_text((scenarios / "yinyang.toml").read_text())


def sweep(*arguments: object, cwd: Path) -> command_line.Done:
    """Run the command to its end."""
    return command_line.spinn2sim("sweep", *arguments, cwd=cwd)


def wait_for(text: str, process: subprocess.Popen[str]) -> None:
    """Read the output of the process until a line contains the text. Fails if the process ends first."""
    assert process.stderr is not None
    while text not in (line := process.stderr.readline()):
        assert line, f"ended before it said {text}"


def trials(folder: Path) -> list[dict[str, object]]:
    """The trials of a sweep, without the time they took."""
    rows = json.loads((folder / "sweep.json").read_text())["trials"]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.mark.slow
def test_from_two_files_to_a_best_scenario(tmp_path: Path) -> None:
    """A sweep that was killed and resumed has the trials of one on two processes; best.toml has the values of the best trial."""
    done = sweep("yinyang.toml", "space.toml", "--workers", 2, "--out", "two", "--json", *FEW, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    best = next(row for row in data["trials"] if row["trial"] == data["best"])
    found = load(tmp_path / "two" / "best.toml")
    assert found.optimizer.learning_rate == best["values"]["optimizer.learning_rate"]
    assert found.data.test_seed == 40
    assert {"parallel.png", "journal.log", "space.toml"} <= {p.name for p in (tmp_path / "two").iterdir()}

    killed = subprocess.Popen(
        [*command_line.COMMAND, "sweep", "yinyang.toml", "space.toml", "--out", "one", *FEW],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for("(3/8)", killed)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    again = sweep("yinyang.toml", "space.toml", "--resume", "one", *FEW, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "trial   0" not in again.stderr
    assert trials(tmp_path / "one") == trials(tmp_path / "two")
    assert "go on with" not in again.stdout


def end_on_ctrl_c() -> None:
    """In the child: restore the default action for SIGINT, which a shell's background jobs and their children ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_ctrl_c_leaves_what_was_finished(tmp_path: Path) -> None:
    """An interrupted sweep ends with status 130, says how to go on, and has its finished trials in sweep.json."""
    command = [
        *command_line.COMMAND,
        "sweep",
        "yinyang.toml",
        "space.toml",
        "--trials",
        "500",
        "--workers",
        "2",
        "--out",
        "cut",
        *FEW,
    ]
    cut = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=end_on_ctrl_c
    )
    wait_for("(3/500)", cut)
    os.kill(cut.pid, signal.SIGINT)
    said, told = cut.communicate(timeout=60)
    assert cut.returncode == 130, told
    assert "Traceback" not in told
    assert "go on with: spinn2sim sweep --resume cut" in said
    assert len(trials(tmp_path / "cut")) >= 3


@pytest.mark.slow
def test_dask_gives_the_same_trials(tmp_path: Path) -> None:
    """A sweep on a Dask cluster gives the same trials as one in this process."""
    distributed = pytest.importorskip("distributed")
    overrides = {"data.train_samples": 66, "data.test_samples": 50, "network.hidden": [10]}
    files = tmp_path / "yinyang.toml", tmp_path / "space.toml"
    here = spinn2sim.sweep(*files, tmp_path / "here", overrides)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        spinn2sim.sweep(*files, tmp_path / "there", overrides, workers=cluster.scheduler_address)
    assert here.complete
    assert trials(tmp_path / "here") == trials(tmp_path / "there")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("yinyang.toml",), "give a SCENARIO and a SPACE, or --resume DIR"),
        (("yinyang.toml", "nowhere.toml"), "nowhere.toml: cannot be read"),
        (("yinyang.toml", "space.toml", "--set", "foo=3"), "unknown key foo"),
        (("yinyang.toml", "space.toml", "--workers", 2, "--dask", "tcp://127.0.0.1:1"), "the cluster has its own"),
        (("yinyang.toml", "space.toml", "--dask", "tcp:::bad"), "no scheduler reached"),
        (("--resume", "nowhere"), "found no journal.log in it"),
        (("--resume", "."), "found no journal.log in it"),
        (("--resume", "x", "--set", "seed=3"), "as it was begun"),
    ],
)
def test_refusals(arguments: tuple[object, ...], told: str, tmp_path: Path) -> None:
    """Wrong use is one line and exit status 2, and nothing is written."""
    before = sorted(tmp_path.iterdir())
    done = sweep(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_no_scheduler(tmp_path: Path) -> None:
    """A scheduler that does not answer is reported in one line with exit status 2, and nothing is written."""
    pytest.importorskip("distributed")
    start = time.monotonic()
    done = sweep("yinyang.toml", "space.toml", "--dask", "tcp://127.0.0.1:1", "--out", "new", cwd=tmp_path)
    assert done.returncode == 2
    assert "no scheduler reached" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert time.monotonic() - start < 60
    assert not (tmp_path / "new").exists()
