"""A progress bar on stderr, shown only on a terminal, and messages printed above it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from spinn2sim.cli.output import coloured
from spinn2sim.errors import harmless


class ProgressBar:
    """Shows one bar at a time: each part of the work has its own."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, text: str = "", unit: str = "batch", total: int | None = None, done: int = 0) -> None:
        """Show a bar in place of the one before."""
        from tqdm import tqdm

        self.close()
        self._bar = tqdm(
            desc=harmless(text), unit=unit, total=total, initial=done,
            leave=False, file=sys.stderr, dynamic_ncols=True, disable=None,
        )  # fmt: skip

    def watch(self, text: str, unit: str = "batch") -> Callable[[int, int], None]:
        """Show a bar whose total is not known yet. The returned function takes (done, total) and moves the bar there."""
        self.begin(text, unit)
        bar = self._bar

        def move(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return move

    def move(self, done: int) -> None:
        """Move the bar to `done` of its total."""
        self._bar.update(done - self._bar.n)

    def note(self, text: str) -> None:
        """Show a few words to the right of the bar, if there is one."""
        if self._bar is not None:
            self._bar.set_postfix_str(harmless(text))

    def say(self, text: str, err: bool = True) -> None:
        """Print a line on stderr or stdout, above the bar if there is one."""
        if self._bar is not None:
            self._bar.clear()
        click.echo(coloured(harmless(text), err=err), err=err)
        if self._bar is not None:
            self._bar.refresh()

    def close(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
