"""Makes the page's plots of the delays of each projection, before and after training."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, HoverTool

from spinn2sim.report.contents.delays import DelayCounts, delay_counts
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.palette import SERIES
from spinn2sim.report.run_data import RunData


def delays_view(run: RunData) -> Any:
    """Plot two bars for each delay of a projection: the synapses that had it before training, and those that have it now."""
    return column(*(_chart(one) for one in delay_counts(run)), sizing_mode="stretch_width")


def _chart(one: DelayCounts) -> Any:
    chart = plot(one.name, "delay (steps)", "synapses", height=260)
    steps = np.arange(len(one.before))
    for side, (label, counts) in enumerate({"before training": one.before, "kept": one.after}.items()):
        source = ColumnDataSource(
            {"x": steps + 0.4 * side - 0.2, "delay": steps, "n": counts, "when": [label] * len(steps)}
        )
        chart.vbar("x", top="n", width=0.4, source=source, color=SERIES[side], legend_label=label)
    chart.add_tools(HoverTool(tooltips=[("delay", "@delay steps"), ("", "@when: @n synapses")]))
    legend_below(chart)
    return chart
