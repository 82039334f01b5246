"""Where trials run: in this process, in processes of this machine, or on a Dask cluster; it knows no trial's content."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from spinn2sim.spec.errors import OutputError

if TYPE_CHECKING:
    from spinn2sim.search.trial import Job, Result

REACH_S = 10  # to wait for a scheduler
# What goes wrong with a cluster is said in a line of our own.
NOISY = ("distributed", "distributed.client", "distributed.core", "tornado.application", "asyncio")


class Workers(Protocol):
    """Some executor and what is special about it."""

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """What a future raises when its worker died."""

    def capacity(self) -> int:
        """How many trials are worth having under way."""

    def submit(self, job: Job) -> Future[Result]:
        """Begin a trial."""

    def close(self) -> None:
        """Leave; trials under way are given up."""


class InProcess:
    """One after the other, here."""

    lost: tuple[type[Exception], ...] = ()

    def capacity(self) -> int:
        """One."""
        return 1

    def submit(self, job: Job) -> Future[Result]:
        """Done when it returns."""
        from spinn2sim.search.trial import run_trial

        future: Future[Result] = Future()
        future.set_result(run_trial(job))
        return future

    def close(self) -> None:
        """Nothing to leave."""


class Processes:
    """Processes of this machine, kept for all trials; when one dies, all are begun anew."""

    lost: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = self._begin()

    def _begin(self) -> Executor:
        threads = max(1, (os.cpu_count() or 1) // self._count)
        spawn = multiprocessing.get_context("spawn")  # a fork would take over numba's threads in whatever state
        return ProcessPoolExecutor(self._count, spawn, _begin_worker, (threads,))

    def capacity(self) -> int:
        """One more than processes, so that none waits for the next trial."""
        return self._count + 1

    def submit(self, job: Job) -> Future[Result]:
        """Begin a trial, in new processes if one has died."""
        from spinn2sim.search.trial import run_trial

        try:
            return self._pool.submit(run_trial, job)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._begin()
            return self._pool.submit(run_trial, job)

    def close(self) -> None:
        """What is under way ends with its process."""
        for process in list((getattr(self._pool, "_processes", None) or {}).values()):
            process.terminate()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _begin_worker(threads: int) -> None:
    """In a worker process: its share of the threads; Ctrl-C is the parent's, and without a parent it ends."""
    import numba

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    numba.set_num_threads(min(threads, numba.get_num_threads()))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


class DaskCluster:
    """A cluster that is there already; Dask gives the trials of a lost worker to another one."""

    def __init__(self, address: str) -> None:
        """Raises OutputError when no scheduler answers, or when distributed is not installed."""
        try:
            from distributed import Client
            from distributed.comm.addressing import get_address_host
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise OutputError("--dask: distributed is not installed; it comes with the extra 'dask'") from None
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            get_address_host(address)  # before there is a Client, which takes long to give up
            self._client = Client(address, timeout=REACH_S, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise OutputError(f"--dask {address}: no scheduler reached ({said})") from None
        self._executor = self._client.get_executor(pure=False)
        self.lost: tuple[type[Exception], ...] = (KilledWorker,)

    def capacity(self) -> int:
        """Twice the workers: what waits at the scheduler needs no trip to this process."""
        return max(2, 2 * len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def submit(self, job: Job) -> Future[Result]:
        """Hand a trial to the scheduler."""
        from spinn2sim.search.trial import run_trial

        future: Future[Result] = self._executor.submit(run_trial, job)
        return future

    def close(self) -> None:
        """The cluster stays, this client goes, and with it what it had under way."""
        with suppress(Exception):
            self._client.close(timeout=2)


def make_workers(count: int, dask: str | None) -> Workers:
    """The workers that the command line asks for. Raises OutputError when a scheduler can't be reached."""
    if dask is not None:
        return DaskCluster(dask)
    return InProcess() if count == 1 else Processes(count)
