"""Limits on a user's SQL: memory, time, and the size of an answer; and a way to run any query so that Ctrl-C ends it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from spinn2sim.errors import DataError, ScenarioError, quoted

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
# Environment variables that raise the limits.
MEMORY, SECONDS = "SPINN2SIM_SQL_MEMORY", "SPINN2SIM_SQL_SECONDS"
DEFAULT_MEMORY_MB, DEFAULT_SECONDS = 512, 300
SLACK_MB = 384  # what a query may take besides the memory that DuckDB counts
MOST_ROWS = 200_000  # of an answer that is shown, or made Python values
# Seconds between looks at the clock; and how long an interrupted query may take to end, since some functions do not listen.
POLL_S, ENDING_S = 0.05, 2.0
_abandoned: list[Thread] = []


def memory_mb() -> int:
    """Return the megabytes that a user's query may take. Raises ScenarioError if the variable is no number of them."""
    text = os.environ.get(MEMORY, "")
    found = re.fullmatch(r"(\d{1,6}) ?([MG]B)", text, re.IGNORECASE)
    if text and not found:
        raise ScenarioError(f"{MEMORY}: found {quoted(text)}, allowed is a size such as 512MB or 4GB")
    return DEFAULT_MEMORY_MB if found is None else int(found[1]) * (1000 if found[2].upper() == "GB" else 1)


def most_seconds() -> float:
    """Return the seconds that a user's query may take. Raises ScenarioError if the variable is no number of them."""
    text = os.environ.get(SECONDS, "")
    if text and not re.fullmatch(r"\d{1,6}", text):
        raise ScenarioError(f"{SECONDS}: found {quoted(text)}, allowed is a whole number of seconds")
    return float(text or DEFAULT_SECONDS)


def interruptible(duck: duckdb.DuckDBPyConnection, work: Callable[[], T], seconds: float | None = None) -> T:
    """Return what `work` returns, which runs in a thread of its own, since DuckDB does not look for signals while it works.

    If this thread gets a KeyboardInterrupt, or after `seconds`, the query is interrupted. Raises DataError when the time is over.
    """
    answer: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(work())
        except BaseException as error:  # handed to the thread that waits
            failure.append(error)

    thread = Thread(target=run, daemon=True)
    end = None if seconds is None else monotonic() + seconds
    thread.start()
    try:
        while thread.is_alive():
            thread.join(POLL_S)
            if end is not None and thread.is_alive() and monotonic() > end:
                raise DataError(f"SQL: took more than {seconds:g} s, allowed is less; {SECONDS} sets another limit")
    except BaseException:
        duck.interrupt()
        thread.join(ENDING_S)
        if thread.is_alive():
            _abandoned.append(thread)
        raise
    if failure:
        raise failure[0]
    return answer[0]  # type: ignore[no-any-return]


def must_exit_hard() -> bool:
    """Whether a query that did not listen still runs, so that the process can only be ended at once."""
    return any(thread.is_alive() for thread in _abandoned)


class OwnProcess:
    """Whether this process runs a user's query and nothing after it, so that its memory may be limited as a whole."""

    is_so = False


def limit_process() -> None:
    """Limit the memory of a process that is for one query: DuckDB does not count what its functions allocate for a single long value.

    To be called when all libraries are loaded, since a library that cannot be loaded ends the process.
    """
    if not OwnProcess.is_so:
        return
    with suppress(OSError, ValueError, ImportError):  # a system without /proc or such a limit
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + ((memory_mb() + SLACK_MB) << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
