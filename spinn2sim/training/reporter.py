"""Reporters, which tell the user how a long computation proceeds.

Their methods do nothing by default; a subclass overrides those for what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# A function that is called with the number of batches done and the number of batches in all.
Watch = Callable[[int, int], None]


class Reporter:
    """Receives the warnings of a computation; by default nothing is shown."""

    def warn(self, text: str) -> None:
        """Called with a warning that the user must see during the computation."""


class RunReporter(Reporter):
    """Receives the progress of a run; by default nothing is shown."""

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Called at the beginning of the part `name` of an epoch. The returned function is called after each batch."""
        return lambda done, total: None

    def epoch(self, line: dict[str, Any]) -> None:
        """Called after each epoch, with its line of metrics.jsonl."""

    def joining(self, table: str, done: int, files: int) -> None:
        """Called at the end of the run while the files of a table are joined: how many of them are."""

    def compiled(self, seconds: float) -> None:
        """Called after the first part with the time that compiling took."""
