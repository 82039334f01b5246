"""Makes the page's histograms of the weights of each projection, before and after training."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, HoverTool

from spinn2sim.report.contents.weight_counts import WeightCounts, weight_counts
from spinn2sim.report.page.plots import beside, legend_below, plot
from spinn2sim.report.palette import SERIES
from spinn2sim.report.run_data import RunData


def weights_view(run: RunData) -> Any:
    """Plot a histogram for each projection: the weights before training as steps, those that were kept as bars."""
    return beside(*(_chart(one) for one in weight_counts(run)))


def _chart(one: WeightCounts) -> Any:
    limit = f" ({one.at_limit:.1%} at the format's limit)" if one.at_limit else ""
    chart = plot(f"{one.name}{limit}", "weight", "synapses", height=260)
    for label, counts, side in (("before training", one.before, 0), ("kept", one.after, 1)):
        if counts is None:
            continue
        left, right = one.edges[:-1], one.edges[1:]
        source = ColumnDataSource({"left": left, "right": right, "n": counts, "when": [label] * len(counts)})
        fill: dict[str, Any] = {"fill_alpha": 0.55, "fill_color": SERIES[1], "line_color": None}
        if not side:
            fill = {"fill_color": None, "line_color": SERIES[0]}
        chart.quad("left", "right", "n", 0, source=source, legend_label=label, **fill)
    chart.add_tools(
        HoverTool(tooltips=[("", "@when: @n synapses"), ("from", "@left{0.0000}"), ("to", "@right{0.0000}")])
    )
    legend_below(chart)
    return chart
