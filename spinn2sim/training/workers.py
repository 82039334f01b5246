"""The workers that jobs run on: this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Protocol, TypeVar

from firmware_models.jit.kernel_cache import CacheWarning
from spinn2sim.errors import OutputError, how_to_install

Job = TypeVar("Job")
Result = TypeVar("Result")
Listener = Callable[[str], None]
# Seconds to wait for a scheduler, and from one poll of the jobs' messages to the next.
REACH_S, LISTEN_S = 10, 0.2
# Seconds that the last messages of jobs are waited for.
HEAR_S = 1.0
_listener: ContextVar[Listener | None] = ContextVar("_listener", default=None)
# Of a worker process: readable as soon as its jobs are asked to stop. Nobody reads from it, so all workers see it.
_stop: list[Connection] = []
# Loggers that are silenced, since errors of a cluster are reported in one line.
NOISY = ("distributed", "distributed.client", "distributed.core", "tornado.application", "asyncio")


def tell(text: str) -> None:
    """Send a message from a job to the listener given to `make_workers`. On a cluster this has no effect."""
    listener = _listener.get()
    if listener is not None:
        listener(text)


def stop_asked() -> bool:
    """Whether the job that calls this, in a process of its own, is asked to end early. It takes some microseconds."""
    return any(asked.poll() for asked in _stop)


class Workers(Protocol):
    """An executor of jobs."""

    @property
    def lost(self) -> tuple[type[Exception], ...]:
        """The errors that a future raises if its worker has died."""

    def capacity(self) -> int:
        """Return how many jobs should be submitted at a time."""

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Begin `task`, a function at the top level of a module, with a job that can be pickled."""

    def ask_to_stop(self) -> None:
        """Ask running jobs to end early; those that call `stop_asked` do."""

    def close(self) -> None:
        """Release the workers, and abandon running jobs."""


class InProcess:
    """Runs jobs in this process, one after the other."""

    lost: tuple[type[Exception], ...] = ()

    def __init__(self, listener: Listener | None = None) -> None:
        self._words_go_to = listener

    def capacity(self) -> int:
        """Return 1."""
        return 1

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Run a job, which is finished when this returns."""
        future: Future[Result] = Future()
        token = _listener.set(self._words_go_to)
        try:
            future.set_result(task(job))
        except Exception as error:
            future.set_exception(error)
        finally:
            _listener.reset(token)
        return future

    def ask_to_stop(self) -> None:
        """Do nothing, since no job is running while this is called."""

    def close(self) -> None:
        """Do nothing, since there is nothing to release."""


class Processes:
    """Runs jobs in processes of this machine, which are kept for all jobs. If one dies, all are started again."""

    lost: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, count: int, listener: Listener | None = None) -> None:
        self._count, self._closed = count, False
        self._spawn = multiprocessing.get_context("spawn")  # a fork would inherit numba's threads in any state
        self._words = self._spawn.SimpleQueue() if listener else None
        self._heard, self._stop = self._spawn.Pipe(duplex=False)
        self._ears: threading.Thread | None = None
        if listener:
            self._ears = threading.Thread(target=self._listen, args=(listener,), daemon=True)
            self._ears.start()
        self._pool = self._start_pool()

    def _start_pool(self) -> Executor:
        threads = max(1, core_count() // self._count)
        say = self._words.put if self._words else None
        return ProcessPoolExecutor(self._count, self._spawn, _start_worker, (threads, say, self._heard))

    def _listen(self, listener: Listener) -> None:
        # Polls instead of waiting, since a worker that is terminated while it writes keeps the queue's lock.
        while self._words is not None:
            if not self._words.empty():
                listener(self._words.get())
            elif self._closed:
                break
            else:
                time.sleep(LISTEN_S)

    def capacity(self) -> int:
        """Return one more than there are processes, so that none waits for its next job."""
        return self._count + 1

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Begin a job, in new processes if one has died."""
        with _signals_left_to_this_process():
            try:
                return self._pool.submit(task, job)
            except BrokenProcessPool:
                self._pool.shutdown(wait=False)
                self._pool = self._start_pool()
                return self._pool.submit(task, job)

    def ask_to_stop(self) -> None:
        """Make what `stop_asked` looks at readable."""
        with suppress(OSError):
            self._stop.send_bytes(b"stop")

    def close(self) -> None:
        """Hear what jobs have said so far, and terminate the processes and their running jobs."""
        self._closed = True
        if self._ears is not None and self._ears is not threading.current_thread():
            self._ears.join(HEAR_S)
        for process in list((getattr(self._pool, "_processes", None) or {}).values()):
            process.terminate()
        self._pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _signals_left_to_this_process() -> Iterator[None]:
    """Block Ctrl-C and SIGHUP for processes that are started inside the block, since a terminal sends these to all of its processes.

    A worker could ignore them only once Python runs in it, and would print a traceback until then.
    """
    resource_tracker.ensure_running()  # it would unblock the signals in its own start
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(threads: int, say: Listener | None, stop: Connection) -> None:
    """Prepare a worker process: it uses its share of the threads, leaves Ctrl-C to the parent, and ends with the parent."""
    import numba

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore", CacheWarning)  # the parent says it
    numba.set_num_threads(min(threads, numba.get_num_threads()))
    _listener.set(say)
    _stop[:] = [stop]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


class DaskCluster:
    """Runs jobs on a running Dask cluster; Dask gives the jobs of a lost worker to another one."""

    def __init__(self, address: str) -> None:
        """Raises OutputError if no scheduler answers, or if distributed is not installed."""
        try:
            from distributed import Client
            from distributed.comm.addressing import get_address_host
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise OutputError(f"--dask: distributed is not installed: {how_to_install('dask')}") from None
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            get_address_host(address)  # checked first, since a Client takes long to give up
            self._client = Client(address, timeout=REACH_S, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise OutputError(f"--dask {address}: no scheduler reached ({said})") from None
        self._executor = self._client.get_executor(pure=False)
        self.lost: tuple[type[Exception], ...] = (KilledWorker,)

    def capacity(self) -> int:
        """Return twice the number of workers, so that the scheduler always has a next job."""
        return max(2, 2 * len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def submit(self, task: Callable[[Job], Result], job: Job) -> Future[Result]:
        """Hand a job to the scheduler."""
        future: Future[Result] = self._executor.submit(task, job)
        return future

    def ask_to_stop(self) -> None:
        """Do nothing: jobs of a cluster run to their end."""

    def close(self) -> None:
        """Disconnect from the cluster, which abandons the running jobs and keeps running."""
        with suppress(Exception):
            self._client.close(timeout=2)


def core_count() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_workers(where: int | str, listener: Listener | None = None) -> Workers:
    """Make workers: `where` is a number of processes of this machine, or the address of a Dask scheduler.

    `listener` is called with the messages of jobs. Raises OutputError if no scheduler answers.
    """
    if isinstance(where, str):
        return DaskCluster(where)
    return InProcess(listener) if where == 1 else Processes(where, listener)
