"""Draws the delays of each projection before and after training, with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from spinn2sim.report.contents.delays import delay_counts
from spinn2sim.report.palette import SERIES
from spinn2sim.report.run_data import RunData


def draw_delays(run: RunData, figure: Figure) -> None:
    """Draw two bars for each delay of a projection: the synapses that had it before training, and those that have it now."""
    found = delay_counts(run)
    figure.set_size_inches(10, 0.6 + 2.6 * len(found))
    for axes, one in zip(figure.subplots(len(found), squeeze=False)[:, 0], found, strict=True):
        steps = np.arange(len(one.before))
        for side, (label, counts) in enumerate({"before training": one.before, "kept": one.after}.items()):
            axes.bar(steps + 0.4 * side - 0.2, counts, 0.4, color=SERIES[side], label=label)
        axes.set(title=one.name, xlabel="delay (steps)", ylabel="synapses")
    figure.axes[0].legend(frameon=False)
