"""Draws the forward spikes and the backward errors of one sample, with matplotlib."""

from __future__ import annotations

from matplotlib.figure import Figure

from spinn2sim.report.contents.raster import layer_ticks, rasters
from spinn2sim.report.palette import BLACK, GREEN, GREY, KIND
from spinn2sim.report.run_data import RunData


def draw_raster(run: RunData, figure: Figure) -> None:
    """Draw the sample with the most lost packets."""
    found = rasters(run, 1)[0]
    figure.set_size_inches(11, 5)
    axes = figure.subplots()
    for marks, marker, kind, name in (
        (found.spikes, "o", "spike", "spike sent (forward)"),
        (found.errors, "^", "error", "error received (backward)"),
    ):
        axes.scatter(marks.tick, found.rows(marks), s=14, marker=marker, color=KIND[kind], lw=0, label=name)
        if marks.lost.any():
            lost = marks.lost
            axes.scatter(
                marks.tick[lost],
                found.rows(marks)[lost],
                s=60,
                marker="x",
                color=BLACK,
                label=f"{kind} lost, or at a wrong time",
            )
    first = found.first_spikes
    if len(first.tick):
        axes.scatter(
            first.tick, found.rows(first), s=80, marker="o", facecolors="none", edgecolors=BLACK, lw=1.2,
            label="first spike of an output",
        )  # fmt: skip
    if found.label_row is not None:
        axes.axhspan(found.label_row - 0.5, found.label_row + 0.5, color=GREEN, alpha=0.3, lw=0, label="label neuron")
    axes.axvline(found.loss_tick, ls="--", color=BLACK, lw=1)
    for offset in found.offsets[1:]:
        axes.axhline(offset - 2.5, color=GREY, lw=0.6)
    places = layer_ticks(found)
    axes.set_yticks(list(places), list(places.values()))
    axes.set(
        title=found.title, ylabel="neuron, by layer",
        xlabel=f"tick of the batch (forward: step = tick; loss: tick {found.loss_tick}; then backward)",
    )  # fmt: skip
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, frameon=False)
