"""The common look of the page's plots."""

from __future__ import annotations

from typing import Any

from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from spinn2sim.report.palette import PALE

WIDTH, HEIGHT = 460, 320
TOOLS = "pan,box_zoom,wheel_zoom,save,reset"


def plot(title: str, x: str, y: str, width: int = WIDTH, height: int = HEIGHT, **more: Any) -> Any:
    """Make an empty plot. `x` and `y` are the labels of the axes, with units."""
    chart = figure(
        title=title, x_axis_label=x, y_axis_label=y, width=width, height=height, tools=TOOLS,
        active_drag=None, output_backend="canvas", **more,
    )  # fmt: skip
    chart.toolbar.logo = None
    chart.toolbar.autohide = True
    chart.axis.axis_label_text_font_style = "normal"
    chart.grid.grid_line_color = "#EEEEEE"
    return chart


def legend_below(chart: Any) -> None:
    """Put the legend below the plot, where it hides no data."""
    legend = chart.legend[0]
    legend.orientation, legend.location, legend.border_line_color, legend.padding = "horizontal", "left", None, 2
    legend.click_policy = "hide"
    chart.add_layout(legend, "below")


def heat(palette: Any, high: float) -> Any:
    """Map the column `value` to colours, from above 0 to `high`; the value 0 is pale."""
    return linear_cmap("value", palette, 1e-9, max(high, 2e-9), low_color=PALE, nan_color=PALE)
