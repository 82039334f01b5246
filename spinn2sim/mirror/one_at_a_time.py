"""Lets only one caller at a time run parallel kernels: numba's thread pool may be used by one thread at a time, and by one process only.

Without OpenMP or TBB, numba ends the process if two threads use the pool at once, or if the pool is used after a fork of a process that has
used it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spinn2sim.errors import ProcessError


class ThreadPoolGate:
    """Lets one thread of one process through at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # The process that has used numba's thread pool; None before the first call.
        self._process: int | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Run the block when no other thread is in one. Raises ProcessError in a process that was forked from one that has run a block."""
        process = os.getpid()
        if self._process not in (None, process):
            raise ProcessError(
                "training: this process was forked from one that has trained, whose threads it does not have; "
                'allowed is a process that multiprocessing.get_context("spawn") starts'
            )
        with self._lock:
            self._process = process
            yield


gate = ThreadPoolGate()
