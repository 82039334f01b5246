"""Makes the page's plots of latency, SRAM and energy as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Span

from spinn2sim.hardware.facts import SRAM_BYTES
from spinn2sim.report.contents.delivery_latency import latency
from spinn2sim.report.contents.energy_by_state import EnergyByState
from spinn2sim.report.contents.sram import sram
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.palette import BLACK, KIND, SERIES
from spinn2sim.report.run_data import RunData


def latency_view(run: RunData) -> Any:
    """Plot the deliveries per bin of latency, each kind in its colour."""
    found = latency(run)
    chart = plot(
        "Time on the way, by kind", "sending to delivery (ns)", "deliveries per bin",
        x_axis_type="log", y_axis_type="log",
    )  # fmt: skip
    for number, (kind, counts) in enumerate(found.counts.items()):
        left, right = found.bar(number)
        some = counts > 0
        source = ColumnDataSource({
            "left": left[some], "right": right[some], "n": counts[some].astype(np.float64), "kind": [kind] * int(some.sum()),
            "from": found.edges_ns[:-1][some], "to": found.edges_ns[1:][some],
        })  # fmt: skip
        chart.quad(left="left", right="right", bottom=0.5, top="n", source=source, color=KIND[kind], legend_label=kind)
    chart.add_tools(HoverTool(tooltips=[("", "@kind: @n{0,0}"), ("from", "@from{0,0} ns"), ("to", "@to{0,0} ns")]))
    legend_below(chart)
    return chart


def sram_view(run: RunData) -> Any:
    """Plot a bar for each PE in use, coloured by what it runs."""
    found = sram(run)
    chart = plot("SRAM in use, of 128 KiB", "PE (core id)", "SRAM (KiB)", y_range=(0, SRAM_BYTES / 1024 * 1.08))
    for number, name in enumerate(dict.fromkeys(found.group)):
        chosen = [k for k, group in enumerate(found.group) if group == name]
        source = ColumnDataSource({
            "pe": [found.pe[k] for k in chosen], "kib": [found.used_bytes[k] / 1024 for k in chosen], "group": [name] * len(chosen),
        })  # fmt: skip
        chart.vbar("pe", top="kib", width=0.8, source=source, color=SERIES[number % len(SERIES)], legend_label=name)
    chart.add_layout(Span(location=SRAM_BYTES / 1024, dimension="width", line_dash="dashed", line_color=BLACK))
    chart.add_tools(HoverTool(tooltips=[("PE", "@pe"), ("runs", "@group"), ("SRAM", "@kib{0.0} KiB")]))
    legend_below(chart)
    return chart


def energy_view(found: EnergyByState) -> Any:
    """Plot a bar for each state."""
    states = list(found.joule)
    chart = plot("Energy by state", "energy (mJ)", "", height=240, y_range=states[::-1])
    source = ColumnDataSource({"state": states, "mj": [1e3 * found.joule[s] for s in states]})
    chart.hbar("state", right="mj", height=0.6, source=source, color=SERIES[0])
    chart.x_range.start = 0
    chart.add_tools(HoverTool(tooltips=[("", "@state: @mj{0.000} mJ")]))
    return chart
