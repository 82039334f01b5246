"""Where jobs run: in this process, in processes of this machine, or on a Dask cluster; it knows no job's content."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from contextvars import ContextVar
from typing import Protocol, TypeVar

from spinn2sim.errors import OutputError

Job = TypeVar("Job")
Result = TypeVar("Result")
Listener = Callable[[str], None]
REACH_S, LISTEN_S = 10, 0.2  # to wait for a scheduler; between two looks at what jobs said
_listener: ContextVar[Listener | None] = ContextVar("_listener", default=None)
# What goes wrong with a cluster is said in a line of our own.
NOISY = ("distributed", "distributed.client", "distributed.core", "tornado.application", "asyncio")


def tell(text: str) -> None:
    """From a job: some words for whoever listens where the workers were made; nobody does on a cluster."""
    listener = _listener.get()
    if listener is not None:
        listener(text)


class Workers(Protocol):
    """Some executor and what is special about it."""

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """What a future raises when its worker died."""

    def capacity(self) -> int:
        """How many jobs are worth having under way."""

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Begin a job: `task`, a function of a module, of a job that can be sent."""

    def close(self) -> None:
        """Leave; jobs under way are given up."""


class InProcess:
    """One after the other, here."""

    lost: tuple[type[Exception], ...] = ()

    def __init__(self, listener: Listener | None = None) -> None:
        self._heard_by = listener

    def capacity(self) -> int:
        """One."""
        return 1

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Done when it returns."""
        future: Future[Result] = Future()
        token = _listener.set(self._heard_by)
        try:
            future.set_result(task(job))
        finally:
            _listener.reset(token)
        return future

    def close(self) -> None:
        """Nothing to leave."""


class Processes:
    """Processes of this machine, kept for all jobs; when one dies, all are begun anew."""

    lost: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, count: int, listener: Listener | None = None) -> None:
        self._count, self._closed = count, False
        self._spawn = multiprocessing.get_context("spawn")  # a fork would take over numba's threads in whatever state
        self._words = self._spawn.SimpleQueue() if listener else None
        if listener:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()
        self._pool = self._begin()

    def _begin(self) -> Executor:
        threads = max(1, (os.cpu_count() or 1) // self._count)
        say = self._words.put if self._words else None
        return ProcessPoolExecutor(self._count, self._spawn, _begin_worker, (threads, say))

    def _listen(self, listener: Listener) -> None:
        # It looks instead of waiting for a last word: a worker that is ended while it speaks keeps the queue's lock.
        while self._words is not None and not self._closed:
            if self._words.empty():
                time.sleep(LISTEN_S)
            else:
                listener(self._words.get())

    def capacity(self) -> int:
        """One more than processes, so that none waits for the next job."""
        return self._count + 1

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Begin a job, in new processes if one has died."""
        try:
            return self._pool.submit(task, job)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._begin()
            return self._pool.submit(task, job)

    def close(self) -> None:
        """What is under way ends with its process."""
        self._closed = True
        for process in list((getattr(self._pool, "_processes", None) or {}).values()):
            process.terminate()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _begin_worker(threads: int, say: Listener | None) -> None:
    """In a worker process: its share of the threads; Ctrl-C is the parent's, and without a parent it ends."""
    import numba

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    numba.set_num_threads(min(threads, numba.get_num_threads()))
    _listener.set(say)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


class DaskCluster:
    """A cluster that is there already; Dask gives the jobs of a lost worker to another one."""

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

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Hand a job to the scheduler."""
        future: Future[Result] = self._executor.submit(task, job)
        return future

    def close(self) -> None:
        """The cluster stays, this client goes, and with it what it had under way."""
        with suppress(Exception):
            self._client.close(timeout=2)


def make_workers(count: int, dask: str | None, listener: Listener | None = None) -> Workers:
    """The workers that the command line asks for; `listener` hears what jobs `tell`. Raises OutputError for no scheduler."""
    if dask is not None:
        return DaskCluster(dask)
    return InProcess(listener) if count == 1 else Processes(count, listener)
