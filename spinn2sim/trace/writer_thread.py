"""One thread beside the simulation for what it has to write; it does things in the order in which they were given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

WAITING = 4  # things that may wait: with what they hold, they are what a long part takes in memory


class Worker:
    """What goes wrong in the thread is raised by every call from then on, and nothing more is done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "trace")
        self._given: deque[Future[None]] = deque()
        self._failure: BaseException | None = None

    def give(self, do: Callable[[], None]) -> None:
        """Let `do` be done; waits while too much is waiting."""
        self._given.append(self._pool.submit(self._try, do))
        self._settle(WAITING)

    def wait(self) -> None:
        """Until all is done."""
        self._settle(0)

    def _settle(self, waiting: int) -> None:
        while self._given and (len(self._given) > waiting or self._given[0].done()):
            self._given.popleft().result()
        if self._failure is not None:
            raise self._failure

    def _try(self, do: Callable[[], None]) -> None:
        if self._failure is None:
            try:
                do()
            except BaseException as error:
                self._failure = error
