"""What an experiment reports while its jobs run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.training.reporter import Reporter

if TYPE_CHECKING:
    from spinn2sim.experiments.runner.protocol import Experiment, FinishedJob


class ExperimentReporter(Reporter):
    """Receives the progress of an experiment; by default nothing is shown."""

    def begin(self, experiment: Experiment, done: int, jobs: int) -> None:
        """Called before the first job of this process; `done` of the `jobs` are finished already."""

    def say(self, text: str) -> None:
        """Called with a few words from a running job about how far it is."""

    def job(self, job: FinishedJob, done: int, jobs: int) -> None:
        """Called after each finished job, of which there are now `done`."""
