"""The laws: what must hold after a crash and the command that a user enters next."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crashes.cases import Case, tree_now
from crashes.crash_states import UNFINISHED, Key, key_of
from crashes.disk_model import Tree
from crashes.frozen_process import Outcome, execute
from firmware_models.jit.compiler import compile_clock
from spinn2sim import api

# Files that say when and how often a run was started; they are checked by themselves.
ABOUT_STARTS = {"provenance.json", "manifest.json", "journal.log", "experiment.json"}


def lines_of(tree: Tree) -> dict[str, list[bytes]]:
    """Return the complete lines of every metrics.jsonl that can be read."""
    return {
        path: [line for line in (content or b"").split(b"\n")[:-1] if _is_json(line)]
        for path, content in tree.items()
        if path.endswith("metrics.jsonl")
    }


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def comparable(tree: Tree) -> Tree:
    """Return a tree without the files that tell of starts, and without times of the day in summaries."""
    kept: Tree = {}
    for path, content in tree.items():
        name = PurePosixPath(path).name
        if name in ABOUT_STARTS:
            kept[path] = b""
        elif name == "summary.json" and content is not None and b'"provenance"' in content:
            kept[path] = json.dumps(
                {k: v for k, v in json.loads(content).items() if k not in ("provenance", "wall_s", "jobs")}
            ).encode()
        else:
            kept[path] = content
    return kept


@dataclass
class Checked:
    """A command, with the states that were checked so far, each once."""

    case: Case
    root: Path
    start: Tree
    whole: Outcome
    expected: Tree
    findings: list[str] = field(default_factory=list)
    known: dict[Key, str | None] = field(default_factory=dict)
    verified: dict[Key, list[str]] = field(default_factory=dict)
    # How often each thing was done.
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def begin(cls, case: Case, root: Path) -> Checked:
        """Run a command without a crash, and keep what it leaves."""
        start, compiled = case.start(root), compile_clock.seconds
        whole = execute(case.arguments, start, root)
        if compile_clock.seconds != compiled:  # the time of compiling would be in its metrics
            whole = execute(case.arguments, start, root)
        if whole.status != 0:
            raise RuntimeError(f"{case.name}: {whole.errors} {whole.raised}")
        return cls(case, root, start, whole, comparable(tree_now(root)))

    def check(self, tree: Tree, where: Callable[[], str]) -> Outcome | None:
        """Check that a user can go on from a tree; returns what was done if this state is new."""
        key = key_of(tree)
        if key in self.known:
            return None
        outcome, problem = self.go_on(tree)
        self.known[key] = problem
        self.counts["states"] += 1
        if problem is not None:
            self.findings.append(f"{self.case.name}: {where()}: {problem}")
        return outcome

    def go_on(self, tree: Tree) -> tuple[Outcome, str | None]:
        """Enter the next command on a tree; returns what it did, and what is wrong with it, if anything."""
        arguments = self.case.go_on(tree)
        outcome = execute(arguments, tree, self.root)
        problem = self._content_problem(tree) or self._problem(tree, outcome)
        return outcome, None if problem is None else f"{' '.join(arguments)}: {problem}"

    def _content_problem(self, tree: Tree) -> str | None:
        """What was there before a command is there, or what the command puts in its place."""
        for path, content in self.start.items():
            inside = self.case.arguments[0] == "run" and path.startswith("r/")
            if not inside and path not in tree:
                return f"{path} is gone"
            if (
                not inside
                and PurePosixPath(path).name not in ABOUT_STARTS
                and tree[path] not in (content, self.expected.get(path))
            ):
                return f"{path} is neither as before nor as written"
        return None

    def _problem(self, tree: Tree, outcome: Outcome) -> str | None:
        if outcome.raised:
            return outcome.raised[0]
        if outcome.status != 0:
            return f"status {outcome.status}: {outcome.refusal}"
        if outcome.disk.foreign_reads:
            return f"reads {outcome.disk.foreign_reads[0]}"
        return self.difference(tree_now(self.root)) or self._lost_line(tree)

    def difference(self, found: Tree) -> str | None:
        """Return how a tree differs from that of the command that was never interrupted."""
        unfinished = [path for path in found if UNFINISHED.search(path)]
        if unfinished:
            return f"{unfinished[0]} is left over"
        same = comparable(found)
        if self.case.name == "import":
            same.pop("i/.lock", None)  # no command of ours works in that folder again
        if same.keys() != self.expected.keys():
            return f"other files: {sorted(same.keys() ^ self.expected.keys())}"
        unlike = [path for path in same if same[path] != self.expected[path]]
        return f"{unlike} differ" if unlike else self._unlike_manifest(found)

    def _unlike_manifest(self, found: Tree) -> str | None:
        if self.case.run is None:
            return None
        key = key_of(found)
        if key not in self.verified:
            self.verified[key] = api.verify(self.root / self.case.run).problems
        return self.verified[key][0] if self.verified[key] else None

    def _lost_line(self, tree: Tree) -> str | None:
        for path, lines in lines_of(tree).items():
            now = (self.root / path).read_bytes().split(b"\n")
            if any(line not in now for line in lines):
                return f"{path}: a line of a finished epoch is gone"
        return None
