"""The progress of `run` and `train` on stderr: a bar within a part, a line per epoch."""

from __future__ import annotations

from typing import Any

from spinn2sim.cli.progress_bar import ProgressBar
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.training.metrics import LOST
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
        text = [f"epoch {line['epoch']:3d}"]
        if line["train_accuracy"] is not None:
            text.append(f"train {line['train_accuracy']:6.1%} loss {line['train_loss']:.3f}")
        if line["validation_accuracy"] is not None:
            text.append(f"validation {line['validation_accuracy']:6.1%}")
        text.append(f"test {line['test_accuracy']:6.1%} strict {line['test_accuracy_strict']:6.1%}")
        text.append(f"loss {line['test_loss']:.3f}  label silent {line['test_silent_label']:.1%}")
        wall = sum(line[f"{part}_wall_s"] or 0 for part in PART_NAMES)
        packets = [p for p in line["packets"].values() if p]
        if packets:
            text.append(f"{sum(sum(p.values()) for p in packets) / wall:,.0f} packets/s")
        self._say("  ".join([*text, f"{wall:.1f} s"]))
        lost = {name: sum(v or 0 for v in line[name].values()) for name in LOST}
        if any(lost.values()):
            self._say("           LOST: " + ", ".join(f"{k} {v}" for k, v in lost.items() if v))

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
