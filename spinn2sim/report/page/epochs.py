"""Accuracy, loss, silent labels and losses over the epochs, to hover over; it aggregates nothing."""

from __future__ import annotations

from typing import Any

from bokeh.layouts import row
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter

from spinn2sim.report.contents.epochs import TITLES, UNITS, epochs
from spinn2sim.report.contents.lost import Lost
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.palette import PART, SERIES
from spinn2sim.report.run_data import RunData


def epochs_view(run: RunData) -> Any:
    """Three plots beside each other."""
    found = epochs(run)
    plots = []
    for quantity in TITLES:
        made = plot(TITLES[quantity], "epoch", UNITS[quantity], width=400, height=300)
        for part, values in found.values[quantity].items():
            lines(made, f"{part}ing" if part == "train" else part, found.epoch, values, PART[part])
        made.add_tools(HoverTool(tooltips=[("epoch", "@x"), ("", "@name: @y{0.0000}")], mode="mouse"))
        legend_below(made)
        plots.append(made)
    return row(*plots)


def lost_view(found: Lost) -> Any:
    """What was lost in each epoch."""
    made = plot("Lost per epoch, training and test together", "epoch", "count", width=900, y_axis_type="log")
    for (cause, counts), colour in zip(found.counts.items(), SERIES, strict=False):
        lines(made, cause, found.epochs, [count or float("nan") for count in counts], colour)
    made.add_tools(HoverTool(tooltips=[("epoch", "@x"), ("", "@name: @y{0,0}")]))
    made.yaxis.formatter = NumeralTickFormatter(format="0,0")
    legend_below(made)
    return made


def lines(made: Any, name: str, x: list[int], y: list[float], colour: str) -> None:
    """A line with its points: a single value must be seen too."""
    source = ColumnDataSource({"x": x, "y": y, "name": [name] * len(x)})
    made.line("x", "y", source=source, color=colour, line_width=2, legend_label=name)
    made.scatter("x", "y", source=source, color=colour, size=6, legend_label=name)
