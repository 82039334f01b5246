"""How every plot of the page looks: axes with units, a legend that hides nothing, colours that show where nothing happened."""

from __future__ import annotations

from spinn2sim.report.page.plots import heat, legend_below, plot
from spinn2sim.report.palette import PALE


def test_axes_say_what_they_show() -> None:
    """Title and axis texts are the given ones, and the library's logo is not shown."""
    chart = plot("Time", "latency (ns)", "deliveries", width=300)
    assert (chart.title.text, chart.xaxis[0].axis_label, chart.yaxis[0].axis_label) == (
        "Time", "latency (ns)", "deliveries",
    )  # fmt: skip
    assert (chart.width, chart.toolbar.logo) == (300, None)


def test_the_legend_is_below() -> None:
    """The legend leaves the plot's area, and a click on an entry hides its points."""
    chart = plot("", "x", "y")
    chart.scatter([1], [2], legend_label="one")
    legend_below(chart)
    assert chart.below[-1] is chart.legend[0]
    assert chart.legend[0].click_policy == "hide"


def test_zero_is_pale() -> None:
    """What had nothing to do has no colour of the scale, also where everything is zero."""
    for high in (5.0, 0.0):
        mapper = heat("Viridis256", high)["transform"]
        assert 0 < mapper.low < mapper.high
        assert (mapper.low_color, mapper.nan_color) == (PALE, PALE)
    assert heat("Viridis256", 5.0)["transform"].high == 5.0
