"""How far a run is, read from the files of its directory alone, whether its process is on this machine or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any, Literal

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files.atomic import LOCK, refuse_locked
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.scenario.load import load
from spinn2sim.trace import run_directory

# How many epochs back the time of the next ones is judged by.
RECENT = 5
# Files whose lock is asked for only after so long without a change, since asking may hinder a process that begins at that instant.
QUIET_S = 3.0
Status = Literal["absent", "running", "complete", "interrupted", "stopped"]


@dataclass(frozen=True)
class RunState:
    """The state of a run: "stopped" is one whose process ended without a word."""

    status: Status
    # Of the scenario; 0 as long as there is none.
    epochs: int = 0
    # The lines of the metrics, and whether the run may end before its last epoch.
    lines: list[dict[str, Any]] = field(default_factory=list)
    may_end_early: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come, unless the run is resumed."""
        return self.status in ("complete", "interrupted", "stopped")

    @property
    def done(self) -> int:
        """The last epoch that was finished; 0 if there is none."""
        return int(self.lines[-1]["epoch"]) if self.lines else 0

    @property
    def left_s(self) -> float | None:
        """The seconds that the rest of the epochs take if they take as long as the last ones; None if no epoch of training was finished."""
        trained = [line for line in self.lines if line["epoch"]]
        if not trained:
            return None
        return median(map(epoch_seconds, trained[-RECENT:])) * (self.epochs - self.done)


def epoch_seconds(line: dict[str, Any]) -> float:
    """Return how long an epoch took."""
    return float(sum(line.get(f"{part}_wall_s") or 0.0 for part in PART_NAMES))


def duration(seconds: float) -> str:
    """Return a time in words, in units that give small numbers."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


class RunWatcher:
    """Follows the run directory `folder`, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[object, ...] = ()
        self._changed = monotonic()
        self._lines: list[dict[str, Any]] = []
        self._scenario: tuple[int, bool] = (0, False)

    def states(self, every_s: float, timeout_s: float | None = None) -> Iterator[RunState]:
        """Yield the state whenever the files have changed, the last one when the run has ended or the time is over."""
        end = None if timeout_s is None else monotonic() + timeout_s
        last: object = None
        while True:
            state = self.state()
            now = (state.status, state.done, len(state.lines), state.epochs)
            if now != last:
                last = now
                yield state
            if state.ended or (end is not None and monotonic() >= end):
                return
            sleep(every_s)

    def state(self) -> RunState:
        """Read the state. Raises DataError for a folder that will never be a run, and for damaged files."""
        if not self._is_there():
            return RunState("absent")
        now = tuple(
            _stamp(self.folder / name)
            for name in (run_directory.SCENARIO, run_directory.METRICS, run_directory.SUMMARY)
        )
        if now != self._seen:
            self._changed = monotonic() if self._seen else self._changed - QUIET_S
            self._seen = now
            scenario = load(self.folder / run_directory.SCENARIO)
            self._scenario = scenario.training.epochs, scenario.training.patience > 0
            self._lines = run_directory.read_metrics(self.folder, whole=True)
        epochs, early = self._scenario
        return RunState(self._status(), epochs, self._lines, early)

    def _is_there(self) -> bool:
        if (self.folder / run_directory.JOURNAL).exists():
            raise DataError(
                f"{self.folder}: found a sweep, allowed is a run directory; docs/how-to/sweep.md says how to look at a sweep"
            )
        if (self.folder / run_directory.NETWORK).exists():
            raise DataError(
                f"{self.folder}: found the run of a script, which has no epochs, allowed is a run of a scenario"
            )
        if (self.folder / run_directory.SCENARIO).is_file():
            return True
        begun = {LOCK, *run_directory.BEFORE_SCENARIO}
        if self.folder.exists() and (
            not self.folder.is_dir() or any(path.name not in begun for path in _content(self.folder))
        ):
            run_directory.need_run(self.folder)
        return False

    def _status(self) -> Status:
        if (self.folder / LOCK).exists() and (monotonic() - self._changed < QUIET_S or self._locked()):
            return "running"
        if not (self.folder / run_directory.SUMMARY).exists():
            return "stopped"
        return "complete" if run_directory.read_summary(self.folder)["status"] == "complete" else "interrupted"

    def _locked(self) -> bool:
        try:
            refuse_locked(self.folder, "running")
        except OutputError:
            return True
        return False


def _content(folder: Path) -> list[Path]:
    """Return the files of a folder but those that are being written."""
    return [path for path in folder.iterdir() if not path.name.startswith(".") or path.name == LOCK]


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
