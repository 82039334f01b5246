"""What the process that trains a seed tells the one that began it: progress, warnings, and the kernels that it compiles."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from firmware_models.jit import compile_watch
from spinn2sim import errors
from spinn2sim.training.reporter import RunReporter, Watch
from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter
from spinn2sim.training.workers import stop_asked, tell

# So often a process tells where it is, and looks whether it is asked to stop.
LOOK_S, AT_S = 0.1, 0.5
# The classes of warnings that are not for programmers alone; any other is told as a UserWarning.
CATEGORIES: tuple[type[Warning], ...] = (errors.DataNote, errors.DataWarning, errors.MappingWarning)
UNTOLD = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


def _tell(seed: int, what: str, *values: Any) -> None:
    tell(json.dumps([seed, what, *values]))


class SeedProgress(RunReporter):
    """Tells how the run of one seed proceeds, and ends it as Ctrl-C does if its process is asked to stop."""

    def __init__(self, seed: int) -> None:
        self._seed, self._looked, self._told = seed, 0.0, 0.0

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Return what tells how far a part is."""

        def watch(done: int, total: int) -> None:
            now = time.monotonic()
            if now - self._looked > LOOK_S:
                self._looked = now
                if stop_asked():
                    raise KeyboardInterrupt
            if now - self._told > AT_S:
                self._told = now
                _tell(self._seed, "at", f"epoch {epoch}/{epochs} {name} {done / max(1, total):.0%}")

        return watch

    def epoch(self, line: dict[str, Any]) -> None:
        """Tell the results of an epoch."""
        _tell(self._seed, "epoch", line)

    def compiled(self, seconds: float) -> None:
        """Tell how long compiling took."""
        _tell(self._seed, "compiled", seconds)

    def warn(self, text: str) -> None:
        """Tell a warning."""
        _tell(self._seed, "warn", text)


def tell_end(seed: int, status: str, reason: str) -> None:
    """Tell that a seed has ended."""
    _tell(seed, "ended", status, reason)


@contextmanager
def telling_warnings(seed: int) -> Iterator[None]:
    """Tell Python's warnings, and what is compiled, instead of printing them in a process that has no terminal of its own."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if not issubclass(category, UNTOLD):
            kind = next((one for one in CATEGORIES if issubclass(category, one)), UserWarning)
            _tell(seed, "warning", kind.__name__, str(message))

    compile_watch.watch_compiling(lambda kernel: _tell(seed, "kernel", kernel))
    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def hearing(reporter: SeedsReporter) -> Callable[[str], None]:
    """Return what hands on the messages of all seeds to a reporter, each Python warning once."""
    heard: set[tuple[str, str]] = set()

    def warned(category: str, text: str) -> None:
        if (category, text) not in heard:
            heard.add((category, text))
            kind = next((one for one in CATEGORIES if one.__name__ == category), UserWarning)
            warnings.warn(text, kind, stacklevel=2)

    def hear(message: str) -> None:
        seed, what, *values = json.loads(message)
        if what == "warning":
            warned(*values)
        elif what == "kernel":
            compile_watch.tell(*values)
        elif what == "warn":
            reporter.warn(f"seed {seed}: {values[0]}")
        elif what == "compiled":
            reporter.compiled(*values)
        else:
            getattr(reporter, what)(seed, *values)

    return hear
