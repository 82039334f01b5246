"""How every plot of the page looks: axes with units, a legend that hides nothing, colours that show where nothing happened."""

from __future__ import annotations

import json
import re

from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.page.plots import HEIGHT, LEGEND_ROW, heat, legend_below, plot
from spinn2sim.report.palette import BLUE, DARK, GRID, INK, PALE, PAPER


def test_axes_say_what_they_show() -> None:
    """Title and axis texts are the given ones, and the library's logo is not shown."""
    chart = plot("Time", "latency (ns)", "deliveries", height=300)
    assert (chart.title.text, chart.xaxis[0].axis_label, chart.yaxis[0].axis_label) == (
        "Time", "latency (ns)", "deliveries",
    )  # fmt: skip
    assert (chart.height, chart.sizing_mode, chart.toolbar.logo) == (300, "stretch_width", None)


def test_the_legend_is_below() -> None:
    """The legend leaves the plot's area, and a click on an entry hides its points."""
    chart = plot("", "x", "y")
    chart.scatter([1], [2], legend_label="one")
    legend_below(chart)
    assert chart.below[-1] is chart.legend[0]
    assert chart.legend[0].click_policy == "hide"


def test_a_legend_fits_the_narrowest_page() -> None:
    """Long names stand one above the other, short ones side by side, and the plot grows by their rows, so that its area stays."""
    for names, columns in ((["train", "test"], 2), ([f"a rather long name of a thing {k}" for k in range(5)], 1)):
        chart = plot("", "x", "y")
        for name in names:
            chart.scatter([1], [2], legend_label=name)
        legend_below(chart)
        assert chart.legend[0].ncols == columns
        assert chart.height == HEIGHT + LEGEND_ROW * len(names) // columns


def test_every_colour_of_a_plot_can_be_exchanged() -> None:
    """What a plot draws around its data has colours that the page knows in the dark, so that no text is dark on dark."""
    chart = plot("Time", "x", "y")
    chart.scatter([1], [2], legend_label="one", color=BLUE)
    legend_below(chart)
    (item,) = [Embedded()]
    item.add(chart)
    found = set(
        re.findall(r'"[a-z_]*color": (?:{"type": "value", "value": )?"(#[0-9A-Fa-f]{6})"', json.dumps(item.items))
    )
    assert {INK, PAPER, GRID, BLUE} <= found <= DARK.keys()


def test_zero_is_pale() -> None:
    """What had nothing to do has no colour of the scale, also where everything is zero."""
    for high in (5.0, 0.0):
        mapper = heat("Viridis256", high)["transform"]
        assert 0 < mapper.low < mapper.high
        assert (mapper.low_color, mapper.nan_color) == (PALE, PALE)
    assert heat("Viridis256", 5.0)["transform"].high == 5.0
