"""The progress of a run in a notebook: a bar within a part of an epoch, a line per epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spinn2sim.notebook import in_notebook, new_bar
from spinn2sim.training.metrics import LOST
from spinn2sim.training.reporter import RunReporter, Watch
from spinn2sim.training.search.sweep_reporter import SweepReporter

if TYPE_CHECKING:
    from spinn2sim.training.search.space import Space
    from spinn2sim.training.search.trial_log import Trial


class NotebookProgress(RunReporter):
    """Shows bars and lines under a notebook's cell."""

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Show a bar over the batches of a part, which goes away when they are done."""
        bar = new_bar(f"epoch {epoch}/{epochs} {name}", "batch", None)

        def move(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            if done == total:
                bar.close()

        return move

    def epoch(self, line: dict[str, Any]) -> None:
        """Print the results of an epoch, and what was lost in it."""
        found = [
            f"{part} {line[f'{part}_accuracy']:.1%}"
            for part in ("train", "validation", "test")
            if line.get(f"{part}_accuracy")
        ]
        lost = {name: sum(v or 0 for v in line[name].values()) for name in LOST}
        told = "".join(f", LOST {name} {count}" for name, count in lost.items() if count)
        _say(f"epoch {line['epoch']}: {', '.join(found)}{told}")

    def compiled(self, seconds: float) -> None:
        """Print how long compiling took."""
        _say(f"compiled in {seconds:.0f} s; kept for later runs")

    def warn(self, text: str) -> None:
        """Print a warning."""
        _say(f"WARNING: {text}")


def _say(text: str) -> None:
    from tqdm.auto import tqdm

    tqdm.write(text)


class NotebookSweepProgress(SweepReporter):
    """Shows a bar over the trials of a sweep under a notebook's cell, and what the best gave with fresh seeds."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, space: Space, done: int, trials: int) -> None:
        """Show the bar."""
        self._bar = new_bar("sweep", "trial", trials)
        self._bar.update(done)

    def trial(self, space: Space, trial: Trial, done: int, trials: int) -> None:
        """Move the bar, which goes away when all trials are done."""
        self._bar.update(done - self._bar.n)
        if done == trials:
            self._bar.close()

    def fresh(self, space: Space, best: Trial) -> None:
        """Print that the best settings are trained once more."""
        self._bar.close()
        _say(f"trial {best.number} once more, with {space.settings.fresh_seeds} seeds that the sweep did not use")

    def warn(self, text: str) -> None:
        """Print a warning."""
        _say(f"WARNING: {text}")


def default_sweep_reporter() -> SweepReporter:
    """Return what shows the progress of a sweep where nobody chose: a bar in a notebook, nothing elsewhere."""
    return NotebookSweepProgress() if in_notebook() else SweepReporter()


def default_reporter() -> RunReporter:
    """Return what shows progress where nobody chose: bars in a notebook, nothing elsewhere."""
    return NotebookProgress() if in_notebook() else RunReporter()
