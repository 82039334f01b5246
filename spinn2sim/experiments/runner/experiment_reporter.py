"""What an experiment says while its jobs run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.training.reporter import Reporter

if TYPE_CHECKING:
    from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob


class ExperimentReporter(Reporter):
    """What an experiment says about its jobs."""

    def begin(self, experiment: Experiment, done: int, jobs: int) -> None:
        """Tell what lies ahead before the first job of this process; `done` jobs are finished already."""

    def say(self, text: str) -> None:
        """Pass on a few words from a job that is under way."""

    def job(self, job: FinishedJob, done: int, jobs: int) -> None:
        """Tell that a job is finished, as number `done` of all."""
