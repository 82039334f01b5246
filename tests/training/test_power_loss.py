"""After power loss or a kill at any file operation, a run is resumed to the same bytes, or its folder can be used for a new run."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

import spinn2sim
from crashes.cases import tree_now
from crashes.crash_states import Survival, tree_after
from crashes.disk_model import Tree, moment_of
from crashes.followed_disk import FollowedDisk
from crashes.frozen_process import LateThread, lay_out
from interrupting_reporter import StopsAt
from spinn2sim.trace import writer_thread
from spinn2sim.trace.run_directory import new_folder

TRACED = {"trace.packets": "all", "training.epochs": 1}
# Of the states that a kill leaves, one in so many is tried: they differ little from one to the next.
LOST_EVERY, KILLED_EVERY = 4, 37
SURVIVED: tuple[Survival, ...] = ("none", "all")


# Of the states of a run whose parts are joined on the way, one in so many is tried.
JOINED_EVERY = 61


def states_of(disk: FollowedDisk, survival: Survival) -> list[Tree]:
    """Return what a crash after each operation leaves, each tree once."""
    trees: list[Tree] = []
    for moment in disk.moments:
        tree = tree_after(moment, survival, random.Random(0))  # noqa: S311 - not drawn from
        if not trees or trees[-1] != tree:
            trees.append(tree)
    return trees


def followed(root: Path, monkeypatch: pytest.MonkeyPatch) -> FollowedDisk:
    """Return the disk under a folder with what is in it, and let the trace be written in this thread, so that the order repeats."""
    disk = FollowedDisk(root, moment_of(tree_now(root)))
    monkeypatch.setattr(writer_thread, "ThreadPoolExecutor", lambda *_: LateThread(disk))
    return disk


def check(tree: Tree, place: Path, whole: Path, epochs: int = 1) -> None:
    """Check that the folder `run` of a tree can be used for a new run, or is resumed to the bytes of the run `whole`."""
    place.mkdir()
    lay_out(tree, place)
    run = place / "run"
    if not (run / "scenario.toml").exists():
        with new_folder("run", run):
            pass
        return
    lines = (
        [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        if (run / "metrics.jsonl").exists()
        else []
    )
    spinn2sim.resume(run)
    for file in (*whole.glob("*.parquet"), whole / "weights.npz"):
        assert (run / file.name).read_bytes() == file.read_bytes()
    metrics = spinn2sim.open_run(run).metrics
    assert [line["epoch"] for line in metrics] == list(range(epochs + 1))
    assert [line["test_loss"] for line in lines] == [line["test_loss"] for line in metrics[: len(lines)]]
    assert not list(run.rglob("*.part"))
    assert not list(run.glob("*/"))
    assert spinn2sim.verify(run).problems == []
    shutil.rmtree(place)


@pytest.mark.parametrize("interrupted", [False, True])
def test_every_epoch_outlives_power_loss_and_kill(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    """After each file operation of a new or resumed run, what was fsynced is resumed to the same bytes, and so is what a kill leaves."""
    whole = spinn2sim.run(small, tmp_path / "whole", overrides=TRACED).folder
    disk_folder = tmp_path / "disk"
    disk_folder.mkdir()
    if interrupted:
        spinn2sim.run(small, disk_folder / "run", overrides=TRACED, reporter=StopsAt("train", 1))
    disk = followed(disk_folder, monkeypatch)
    with disk.followed():
        if interrupted:
            spinn2sim.resume(disk_folder / "run")
        else:
            spinn2sim.run(small, disk_folder / "run", overrides=TRACED)
    monkeypatch.undo()
    lost_power, killed = (states_of(disk, survival) for survival in ("none", "all"))
    assert len(lost_power) > 20
    for number, tree in enumerate([*lost_power[::LOST_EVERY], *killed[::KILLED_EVERY]]):
        check(tree, tmp_path / f"state-{number}", whole)


def test_parts_joined_on_the_way_outlive_power_loss_and_kill(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While parts of earlier epochs are joined and removed, no row is lost or doubled, wherever the power goes or a kill comes."""
    monkeypatch.setattr("spinn2sim.trace.archive.EPOCHS_JOINED", 2)
    keys = {"training.epochs": 4}
    whole = spinn2sim.run(small, tmp_path / "whole", overrides=keys).folder
    (tmp_path / "disk").mkdir()
    with monkeypatch.context() as patch:
        disk = followed(tmp_path / "disk", patch)
        with disk.followed():
            spinn2sim.run(small, tmp_path / "disk" / "run", overrides=keys)
    trees = [tree for survival in SURVIVED for tree in states_of(disk, survival)]
    states = [tree for tree in trees if any("joined-" in name for name in tree)]
    assert {name.split("/")[-1] for tree in states for name in tree if "joined-" in name and ".part" not in name} == {
        "joined-000000-000001.parquet", "joined-000000-000003.parquet",
    }  # fmt: skip
    for number, tree in enumerate(states[::JOINED_EVERY]):
        check(tree, tmp_path / f"state-{number}", whole, 4)
