"""Jobs of an experiment on workers, each result on the disk as soon as it is there; it knows no experiment's content."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from spinn2sim.errors import OutputError
from spinn2sim.experiments.runner import folder as files
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Job
from spinn2sim.training.reporter import Reporter
from spinn2sim.training.workers import Workers, tell

ATTEMPTS = 3  # at a job whose worker dies


class ExperimentReporter(Reporter):
    """What an experiment says about its jobs."""

    def begin(self, experiment: Experiment, done: int, jobs: int) -> None:
        """Tell what lies ahead before the first job of this process; `done` jobs are finished already."""

    def say(self, text: str) -> None:
        """Pass on a few words from a job that is under way."""

    def job(self, done: FinishedJob, finished: int, jobs: int) -> None:
        """Tell that a job is finished."""


def run_job(named: tuple[str, Job]) -> FinishedJob:
    """In a worker: a job of the experiment of that name, and how long it took."""
    name, job = named
    start = time.perf_counter()
    result = find_experiment(name).run(job, lambda text: tell(f"{job}: {text}"))
    return FinishedJob(job, result, round(time.perf_counter() - start, 3))


@dataclass
class Work:
    """The loop, and what is under way in it."""

    experiment: Experiment
    jobs: Sequence[Job]
    folder: Path
    workers: Workers
    reporter: ExperimentReporter
    done: dict[int, FinishedJob]  # by number; what the directory held already
    running: dict[Future[FinishedJob], int] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)

    def go(self) -> list[FinishedJob]:
        """All jobs that are left; all results in the order of the jobs. Raises whatever a job raises; what is finished is kept."""
        self.reporter.begin(self.experiment, len(self.done), len(self.jobs))
        left = [number for number in range(len(self.jobs)) if number not in self.done]
        while left or self.running:
            while left and len(self.running) < self.workers.capacity():
                self._start(left.pop(0))
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                self._finished(self.running.pop(future), future)
        return [self.done[number] for number in range(len(self.jobs))]

    def _start(self, number: int) -> None:
        self.running[self.workers.submit(run_job, (self.experiment.name, self.jobs[number]))] = number

    def _finished(self, number: int, future: Future[FinishedJob]) -> None:
        try:
            done = future.result()
        except self.workers.lost:
            self._lost(number)
            return
        self.done[number] = files.keep(self.folder, number, done)
        self.reporter.job(done, len(self.done), len(self.jobs))

    def _lost(self, number: int) -> None:
        """The worker of a job died: once more, but not for ever."""
        deaths = self.deaths[number] = self.deaths.get(number, 0) + 1
        if deaths == ATTEMPTS:
            raise OutputError(f"{self.jobs[number]}: its worker died {ATTEMPTS} times; out of memory?")
        self.reporter.warn(f"{self.jobs[number]}: its worker died, attempt {deaths + 1} of {ATTEMPTS}")
        self._start(number)
