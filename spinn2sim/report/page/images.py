"""Spikes of populations whose neurons are pixels, as images: a mosaic of channels, each pixel coloured by how often it fired."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from bokeh.layouts import row
from bokeh.models import ColorBar, HoverTool, LinearColorMapper
from bokeh.palettes import Viridis256
from numpy.typing import NDArray

from spinn2sim.report.labels import label
from spinn2sim.report.page.plots import plot
from spinn2sim.report.palette import INK, PAPER
from spinn2sim.report.script_run import ScriptRunData

SIDE, LEAST = 220, 60  # the longer side of a mosaic in pixels of the screen, and the least of the other
MOST_IMAGES = 8
Mosaic = NDArray[np.float64]


def images_of(run: ScriptRunData) -> list[int]:
    """Return the populations whose neurons are pixels."""
    return [n for n in range(len(run.graph.populations)) if run.graph.image(n) is not None]


def image_view(run: ScriptRunData) -> Any:
    """Draw a mosaic for each of the first populations of pixels."""
    plots = [_mosaic_plot(run, number) for number in images_of(run)[:MOST_IMAGES]]
    return row(*plots, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"}, spacing=8)


def mosaic(values: NDArray[Any]) -> Mosaic:
    """Lay out [channel, row, column] as tiles with a gap between them, channel 0 at the top left; the gaps are nan."""
    channels, high, wide = values.shape
    across = math.ceil(math.sqrt(channels))
    down = -(-channels // across)
    tiles = np.full((down * across, high + 1, wide + 1), np.nan)
    tiles[:channels, :high, :wide] = values
    laid: Mosaic = tiles.reshape(down, across, high + 1, wide + 1).transpose(0, 2, 1, 3)
    return laid.reshape(down * (high + 1), across * (wide + 1))[:-1, :-1]


def _mosaic_plot(run: ScriptRunData, number: int) -> Any:
    image = run.graph.image(number)
    assert image is not None  # noqa: S101 - others are not given
    population = run.graph.populations[number]
    counts = np.bincount(run.recordings[f"spikes_{number}"][:, 1], minlength=population.size).reshape(image)
    tiles = mosaic(counts)
    high, wide = tiles.shape
    colours = LinearColorMapper(palette=Viridis256, low=0, high=max(1, int(counts.max())), nan_color=PAPER)
    title = f"{label(population.name)}: {image[0]} channels of {image[1]} x {image[2]}"
    width, height = (max(LEAST, pixels * SIDE // max(high, wide)) for pixels in (wide, high))
    chart = plot(title, "", "", width=width + 60, height=height + 40, x_range=(0, wide), y_range=(0, high))
    places = {
        name: [mosaic(found)[::-1]] for name, found in zip(("channel", "row", "column"), np.indices(image), strict=True)
    }
    source = {"spikes": [tiles[::-1]], **places, "x": [0], "y": [0], "dw": [wide], "dh": [high]}
    drawn = chart.image("spikes", "x", "y", "dw", "dh", source=source, color_mapper=colours)
    chart.axis.visible = chart.grid.visible = False
    says = [("channel, row, column", "@channel, @row, @column"), ("spikes", "@spikes")]
    chart.add_tools(HoverTool(renderers=[drawn], tooltips=says))
    chart.add_layout(
        ColorBar(color_mapper=colours, width=10, background_fill_color=None, major_label_text_color=INK), "right"
    )
    return chart
