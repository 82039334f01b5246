"""After a crash at any file operation of any command, a user can go on; the tool draws many more crashes than are tried here."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashes.cases import CASES
from crashes.crash_states import tree_after
from crashes.disk_model import Folder, moment_of
from crashes.faults import Fault
from crashes.followed_disk import FollowedDisk
from crashes.frozen_process import execute
from crashes.inputs import TINY
from crashes.laws import Checked
from crashes.trials import crash_everywhere, crash_twice, fail_everywhere

# The commands that are tried, and how many double crashes of each; the tool tries all of them, at every point.
EVERYWHERE = {
    "run, no packets": 0, "run --resume, no packets": 0, "train": 20, "import": 30, "export": 30, "sweep": 0, "reproduce": 0,
    "packets --csv": 20,
}  # fmt: skip
# Commands of which one in so many points is tried, each with another survival of what was not forced.
POINTS_EVERY = 8
SLOW = ("run, no packets", "run --resume, no packets", "sweep", "reproduce")
# One in so many faults of the machine is tried, other ones for each command.
FAULTS_EVERY = dict.fromkeys(EVERYWHERE, 59) | dict.fromkeys(SLOW, 601)


def drawn(seed: object) -> random.Random:
    """Random numbers that repeat."""
    return random.Random(str(seed))  # noqa: S311 - no secrets


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_user_can_go_on_after_every_crash(name: str, place: Path) -> None:
    """Wherever a command is killed, loses power or meets a fault, the next command ends with the same files and leaves nothing over."""
    checked, draw = Checked.begin(CASES[name], place), drawn(name)
    crash_everywhere(checked, draw, every=POINTS_EVERY if name in SLOW else 1)
    crash_twice(checked, EVERYWHERE[name], draw)
    fail_everywhere(checked, FAULTS_EVERY[name], len(name))
    assert checked.findings == []
    assert checked.counts["crashes"] > 8


def test_what_is_not_forced_to_the_disk_may_be_lost(place: Path) -> None:
    """In the model, neither a rename without a sync of its folder nor content without a sync of its file outlives a loss of power."""
    disk = FollowedDisk(place, moment_of({"old": b"old"}))
    with disk.followed():
        with open("new", "wb") as file:  # noqa: PTH123 - one of the ways that are followed
            file.write(b"content")
        Path("new").replace("old")
    trees = [tree_after(disk.now, survival, drawn(0)) for survival in ("all", "none")]
    assert trees == [{"old": b"content"}, {"old": b"old"}]
    assert any(tree_after(disk.now, "part", drawn(seed)).get("old") not in (b"old", b"content") for seed in range(20))


def test_the_simulator_finds_a_fault(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sync of folders, a loss of power is found to lose the run's files."""
    monkeypatch.setattr("spinn2sim.files.atomic.sync_folder", lambda folder: None)
    checked = Checked.begin(CASES["train"], place)
    crash_everywhere(checked, drawn(0), ("part",))
    assert checked.findings != []


def test_a_full_disk_stays_full(place: Path) -> None:
    """A command on a full disk is refused in one line, and the operations after the first that failed fail as well."""
    done = execute(CASES["train"].arguments, {"tiny.toml": TINY.encode()}, place, Fault("full disk", 40))
    assert (done.status, done.refusal.count("No space left on device")) == (2, 1)
    assert all(
        isinstance(node, Folder) or node.pending or node.synced == node.now for node in done.disk.now.nodes.values()
    )
