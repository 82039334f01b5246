"""Which epoch a run keeps and when it ends early, both by the validation split alone."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.scenario.keys import Training
from spinn2sim.training.metrics import Line


def best_line(lines: Sequence[Line]) -> Line:
    """The line with the highest validation accuracy; of equal ones that with the lowest validation loss, of equal ones the first."""
    return max(lines, key=lambda line: (line["validation_accuracy"], -line["validation_loss"]))


def kept_line(training: Training, lines: Sequence[Line]) -> Line | None:
    """The line of the epoch whose weights the run ends with; None before the first epoch is over."""
    if not lines:
        return None
    return best_line(lines) if training.keep == "best" else lines[-1]


def patience_is_spent(training: Training, lines: Sequence[Line]) -> bool:
    """Whether `training.patience` epochs have passed since the best one."""
    return bool(lines and training.patience) and lines[-1]["epoch"] - best_line(lines)["epoch"] >= training.patience
