"""Chooses the epoch that a run keeps, and when a run ends early, both based only on the validation split."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.scenario.keys import Training
from spinn2sim.training.metrics import Line


def best_line(lines: Sequence[Line]) -> Line:
    """Return the line with the highest validation accuracy; among equals that with the lowest validation loss, and then the first."""
    return max(lines, key=lambda line: (line["validation_accuracy"], -line["validation_loss"]))


def kept_line(training: Training, lines: Sequence[Line]) -> Line | None:
    """Return the line of the epoch whose weights the run ends with; None before the first epoch is finished."""
    if not lines:
        return None
    return best_line(lines) if training.keep == "best" else lines[-1]


def patience_is_spent(training: Training, lines: Sequence[Line]) -> bool:
    """Whether `training.patience` epochs have passed since the best epoch."""
    return bool(lines and training.patience) and lines[-1]["epoch"] - best_line(lines)["epoch"] >= training.patience
