"""Collects losses and accuracies, and reports progress, after each epoch of a training in the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spinn2sim.experiments.loop.loop_trainer import EpochReport


@dataclass
class TrainingReport:
    """The `report` of `LoopTrainer.train`: collects the losses and passes a line of progress to `tell`.

    If `validate` is given, it also collects the accuracy that `validate` returns after each `every`-th epoch and after the last.
    """

    tell: Callable[[str], Any]
    epochs: int
    validate: Callable[[EpochReport], float] | None = None
    every: int = 1
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    def __call__(self, report: EpochReport) -> None:
        """Collect and report one epoch."""
        self.losses.append(report.loss)
        if self.validate is None:
            self.tell(f"epoch {report.epoch}/{self.epochs}, loss {report.loss:.3f}")
        elif report.epoch % self.every == 0 or report.epoch == self.epochs:
            self.accuracies.append(self.validate(report))
            self.tell(f"epoch {report.epoch}/{self.epochs}, validation {100 * self.accuracies[-1]:.1f} %")
