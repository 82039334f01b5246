"""Runs a command of spinn2sim in this process as if in one of its own, with a clock and random names that repeat."""

from __future__ import annotations

import gc
import io
import itertools
import os
import re
import secrets
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from crashes.disk_model import Tree, moment_of
from crashes.faults import Fault
from crashes.followed_disk import FollowedDisk
from crashes.inputs import SQUARES
from spinn2sim.cli import main as command_line
from spinn2sim.cli import signals
from spinn2sim.experiments.runner import experiment_jobs, reproduce, result_store
from spinn2sim.hardware.engines.compiled import route_tables
from spinn2sim.trace import writer_thread
from spinn2sim.training import provenance

START = "2026-01-01T00:00:00+00:00"
TEMPORARY = re.compile(r"\.([0-9a-f]{16})\.part$")


@dataclass(frozen=True)
class Outcome:
    """What a command did: exit status, what it printed, what it raised past its entry point, and the disk that it left."""

    status: int
    said: str
    errors: str
    disk: FollowedDisk
    raised: list[str] = field(default_factory=list)

    @property
    def refusal(self) -> str:
        """The last line of stderr."""
        return self.errors.strip().rpartition("\n")[2]


def lay_out(tree: Tree, root: Path) -> None:
    """Make the content of a folder that of a tree."""
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name, content in sorted(tree.items()):
        path = os.path.join(root, name)  # noqa: PTH118 - strings are four times as fast
        if content is None:
            os.mkdir(path)  # noqa: PTH102
        else:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
            os.write(handle, content)
            os.close(handle)


def execute(arguments: Sequence[str], tree: Tree, root: Path, fault: Fault | None = None) -> Outcome:
    """Run a command in `root`, whose content is made that of a tree, and follow its file operations."""
    lay_out(tree, root)
    disk = FollowedDisk(root, moment_of(tree), fault)
    said, errors, raised, status = io.StringIO(), io.StringIO(), list[str](), 0
    with frozen(tree, disk), ExitStack() as stack:
        for name, stream in (("stdout", said), ("stderr", errors)):
            stack.enter_context(mock.patch.object(sys, name, stream))
        stack.enter_context(mock.patch.object(sys, "argv", ["spinn2sim", *arguments]))
        stack.enter_context(mock.patch.object(warnings, "showwarning", command_line.show_warning))
        stack.enter_context(mock.patch.object(command_line, "close_stdout"))  # it is this process's too
        stack.enter_context(_signals_caught())
        stack.enter_context(disk.followed())
        try:
            command_line.run_command()
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        except BaseException:
            raised.append(_short_traceback())
            status = -1
        if raised or fault is not None:
            gc.collect()  # files that an error has left to the garbage are closed here and not in the next command
    return Outcome(status, said.getvalue(), errors.getvalue(), disk, raised)


@contextmanager
def _signals_caught() -> Iterator[None]:
    """Let Ctrl-C do inside the block what it does in a command."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in signals.ENDING_SIGNALS}
    signals.raise_on_signals()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _short_traceback() -> str:
    """Return the error being handled in one line, with the places that it passed, the innermost first."""
    kind, error, trace = sys.exc_info()
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)]
    return f"TRACEBACK {kind and kind.__name__}: {error} at {' < '.join(reversed(places))}"


def prepare() -> None:
    """Keep what is in memory now out of the garbage collection, which is called often."""
    gc.collect()
    gc.freeze()


@contextmanager
def frozen(tree: Tree, disk: FollowedDisk) -> Iterator[None]:
    """Make a command depend on the tree alone: its clock, its temporary names and its second thread take no part.

    Provenance keeps the first of several starts alone, so that the states of a second and a third start are the same.
    """
    used = [int(found[1], 16) for path in tree if (found := TEMPORARY.search(path))]
    names, ticks = itertools.count(1 + max(used, default=0)), itertools.count()
    of_list = provenance._list
    with ExitStack() as stack:

        def patch(owner: object, name: str, value: object) -> None:
            stack.enter_context(mock.patch.object(owner, name, value))

        patch(secrets, "token_hex", lambda _=None: f"{next(names):016x}")
        patch(time, "perf_counter", lambda: next(ticks) / 1024)
        patch(writer_thread, "ThreadPoolExecutor", lambda *_: LateThread(disk))
        patch(provenance, "_version", _version)
        patch(provenance, "git_commit", _commit)
        patch(provenance, "_list", lambda data, key: of_list(data, key)[: 1 if key == "starts" else 0])
        for module in (experiment_jobs, reproduce):
            patch(module, "find_experiment", lambda _: SQUARES)
        for name, real, substitute in _SUBSTITUTES:
            for module in [m for m in list(sys.modules.values()) if vars(m).get(name) is real]:
                patch(module, name, substitute)
        yield


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compute a value once: the chip and the sources are the same in all commands here."""
    found: list[Any] = []

    def first(*arguments: Any) -> Any:
        if not found:
            found.append(function(*arguments))
        return found[0]

    return first


# Functions, wherever they were imported, and what stands in for them.
_SUBSTITUTES: tuple[tuple[str, Any, Any], ...] = (
    ("now", provenance.now, lambda: START),
    *(
        (function.__name__, function, _once(function))
        for function in (route_tables.all_routes, route_tables.stage_order, result_store.sources_digest)
    ),
)
_version, _commit = cache(provenance._version), cache(provenance.git_commit)


class LateThread:
    """Stands in for the thread that writes the trace: runs a task late, but in this thread, so that the order repeats."""

    def __init__(self, disk: FollowedDisk) -> None:
        self._disk, self._tasks = disk, deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]]()

    def submit(self, task: Callable[..., Any], *arguments: Any) -> LateFuture:
        """Take a task; every third call runs the oldest one."""
        future = LateFuture(self)
        self._tasks.append((future, task, arguments))
        if len(self._tasks) % 3 == 0:
            self.step()
        return future

    def step(self) -> None:
        """Run the oldest task."""
        future, task, arguments = self._tasks.popleft()
        self._disk.in_thread = True
        try:
            future.set_result(task(*arguments))
        finally:
            self._disk.in_thread = False
        self._disk.interrupt_if_due()

    def run_to(self, future: Future[Any]) -> None:
        """Run all tasks up to one."""
        while not future.done():
            self.step()


class LateFuture(Future[Any]):
    """The result of a task, which is run when someone waits for it."""

    def __init__(self, thread: LateThread) -> None:
        super().__init__()
        self._thread = thread

    def result(self, timeout: float | None = None) -> Any:
        """Run the task, unless it has been run."""
        self._thread.run_to(self)
        return super().result(timeout)
