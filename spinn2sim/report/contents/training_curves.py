"""Accuracy, loss and silent labels over the epochs, from the metrics of a run."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.report.run_data import RunData


@dataclass(frozen=True)
class TrainingCurves:
    """One value for each epoch; shares are 0 to 1, the loss is the mean per sample."""

    epoch: list[int]
    # The values by quantity and part; NaN if an epoch has none, as epoch 0, which has no training.
    values: dict[str, dict[str, list[float]]]


TITLES = {"accuracy": "Accuracy", "loss": "Loss", "silent_label": "Silent label neuron"}
UNITS = {"accuracy": "share of samples", "loss": "mean per sample (nat)", "silent_label": "share of samples"}


def training_curves(run: RunData) -> TrainingCurves:
    """Collect the curves. Raises AbsentError if no epoch was finished."""
    lines = run.metrics
    parts = ("train", "test", *["validation"] * any(line.get("validation_loss") is not None for line in lines))
    values = {
        quantity: {part: [_number(line.get(f"{part}_{quantity}")) for line in lines] for part in parts}
        for quantity in TITLES
    }
    return TrainingCurves([int(line["epoch"]) for line in lines], values)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
