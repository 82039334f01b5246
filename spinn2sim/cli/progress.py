"""Progress of a run on stderr: a bar within a part, a line per epoch; it changes no result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.training.reporter import RunReporter

LOST = ("late", "early", "dropped", "no_route", "unmatched", "overruns", "lost_ticks", "saturations", "unrecorded")


class Progress(RunReporter):
    """The reporter of the command line. The bar shows on a terminal alone."""

    def __init__(self) -> None:
        self._bar: Any = None

    def part(self, name: str, epoch: int, epochs: int) -> Callable[[int, int], None]:
        """A bar over the batches of a part."""
        return self.bar(f"epoch {epoch}/{epochs} {name}")

    def bar(self, text: str, unit: str = "batch") -> Callable[[int, int], None]:
        """A bar over batches, or over what `unit` says."""
        from tqdm import tqdm

        self.close()
        bar = self._bar = tqdm(desc=text, unit=unit, leave=False, file=sys.stderr, dynamic_ncols=True, disable=None)

        def watch(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return watch

    def epoch(self, line: dict[str, Any]) -> None:
        """What an epoch gave, and at once what was lost in it."""
        self.close()
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
        click.echo("  ".join([*text, f"{wall:.1f} s"]), err=True)
        lost = {name: sum(v or 0 for v in line[name].values()) for name in LOST}
        if any(lost.values()):
            click.echo("           LOST: " + ", ".join(f"{k} {v}" for k, v in lost.items() if v), err=True)

    def compiled(self, seconds: float) -> None:
        """Where the time before the first epoch went."""
        self.close()
        click.echo(f"compiled in {seconds:.0f} s; kept for later runs", err=True)

    def warn(self, text: str) -> None:
        """Something that cannot wait until the end."""
        self.close()
        click.echo(f"WARNING: {text}", err=True)

    def close(self) -> None:
        """End the bar of a part."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
