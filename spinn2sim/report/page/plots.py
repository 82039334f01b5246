"""The common look of the page's plots: as wide as the page, in colours that the page exchanges where the reader's system is dark."""

from __future__ import annotations

from typing import Any

from bokeh.layouts import row
from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from spinn2sim.report.palette import GREY, GRID, INK, PALE, PAPER

HEIGHT = 320
# A phone's width in pixels without the page's margins, into which a legend's columns must fit, and what a character takes.
NARROW, CHARACTER, SYMBOL, LEGEND_ROW = 320, 7, 34, 25
TOOLS = "pan,box_zoom,wheel_zoom,save,reset"


def plot(title: str, x: str, y: str, height: int = HEIGHT, aspect: float | None = None, **more: Any) -> Any:
    """Make an empty plot as wide as its place. `x` and `y` are the labels of the axes, with units; `aspect` is width over height."""
    if "width" not in more:
        more["sizing_mode"] = "scale_width" if aspect else "stretch_width"
    chart = figure(
        title=title, x_axis_label=x, y_axis_label=y, height=height, tools=TOOLS, aspect_ratio=aspect,
        active_drag=None, output_backend="canvas", toolbar_location="above", background_fill_color=PAPER, border_fill_color=PAPER,
        outline_line_color=GRID, **more,
    )  # fmt: skip
    chart.toolbar.logo = None
    chart.toolbar.autohide = True
    chart.title.text_color = INK
    axis = chart.axis
    axis.axis_label_text_font_style = "normal"
    axis.axis_label_text_color = axis.major_label_text_color = INK
    axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = GREY
    chart.grid.grid_line_color = GRID
    return chart


def beside(*charts: Any, least: int = 300) -> Any:
    """Put plots beside each other as far as there is room, and the others below; each is at least `least` pixels wide."""
    for chart in charts:
        chart.min_width = min(least, NARROW)
    return row(*charts, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"}, spacing=8)


def legend_below(chart: Any) -> None:
    """Put the legend below the plot, where it hides no data, in as many columns as fit on the narrowest page."""
    legend = chart.legend[0]
    names = [item.label.value for item in legend.items]
    columns = max(1, min(len(names), NARROW // (CHARACTER * max(map(len, names), default=0) + SYMBOL)))
    legend.ncols = columns
    legend.location, legend.border_line_color, legend.padding, legend.margin = "left", None, 2, 4
    legend.background_fill_color, legend.label_text_color = None, INK
    legend.click_policy = "hide"
    chart.add_layout(legend, "below")
    rows = -(-len(names) // columns)
    if not chart.aspect_ratio or chart.aspect_ratio == "auto":
        chart.height += LEGEND_ROW * rows


def style_colour_bar(bar: Any) -> Any:
    """Give a colour bar that lies below a plot the page's colours; returns it."""
    bar.orientation, bar.height, bar.padding, bar.margin = "horizontal", 12, 6, 0
    bar.background_fill_color = None
    bar.title_text_color = bar.major_label_text_color = INK
    bar.major_tick_line_color = bar.bar_line_color = GREY
    bar.title_text_font_style = "normal"
    return bar


def heat(palette: Any, high: float) -> Any:
    """Map the column `value` to colours, from above 0 to `high`; the value 0 is pale."""
    return linear_cmap("value", palette, 1e-9, max(high, 2e-9), low_color=PALE, nan_color=PALE)
