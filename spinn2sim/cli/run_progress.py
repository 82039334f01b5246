"""The progress of `run` and `train` on stderr: a bar within a part, a line per epoch."""

from __future__ import annotations

from typing import Any

from spinn2sim.cli.epoch_lines import epoch_lines
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.training.reporter import RunReporter, Watch


class RunProgress(RunReporter):
    """Shows the progress of a run on stderr."""

    def __init__(self) -> None:
        self._bar = ProgressBar()
        self._joined: Watch = lambda done, total: None

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Show a bar over the batches of a part."""
        return self._bar.watch(f"epoch {epoch}/{epochs} {name}")

    def epoch(self, line: dict[str, Any]) -> None:
        """Print the results of an epoch, and what was lost in it."""
        for text in epoch_lines(line):
            self._say(text)

    def joining(self, table: str, done: int, files: int) -> None:
        """Show a bar over the files of a table that are joined."""
        if done == 1:
            self._joined = self._bar.watch(f"joining {table}", "file")
        self._joined(done, files)
        if done == files:
            self._bar.close()

    def compiled(self, seconds: float) -> None:
        """Print how long compiling took."""
        self._say(f"compiled in {seconds:.0f} s; kept for later runs")

    def warn(self, text: str) -> None:
        """Print a warning."""
        self._say(f"WARNING: {text}")

    def _say(self, text: str) -> None:
        self._bar.close()
        self._bar.say(text)
