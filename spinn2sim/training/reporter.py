"""Reporters: who tells the user how a long computation goes.

The methods of every reporter do nothing by default: a reporter overrides those that it shows, and the base class is the silent one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Called with the number of batches done and the number of batches in all.
Watch = Callable[[int, int], None]


class Reporter:
    """What every computation may say."""

    def warn(self, text: str) -> None:
        """Tell what a user must see while the computation goes on."""


class RunReporter(Reporter):
    """What a run says about its epochs."""

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Begin the part `name` of an epoch; the answer is called after each batch."""
        return lambda done, total: None

    def epoch(self, line: dict[str, Any]) -> None:
        """Tell what an epoch gave: its line of metrics.jsonl."""

    def compiled(self, seconds: float) -> None:
        """Tell how long compiling took in the first part."""
