"""Workers that finish in any order, die, or stop; their trials are arithmetic on the drawn numbers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from spinn2sim.scenario.load import load_text
from spinn2sim.training.search import journal
from spinn2sim.training.search.pruner_adapter import PrunerAdapter
from spinn2sim.training.search.space import Space, SweepSource, read_space
from spinn2sim.training.search.sweep import run_trials
from spinn2sim.training.search.sweep_reporter import SweepReporter
from spinn2sim.training.search.sweep_result import SweepResult
from spinn2sim.training.search.trial import TrialJob, TrialResult
from spinn2sim.training.search.trial_log import Trial

EPOCHS = 4


class Died(Exception):  # noqa: N818 - it is an end, not an error
    """A worker's end."""


class Killed(BaseException):
    """The end of the process that sweeps."""


def answer(job: TrialJob) -> TrialResult:
    """A trial without a network: the best learning rate is 4e-3, with fewer neurons it is a little worse."""
    scenario = load_text(job.scenario)
    neurons = scenario.network.hidden[0]
    top = 1 / (1 + abs(scenario.optimizer.learning_rate - 4e-3) * 500) - 1 / neurons
    figures = {"validation_accuracy": top, "hidden_spikes": neurons * 1.5}
    if job.pruner == "none":
        return TrialResult("complete", figures, [top])
    pruner = PrunerAdapter(job.pruner, job.objective, job.number, EPOCHS, job.finished)
    for epoch in range(1, EPOCHS + 1):
        if pruner.should_stop(top * epoch / EPOCHS) and epoch < EPOCHS:
            return TrialResult(
                "pruned", {"validation_accuracy": pruner.reported[-1]}, [], pruner.reported, pruner.pruner_state
            )
    return TrialResult("complete", figures, [top], pruner.reported, pruner.pruner_state)


class Threads:
    """So many trials at once, each taking its own time."""

    lost = (Died,)

    def __init__(self, count: int, work: Callable[[TrialJob], TrialResult] = answer) -> None:
        self._count, self._pool, self._work = count, ThreadPoolExecutor(count), work

    def capacity(self) -> int:
        """As many as there are threads."""
        return self._count

    def submit(self, task: object, job: TrialJob) -> Future[TrialResult]:
        """Begin a trial, by arithmetic in place of `task`."""
        return self._pool.submit(self._late, job, random.random() / 200)  # noqa: S311 - any time will do

    def _late(self, job: TrialJob, seconds: float) -> TrialResult:
        time.sleep(seconds)
        return self._work(job)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


class KillAfter(SweepReporter):
    """A reporter that ends the process after so many trials."""

    def __init__(self, trials: int) -> None:
        self._left = trials

    def trial(self, space: Space, trial: Trial, done: int, trials: int) -> None:
        """Count, then end."""
        self._left -= 1
        if self._left == 0:
            raise Killed


def source(scenario: Path, sweep: str, space: str) -> SweepSource:
    """A scenario file and the two tables of a space."""
    text = f"[sweep]\n{sweep}\n[space]\n{space}\n"
    return SweepSource(scenario.read_text(), str(scenario), str(scenario.parent), {}, text, "space.toml")


def begin(folder: Path, asked: SweepSource, workers: Threads, reporter: SweepReporter | None = None) -> SweepResult:
    """A sweep in a new folder."""
    folder.mkdir()
    return run_trials(journal.create_journal(folder, read_space(asked)), folder, workers, reporter or SweepReporter())


def go_on(folder: Path, workers: Threads, reporter: SweepReporter | None = None) -> SweepResult:
    """The rest of a sweep."""
    return run_trials(journal.open_journal(folder), folder, workers, reporter or SweepReporter())
