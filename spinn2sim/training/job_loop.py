"""Runs jobs on workers until none is left. Each result is stored as it arrives, and a job whose worker dies is begun again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from spinn2sim.errors import OutputError, Spinn2simError
from spinn2sim.training.workers import Workers

Job = TypeVar("Job")
Result = TypeVar("Result")
# How often a job is begun if its workers die.
ATTEMPTS = 3


class MachineTroubleError(Exception):
    """A job failed for a reason that says nothing about the job, such as a file that is missing for a moment."""


# What a job raises for a failure of the machine rather than of the job.
MACHINE_TROUBLE = (MachineTroubleError, MemoryError, OSError)


@dataclass(frozen=True)
class JobLoop(Generic[Job, Result]):
    """The loop, with the functions that adapt it to a sweep or an experiment. `str(job)` names a job to the user."""

    workers: Workers
    # Runs a job in a worker; it must be importable, so a function at the top level of a module.
    task: Callable[[Job], Result]
    # Returns the next job to begin, or None while none can begin.
    next_job: Callable[[], Job | None]
    # Stores a result; when it returns, a kill of this process loses nothing of it.
    keep: Callable[[Job, Result], None]
    # Decides about a job that failed ATTEMPTS times, the last time with this error: returns a result, returns None for none, or raises.
    give_up: Callable[[Job, Exception], Result | None]
    # Tells the user that a worker died.
    warn: Callable[[str], None]
    # The jobs being run, each with the number of its attempt.
    _running: dict[Future[Result], tuple[Job, int]] = field(default_factory=dict)

    def run(self) -> bool:
        """Run all jobs. Returns False if Ctrl-C came before the last one was finished. Raises whatever a job raises."""
        try:
            self._fill()
            while self._running:
                for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                    self._finish(future, *self._running.pop(future))
                self._fill()
        except KeyboardInterrupt:
            return False
        return True

    def let_end(self, seconds: float) -> None:
        """After an interruption, keep the results of jobs that end within so many seconds. Jobs that wait for a worker are dropped."""
        for future in self._running:
            future.cancel()
        for future in wait(self._running, seconds).done:
            job, _ = self._running.pop(future)
            if not future.cancelled() and future.exception() is None:
                self.keep(job, future.result())

    def _fill(self) -> None:
        """Begin jobs until the workers are busy."""
        while len(self._running) < self.workers.capacity() and (job := self.next_job()) is not None:
            self._begin(job, 1)

    def _begin(self, job: Job, attempt: int) -> None:
        self._running[self.workers.submit(self.task, job)] = job, attempt

    def _finish(self, future: Future[Result], job: Job, attempt: int) -> None:
        try:
            result = future.result()
        except CancelledError:
            raise OutputError("--dask: the scheduler is gone; what was finished is kept, go on with --resume") from None
        except self.workers.lost + MACHINE_TROUBLE as error:
            if isinstance(error, Spinn2simError):  # refused input would be refused again
                raise
            if attempt < ATTEMPTS:
                what = "its worker died" if isinstance(error, self.workers.lost) else in_one_line(error)
                self.warn(f"{job}: {what}, attempt {attempt + 1} of {ATTEMPTS}")
                self._begin(job, attempt + 1)
                return
            given_up = self.give_up(job, error)
            if given_up is None:
                return
            result = given_up
        self.keep(job, result)


def in_one_line(error: Exception) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
