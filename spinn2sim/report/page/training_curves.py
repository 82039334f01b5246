"""Makes the page's plots of accuracy, loss, silent labels and lost packets over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d

from spinn2sim.report.contents.losses import Losses
from spinn2sim.report.contents.training_curves import TITLES, UNITS, training_curves
from spinn2sim.report.page.plots import beside, legend_below, plot
from spinn2sim.report.palette import PART, SERIES
from spinn2sim.report.run_data import RunData


def training_curves_view(run: RunData) -> Any:
    """Plot accuracy, loss and silent labels side by side."""
    found = training_curves(run)
    plots = []
    for quantity in TITLES:
        chart = plot(TITLES[quantity], "epoch", UNITS[quantity], height=280)
        for part, values in found.values[quantity].items():
            draw_line(chart, f"{part}ing" if part == "train" else part, found.epoch, values, PART[part])
        if quantity != "loss":
            chart.yaxis.formatter = NumeralTickFormatter(format="0.[00] %")
        if not any(np.nan_to_num(values).any() for values in found.values[quantity].values()):
            chart.y_range = Range1d(0, 0.1)  # around nothing but zeros, an axis would begin at -100 %
        chart.add_tools(HoverTool(tooltips=[("epoch", "@x"), ("", "@name: @y{0.0000}")], mode="mouse"))
        legend_below(chart)
        whole_epochs(chart)
        plots.append(chart)
    return beside(*plots)


def losses_view(found: Losses) -> Any:
    """Plot the losses of each cause as a curve."""
    chart = plot("Lost per epoch, training and test together", "epoch", "count", y_axis_type="log")
    for (cause, counts), colour in zip(found.counts.items(), SERIES, strict=False):
        draw_line(chart, cause, found.epochs, [count or float("nan") for count in counts], colour)
    chart.add_tools(HoverTool(tooltips=[("epoch", "@x"), ("", "@name: @y{0,0}")]))
    chart.yaxis.formatter = NumeralTickFormatter(format="0,0")
    whole_epochs(chart)
    legend_below(chart)
    return chart


def whole_epochs(chart: Any) -> None:
    """Mark whole epochs alone on the axis below."""
    chart.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)


def draw_line(chart: Any, name: str, x: list[int], y: list[float], colour: str) -> None:
    """Draw a curve with its points, so that a single value is visible, too."""
    source = ColumnDataSource({"x": x, "y": y, "name": [name] * len(x)})
    chart.line("x", "y", source=source, color=colour, line_width=2, legend_label=name)
    chart.scatter("x", "y", source=source, color=colour, size=6, legend_label=name)
