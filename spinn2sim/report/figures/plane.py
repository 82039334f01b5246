"""Draws the samples of the Yin-Yang plane by prediction and by output value, with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from spinn2sim.report.answers import SILENT
from spinn2sim.report.contents.plane import CLASSES, plane
from spinn2sim.report.palette import BLACK, CLASS, GREY, PALE
from spinn2sim.report.run_data import RunData


def draw_plane(run: RunData, figure: Figure) -> None:
    """Draw predictions and output values side by side."""
    found = plane(run)
    figure.set_size_inches(10.5, 4.8)
    left, right = figure.subplots(1, 2)
    for number, name, colour in [*zip(range(3), CLASSES, CLASS, strict=True), (SILENT, "silent", GREY)]:
        chosen = found.predicted == number
        edge = np.where(found.predicted != found.label, BLACK, "white")[chosen].tolist()
        marker = "s" if number == SILENT else "o"
        left.scatter(
            found.x[chosen], found.y[chosen], s=30, marker=marker, color=colour, edgecolors=edge, lw=0.9, label=name
        )
    wrong = np.count_nonzero(found.predicted != found.label)
    left.set_title(f"Prediction, epoch {found.epoch}: {wrong} of {len(found.x)} wrong (black edge)")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4, frameon=False)
    silent = np.isnan(found.value)
    right.scatter(found.x[silent], found.y[silent], s=30, color=PALE, edgecolors=GREY, lw=0.5)
    dots = right.scatter(
        found.x[~silent], found.y[~silent], s=30, c=found.value[~silent], cmap="viridis", edgecolors=GREY, lw=0.3
    )
    figure.colorbar(dots, ax=right, label=f"{found.title.lower()} ({found.unit}); pale: silent")
    right.set_title(found.title)
    for axes in (left, right):
        axes.set(xlabel="x (input value)", ylabel="y (input value)", aspect="equal")
