"""How far a run is, from its files alone: not there, going on, complete, interrupted, killed; and the commands that follow it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.files.atomic import LOCK, locked
from spinn2sim.report.page.live import write_while_running
from spinn2sim.report.run_state import RunWatcher


@pytest.fixture
def killed(untraced: Path, tmp_path: Path) -> Path:
    """A run whose process was killed after its first epoch of training: a lock without an owner, and no summary."""
    folder = shutil.copytree(untraced, tmp_path / "killed")
    (folder / "summary.json").unlink()
    lines = (folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    (folder / "metrics.jsonl").write_text("".join(lines[:2]) + lines[2][:40])
    (folder / LOCK).touch()
    return folder


def watch(*arguments: object) -> tuple[int, str]:
    """Exit status and output of the command."""
    done = CliRunner().invoke(commands, ["watch", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_complete_run_is_shown_at_once(untraced: Path) -> None:
    """Every epoch has a line, and the exit status says that it is complete."""
    status, said = watch(untraced)
    assert status == 0
    assert [line.split()[1] for line in said.splitlines() if line.startswith("epoch")] == ["0", "1", "2"]
    assert said.splitlines()[-1] == f"complete: {untraced}, epoch 2 of 2"


def test_a_killed_run_is_told_from_one_that_goes_on(killed: Path) -> None:
    """A lock that a living process holds means that the run goes on; one that nobody holds, that it was killed."""
    assert RunWatcher(killed).state().status == "stopped"
    with locked(killed, "running"):
        state = RunWatcher(killed).state()
    assert (state.status, state.done, state.epochs) == ("running", 1, 2)
    assert state.left_s == pytest.approx(state.lines[-1]["train_wall_s"] + state.lines[-1]["test_wall_s"])
    (killed / LOCK).touch()
    status, said = watch(killed)
    assert (status, said.splitlines()[-1]) == (1, f"go on with: spinn2sim run --resume {killed}")


def test_an_interrupted_run_ends_with_status_1(untraced: Path, tmp_path: Path) -> None:
    """What the summary says counts when no process is at work."""
    folder = shutil.copytree(untraced, tmp_path / "run")
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**summary, "status": "interrupted"}))
    status, said = watch(folder, "--json")
    found = json.loads(said.splitlines()[-1])
    assert (status, found["status"], found["done"]) == (1, "interrupted", 2)


def test_a_run_that_has_not_begun_is_waited_for(tmp_path: Path, untraced: Path) -> None:
    """No folder, an empty one, and one with only what comes before the scenario: the watcher waits, and follows what comes."""
    folder = tmp_path / "run"
    states = RunWatcher(folder).states(0.001)
    assert next(states).status == "absent"
    folder.mkdir()
    (folder / LOCK).touch()
    shutil.copy(untraced / "provenance.json", folder)
    assert RunWatcher(folder).state().status == "absent"
    (folder / LOCK).unlink()
    shutil.copytree(untraced, folder, dirs_exist_ok=True)
    assert [state.status for state in states] == ["complete"]
    status, said = watch(tmp_path / "none", "--timeout", 0, "--every", 0.05)
    assert (status, said.splitlines()[-1]) == (1, f"not begun: {tmp_path / 'none'}")


@pytest.mark.parametrize("name", ["notes.txt", "journal.log", "network.json"])
def test_what_will_never_be_a_run_is_refused(name: str, tmp_path: Path) -> None:
    """A folder of something else, a sweep and the run of a script are refused at once, in place of being waited for."""
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="allowed is a run"):
        RunWatcher(tmp_path).state()


def test_the_page_follows_the_run(killed: Path, untraced: Path, tmp_path: Path) -> None:
    """While the run goes on its page loads itself again; the last one does not."""
    target = tmp_path / "page.html"
    with locked(killed, "running"):
        states = write_while_running(RunWatcher(killed), target, 3)
        state, written = next(states)
        assert (state.status, written) == ("running", True)
        assert "setTimeout(() => location.reload(), 1000 * 3)" in target.read_text()
    done = CliRunner().invoke(commands, ["report", "--watch", str(untraced), "--out", str(target)])
    assert done.exit_code == 0
    assert "1000 * 3" not in target.read_text()
