"""The progress of several seeds on stderr: a bar over the epochs of all, a line for each epoch of each seed."""

from __future__ import annotations

from typing import Any, Self

from spinn2sim.cli.epoch_lines import epoch_lines
from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter


class SeedsProgress(SeedsReporter):
    """Shows the progress of several seeds on stderr."""

    def __init__(self) -> None:
        self._bar = ProgressBar()
        self._done = 0
        self._places: dict[int, str] = {}
        self._compiled = False

    def begin(self, seeds: tuple[int, ...], processes: int, done: int, epochs: int) -> None:
        """Print how many seeds there are, and show the bar."""
        self._done = done
        already = f"; {done} of {epochs} epochs done already" if done else ""
        self._bar.say(f"{len(seeds)} seeds, {processes} at a time{already}")
        self._bar.begin(unit="epoch", total=epochs, done=done)

    def at(self, seed: int, text: str) -> None:
        """Show next to the bar where the seeds are that are being trained."""
        self._places[seed] = text
        self._bar.note(", ".join(f"seed {one}: {place}" for one, place in sorted(self._places.items())))

    def epoch(self, seed: int, line: dict[str, Any]) -> None:
        """Print the results of an epoch, and what was lost in it."""
        for text in epoch_lines(line):
            self._bar.say(f"seed {seed}  {text}")
        self._done += 1
        self._bar.move(self._done)

    def compiled(self, seconds: float) -> None:
        """Print once how long compiling took."""
        if not self._compiled:
            self._bar.say(f"compiled in {seconds:.0f} s; kept for later runs")
        self._compiled = True

    def ended(self, seed: int, status: str, reason: str) -> None:
        """Print that a seed has ended."""
        self._places.pop(seed, None)
        self._bar.say(f"seed {seed}  FAILED: {reason}" if status == "failed" else f"seed {seed}  {status}")

    def warn(self, text: str) -> None:
        """Print a warning."""
        self._bar.say(f"WARNING: {text}")

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self.close()

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()
