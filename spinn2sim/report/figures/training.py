"""Accuracy, loss, silent labels and losses over the epochs, drawn; it counts nothing."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spinn2sim.report.contents.epochs import TITLES, UNITS, epochs
from spinn2sim.report.contents.lost import lost
from spinn2sim.report.palette import PART, SERIES
from spinn2sim.report.run_data import AbsentError, RunData


def draw_training(run: RunData, made: Figure) -> None:
    """Three panels beside each other."""
    found = epochs(run)
    made.set_size_inches(11, 3.4)
    for axes, quantity in zip(made.subplots(1, 3), TITLES, strict=True):
        for part, values in found.values[quantity].items():
            axes.plot(
                found.epoch, values, "-o", ms=3.5, color=PART[part], label="training" if part == "train" else part
            )
        axes.set(title=TITLES[quantity], xlabel="epoch", ylabel=UNITS[quantity])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()


def draw_lost(run: RunData, made: Figure) -> None:
    """A line per cause. Raises AbsentError when nothing was lost."""
    found = lost(run)
    if not found.counts:
        raise AbsentError("nothing was lost")
    made.set_size_inches(8, 4)
    axes = made.subplots()
    for (cause, counts), colour in zip(found.counts.items(), SERIES, strict=False):
        axes.plot(found.epochs, [count or float("nan") for count in counts], "-o", ms=3.5, color=colour, label=cause)
    axes.set(title="Lost per epoch, training and test together", xlabel="epoch", ylabel="count", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
