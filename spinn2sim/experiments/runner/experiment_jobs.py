"""Runs the jobs of an experiment on workers, and stores each result as soon as its job is finished."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

from spinn2sim.errors import OutputError
from spinn2sim.experiments.runner import result_store
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.experiments.runner.experiment_reporter import ExperimentReporter
from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob, Job
from spinn2sim.training.job_loop import ATTEMPTS, JobLoop, in_one_line
from spinn2sim.training.workers import Workers, tell


class NumberedJob(NamedTuple):
    """A job as a worker gets it, with the name of its experiment and its number among the jobs."""

    experiment: str
    number: int
    job: Job

    def __str__(self) -> str:
        return str(self.job)


def run_job(numbered: NumberedJob) -> FinishedJob:
    """Run a job in a worker, and measure how long it takes."""
    job, start = numbered.job, time.perf_counter()
    result = find_experiment(numbered.experiment).run(job, lambda text: tell(f"{job}: {text}"))
    return FinishedJob(job, result, round(time.perf_counter() - start, 3))


@dataclass(frozen=True)
class ExperimentJobs:
    """The jobs of one experiment. `finished` holds those that have a result, by number."""

    experiment: Experiment
    jobs: Sequence[Job]
    folder: Path
    reporter: ExperimentReporter
    finished: dict[int, FinishedJob]

    def run(self, workers: Workers) -> list[FinishedJob] | None:
        """Run the remaining jobs. Returns all results in the order of the jobs, or None after Ctrl-C. Raises whatever a job raises."""
        self.reporter.begin(self.experiment, len(self.finished), len(self.jobs))
        remaining = iter(
            [
                NumberedJob(self.experiment.name, number, job)
                for number, job in enumerate(self.jobs)
                if number not in self.finished
            ]
        )
        loop = JobLoop(workers, run_job, lambda: next(remaining, None), self._keep, _give_up, self.reporter.warn)
        return [self.finished[number] for number in range(len(self.jobs))] if loop.run() else None

    def _keep(self, numbered: NumberedJob, finished: FinishedJob) -> None:
        self.finished[numbered.number] = result_store.store(self.folder, numbered.number, finished)
        self.reporter.job(finished, len(self.finished), len(self.jobs))


def _give_up(numbered: NumberedJob, error: Exception) -> NoReturn:
    raise OutputError(
        f"{numbered.job}: the machine ended it {ATTEMPTS} times ({in_one_line(error)}); out of memory? Go on with --resume"
    ) from None
