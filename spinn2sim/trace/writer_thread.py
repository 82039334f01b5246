"""A thread beside the simulation that sorts and writes the trace: it runs the tasks that it is given, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

WAITING = 2  # how many tasks may wait; their rows take most of the memory in a long part


class WriterThread:
    """Runs tasks in one thread. After an error in a task, no further task is run, and every call raises that error."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "trace")
        self._tasks: deque[Future[None]] = deque()
        self._failure: BaseException | None = None

    def give(self, task: Callable[[], None]) -> None:
        """Have `task` run in the thread; block while too many tasks are waiting."""
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
