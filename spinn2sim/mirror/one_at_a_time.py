"""One call at a time for kernels that run on several threads: numba's pool of threads belongs to one caller, and to one process.

Two threads that enter it at once end the process without OpenMP or TBB, and so does a fork of a process that has entered it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spinn2sim.errors import ProcessError


class ThreadPoolGate:
    """Lets one thread of one process through."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # The process that has entered numba's pool, None before the first call.
        self._process: int | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait until no other thread is in the block. Raises ProcessError in a process that was forked from one that has entered it."""
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
