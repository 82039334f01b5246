"""One thread beside the simulation that does what it is given, in that order: sorting and writing the trace."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

WAITING = 4  # tasks that may wait: their rows are what a long part takes in memory


class WriterThread:
    """An error in the thread is raised by every call from then on, and no further task is done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "trace")
        self._tasks: deque[Future[None]] = deque()
        self._failure: BaseException | None = None

    def give(self, task: Callable[[], None]) -> None:
        """Have `task` done in the thread; blocks while too many tasks wait."""
        self._tasks.append(self._pool.submit(self._try, task))
        self._settle(WAITING)

    def wait(self) -> None:
        """Wait until all tasks are done."""
        self._settle(0)

    def _settle(self, waiting: int) -> None:
        while self._tasks and (len(self._tasks) > waiting or self._tasks[0].done()):
            self._tasks.popleft().result()
        if self._failure is not None:
            raise self._failure

    def _try(self, task: Callable[[], None]) -> None:
        if self._failure is None:
            try:
                task()
            except BaseException as error:
                self._failure = error
