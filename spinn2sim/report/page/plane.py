"""Makes the page's plots of the Yin-Yang plane: samples by prediction and by output value."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, HoverTool
from bokeh.transform import linear_cmap

from spinn2sim.report.contents.plane import CLASSES, Plane, plane
from spinn2sim.report.page.plots import beside, legend_below, plot, style_colour_bar
from spinn2sim.report.palette import BLACK, CLASS, GREY, PALE
from spinn2sim.report.run_data import RunData

HOVER = [("sample", "@sample"), ("class", "@label"), ("predicted", "@predicted"), ("output", "@value{0.00}")]
NAMES = (*CLASSES, "silent")
# A square and what is below it.
ASPECT, WIDEST = 0.86, 620


def plane_view(run: RunData) -> Any:
    """Make two plots of the test samples: the predictions, and the output values that they are based on."""
    found = plane(run)
    return beside(_predictions(found), _values(found))


def _source(found: Plane, chosen: Any) -> ColumnDataSource:
    columns = {"x": found.x, "y": found.y, "value": found.value, "sample": np.arange(len(found.x))}
    data = {name: np.ascontiguousarray(column[chosen]).astype(np.float32) for name, column in columns.items()}
    names = {key: [NAMES[k] for k in getattr(found, key)[chosen].tolist()] for key in ("label", "predicted")}
    return ColumnDataSource({**data, **names})


def _predictions(found: Plane) -> Any:
    wrong = found.predicted != found.label
    title = f"Prediction, epoch {found.epoch}: {np.count_nonzero(wrong)} of {len(found.x)} wrong"
    chart = plot(title, "x (input value)", "y (input value)", aspect=ASPECT, match_aspect=True, max_width=WIDEST)
    for number, colour in [*enumerate(CLASS), (-1, GREY)]:
        chosen = np.flatnonzero(found.predicted == number)
        marker = "circle" if number >= 0 else "square"
        if len(chosen):
            chart.scatter(
                "x", "y", source=_source(found, chosen), size=8, marker=marker, color=colour, line_color=None,
                legend_label=NAMES[number], name=NAMES[number],
            )  # fmt: skip
    if wrong.any():
        chart.scatter(
            "x", "y", source=_source(found, np.flatnonzero(wrong)), size=10, marker="circle", fill_color=None, line_color=BLACK,
            line_width=1.6, legend_label="wrong", name="wrong",
        )  # fmt: skip
    chart.add_tools(HoverTool(tooltips=HOVER))
    legend_below(chart)
    return chart


def _values(found: Plane) -> Any:
    chart = plot(found.title, "x (input value)", "y (input value)", aspect=ASPECT, match_aspect=True, max_width=WIDEST)
    fired = found.value[~np.isnan(found.value)]
    low, high = (float(fired.min()), float(fired.max())) if len(fired) else (0.0, 1.0)
    colour: Any = linear_cmap("value", "Viridis256", low, max(high, low + 1e-9), nan_color=PALE)
    everyone = np.arange(len(found.x))
    chart.scatter("x", "y", source=_source(found, everyone), size=8, color=colour, line_color=GREY, line_width=0.5)
    bar = ColorBar(color_mapper=colour["transform"], title=f"{found.unit} (pale: silent)")
    chart.add_layout(style_colour_bar(bar), "below")
    chart.add_tools(HoverTool(tooltips=HOVER))
    return chart
