"""The commands that write files, each with what is there before it and what a user does after a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crashes.disk_model import Tree
from crashes.frozen_process import execute
from crashes.inputs import SPACE, TINY

Arguments = tuple[str, ...]
RUN: Arguments = ("run", "tiny.toml", "--out", "r", "--set", "trace.packets=all")
PLAIN_RUN: Arguments = ("run", "tiny.toml", "--out", "r")
TRAIN: Arguments = ("train", "tiny.toml", "--out", "t")
SWEEP: Arguments = ("sweep", "tiny.toml", "space.toml", "--out", "s")
REPRODUCE: Arguments = ("reproduce", "fig1", "--out", "q")
TRAFFIC: Arguments = (
    "traffic", "uniform", "--loads", "1", "--seeds", "1", "--warmup-us", "1", "--window-us", "1", "--csv", "load.csv",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A command. `start` makes the tree before it, given an empty folder; `go_on` returns what is entered after a crash."""

    name: str
    arguments: Arguments
    start: Callable[[Path], Tree]
    go_on: Callable[[Tree], Arguments]
    # The run directory that must agree with its manifest in the end.
    run: str | None = None


def inputs(_: Path) -> Tree:
    """Return the files that are there before any command."""
    return {"tiny.toml": TINY.encode(), "space.toml": SPACE.encode()}


def after(commands: Sequence[Arguments], root: Path) -> Tree:
    """Return the tree after some commands."""
    tree = inputs(root)
    for arguments in commands:
        done = execute(arguments, tree, root)
        if done.status != 0:
            raise RuntimeError(f"{arguments}: {done.errors} {done.raised}")
        tree = tree_now(root)
    return tree


def tree_now(root: Path) -> Tree:
    """Read the tree in a folder."""
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes() for path in sorted(root.rglob("*"))
    }


def interrupted(arguments: Arguments, file: str, root: Path) -> Tree:
    """Return the tree that a kill leaves just after a file of that name was written for the first time."""
    done = execute(arguments, inputs(root), root)
    from crashes.crash_states import tree_after

    for moment in done.disk.moments:
        if moment.find(file) is not None:
            return tree_after(moment, "all", None)
    raise RuntimeError(f"{arguments}: {file} is never written")


def _resume_or_begin(begin: Arguments, folder: str, marks: Sequence[str]) -> Callable[[Tree], Arguments]:
    """After a crash a command that has a directory is resumed if there is something to resume, and else begun again."""

    def go_on(tree: Tree) -> Arguments:
        begun = all(f"{folder}/{mark}" in tree for mark in marks)
        return (begin[0], "--resume", folder) if begun else begin

    return go_on


def _again(case: Arguments) -> Callable[[Tree], Arguments]:
    return lambda _: case


def _once(begin: Arguments, file: str, then: Arguments) -> Callable[[Tree], Arguments]:
    """A command whose last file is there has been carried out; what `then` says about it counts."""
    return lambda tree: then if file in tree else begin


def _of_run(name: str, arguments: Arguments) -> Case:
    return Case(name, arguments, partial(after, [RUN]), _again(arguments), "r")


def _cases() -> list[Case]:
    resume: Arguments = ("run", "--resume", "r")
    more: Arguments = (*resume, "--set", "training.epochs=2")
    bring: Arguments = ("import", "w.npz", "--like", "tiny.toml", "--out", "i")
    out: Arguments = ("export", "r", "--npz", "w.npz", "--nir", "n.nir")
    return [
        Case("run", RUN, inputs, _resume_or_begin(RUN, "r", ["scenario.toml"]), "r"),
        Case("run, no packets", PLAIN_RUN, inputs, _resume_or_begin(PLAIN_RUN, "r", ["scenario.toml"]), "r"),
        Case(
            "run --resume, no packets", resume, partial(interrupted, PLAIN_RUN, "r/checkpoint.npz"), _again(resume), "r"
        ),
        Case("run --resume", resume, partial(interrupted, RUN, "r/checkpoint.npz"), _again(resume), "r"),
        Case("run --resume, more epochs", more, partial(after, [RUN]), _again(more), "r"),
        Case("train", TRAIN, inputs, _resume_or_begin(TRAIN, "t", ["scenario.toml"]), "t"),
        Case("import", bring, partial(after, [RUN, out]), _once(bring, "i/scenario.toml", ("verify", "i")), "i"),
        Case("export", out, partial(after, [RUN, out]), _again(out), "r"),
        Case("sweep", SWEEP, inputs, _resume_or_begin(SWEEP, "s", ["scenario.toml", "journal.log"])),
        Case("reproduce", REPRODUCE, inputs, _resume_or_begin(REPRODUCE, "q", ["experiment.json"])),
        _of_run("report", ("report", "r")),
        _of_run("report --figures", ("report", "r", "--figures", "new/figures")),
        _of_run("packets --csv", ("packets", "r", "--csv", "p.csv")),
        _of_run("packets --perfetto", ("packets", "r", "--perfetto", "p.pftrace")),
        Case("traffic", (*TRAFFIC, "--figure", "load.png"), inputs, _again((*TRAFFIC, "--figure", "load.png"))),
    ]


CASES = {case.name: case for case in _cases()}
