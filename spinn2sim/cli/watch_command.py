"""The command `watch`, which shows a run that goes on, from its files alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinn2sim.cli.command_options import PATH
from spinn2sim.cli.output import FAILED, show

if TYPE_CHECKING:
    from spinn2sim.report.run_state import RunState

SAID = {
    "complete": "complete",
    "interrupted": "interrupted",
    "stopped": "stopped: its process ended before the run did",
    "running": "still going on",
    "absent": "not begun",
}


@click.command()
@click.argument("run", type=PATH, metavar="RUN")
@click.option(
    "--every", type=click.FloatRange(0.05, 3600), default=0.5, show_default=True, help="Seconds between two looks."
)
@click.option("--timeout", type=click.FloatRange(0), metavar="SECONDS", help="Give up after this long; default never.")
@click.option("--json", "as_json", is_flag=True, help="Print how it ended as JSON on stdout, and the epochs on stderr.")
def watch(run: Path, every: float, timeout: float | None, as_json: bool) -> None:
    """Show the epochs of a run as they are finished, with the time that is left.

    RUN is a run directory, in which a run goes on, has ended, or is about to begin. Nothing but its files is read, so that it may be on
    another machine's disk. Exit status: 0 if the run is complete, 1 if it was interrupted or its process was killed, or after --timeout.

    Example: spinn2sim watch runs/yinyang-1
    """
    from spinn2sim.report.run_state import RunWatcher

    screen, state = _Screen(as_json), None
    try:
        for state in RunWatcher(run).states(every, timeout):
            screen.show(run, state)
    finally:
        screen.close()
    assert state is not None  # noqa: S101 - there is a first state
    last = state.lines[-1] if state.lines else None
    lines = [f"{SAID[state.status]}: {run}" + (f", epoch {state.done} of {state.epochs}" if state.epochs else "")]
    if state.status in ("interrupted", "stopped"):
        lines.append(f"go on with: spinn2sim run --resume {run}")
    show(
        {"run": str(run), "status": state.status, "epochs": state.epochs, "done": state.done, "last": last},
        lines,
        as_json,
    )
    sys.exit(0 if state.status == "complete" else FAILED)


class _Screen:
    """Prints a line per epoch, and on a terminal a bar below them."""

    def __init__(self, on_stderr: bool) -> None:
        from spinn2sim.cli.progress_bar import ProgressBar

        self._bar, self._err, self._shown, self._begun = ProgressBar(), on_stderr, 0, False

    def show(self, run: Path, state: RunState) -> None:
        """Print what is new."""
        from spinn2sim.cli.epoch_lines import epoch_lines

        if state.status == "absent":
            self._bar.say(f"waiting for {run} to begin")
        if len(state.lines) < self._shown:
            self._bar.say(f"the run was resumed from epoch {state.done}")
            self._shown = len(state.lines)
        for line in state.lines[self._shown :]:
            for text in epoch_lines(line):
                self._bar.say(text, self._err)
        self._shown = len(state.lines)
        self._draw(state)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()

    def _draw(self, state: RunState) -> None:
        from spinn2sim.report.run_state import duration

        if state.status != "running":
            self._bar.close()
            return
        if not self._begun:
            self._bar.begin("run", "epoch", state.epochs)
            self._begun = True
        self._bar.move(state.done)
        if state.left_s is not None:
            most = "at most " if state.may_end_early else ""
            self._bar.note(f"{most}{duration(state.left_s)} left")
