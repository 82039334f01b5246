"""The loop that runs jobs on workers: their order, how often each is run, and what happens after a worker's death or Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import pytest

from spinn2sim.errors import OutputError
from spinn2sim.training.job_loop import ATTEMPTS, JobLoop


class Died(Exception):  # noqa: N818 - it is an end, not an error
    """Raised in place of a worker's death."""


class TwoAtOnce:
    """Workers with a capacity of two jobs, which would accept more; `most` is the largest number they had at once."""

    lost = (Died,)

    def __init__(self) -> None:
        self._pool, self._lock, self._open = ThreadPoolExecutor(5), Lock(), 0
        self.most = 0

    def capacity(self) -> int:
        """Two jobs."""
        return 2

    def submit(self, task: Callable[[int], int], job: int) -> Future[int]:
        """Run a job in a thread."""
        return self._pool.submit(self._run, task, job)

    def _run(self, task: Callable[[int], int], job: int) -> int:
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
        time.sleep(0.01)
        with self._lock:
            self._open -= 1
        return task(job)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


@dataclass
class Kept:
    """The results and the warnings of a loop over the jobs 0 to 4."""

    results: dict[int, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def run(self, task: Callable[[int], int], workers: TwoAtOnce | None = None) -> bool:
        """Run the jobs, and record -1 as the result of a job whose worker died too often."""
        jobs = iter(range(5))

        def keep(job: int, result: int) -> None:
            self.results[job] = result

        loop = JobLoop(
            workers or TwoAtOnce(), task, lambda: next(jobs, None), keep, lambda *_: -1, self.warnings.append
        )
        return loop.run()


def test_every_job_is_run_once_and_kept() -> None:
    """Every job is run once, never more at a time than the workers' capacity, and its result is kept under its number."""
    kept, workers, run = Kept(), TwoAtOnce(), list[int]()

    def square(job: int) -> int:
        run.append(job)
        return job * job

    assert kept.run(square, workers)
    assert sorted(run) == list(range(5))
    assert kept.results == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}
    assert workers.most == 2


def test_a_job_whose_worker_dies_is_begun_again() -> None:
    """A job whose worker dies is run again with a warning, and given up after ATTEMPTS deaths; the other jobs are run as usual."""
    kept, left = Kept(), {1: 1, 3: 99}

    def mortal(job: int) -> int:
        if left.get(job, 0) > 0:
            left[job] -= 1
            raise Died
        return job

    assert kept.run(mortal)
    assert kept.results == {0: 0, 1: 1, 2: 2, 3: -1, 4: 4}
    assert left[3] == 99 - ATTEMPTS
    assert sorted(kept.warnings) == [
        "1: its worker died, attempt 2 of 3", "3: its worker died, attempt 2 of 3", "3: its worker died, attempt 3 of 3",
    ]  # fmt: skip


def test_ctrl_c_leaves_what_was_kept() -> None:
    """After Ctrl-C the loop returns that it is incomplete, and keeps the results so far."""
    kept = Kept()

    def interrupted(job: int) -> int:
        if job == 2:
            raise KeyboardInterrupt
        return job

    assert not kept.run(interrupted)
    assert kept.results
    assert 2 not in kept.results


def test_a_scheduler_that_is_gone_is_refused() -> None:
    """If a cluster drops its jobs, the loop ends with a refusal in one line."""

    def dropped(job: int) -> int:
        raise CancelledError

    with pytest.raises(OutputError, match="the scheduler is gone"):
        Kept().run(dropped)
