"""Draws accuracy, loss, silent labels and lost packets over the epochs, with matplotlib."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.training_curves import TITLES, UNITS, training_curves
from spinn2sim.report.palette import PART, SERIES
from spinn2sim.report.run_data import AbsentError, RunData


def draw_training_curves(run: RunData, figure: Figure) -> None:
    """Draw accuracy, loss and silent labels side by side."""
    found = training_curves(run)
    figure.set_size_inches(11, 3.4)
    for axes, quantity in zip(figure.subplots(1, 3), TITLES, strict=True):
        for part, values in found.values[quantity].items():
            axes.plot(
                found.epoch, values, "-o", ms=3.5, color=PART[part], label="training" if part == "train" else part
            )
        axes.set(title=TITLES[quantity], xlabel="epoch", ylabel=UNITS[quantity])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()


def draw_losses(run: RunData, figure: Figure) -> None:
    """Draw the losses of each cause as a curve. Raises AbsentError if nothing was lost."""
    found = losses(run)
    if not found.counts:
        raise AbsentError("nothing was lost")
    figure.set_size_inches(8, 4)
    axes = figure.subplots()
    for (cause, counts), colour in zip(found.counts.items(), SERIES, strict=False):
        axes.plot(found.epochs, [count or float("nan") for count in counts], "-o", ms=3.5, color=colour, label=cause)
    axes.set(title="Lost per epoch, training and test together", xlabel="epoch", ylabel="count", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
