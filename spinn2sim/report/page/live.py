"""Writes the page of a run again and again while the run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.report.page.document import write_page
from spinn2sim.report.run_state import RunState, RunWatcher

EVERY_S = 1.0


def write_while_running(watcher: RunWatcher, target: Path, again_s: int) -> Iterator[tuple[RunState, bool]]:
    """Write the page whenever an epoch was finished, and a last time when the run has ended, then without reloading.

    Yields each state, and whether the page was written for it. Files of tables that are joined while they are read are read again with
    the next state; what cannot be read of a run that has ended is refused. Raises DataError, OutputError.
    """
    for state in watcher.states(EVERY_S):
        written = False
        if state.lines or state.ended:
            try:
                write_page(watcher.folder, target, 0 if state.ended else again_s)
                written = True
            except DataError:
                if state.ended:
                    raise
        yield state, written
