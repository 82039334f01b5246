"""Makes the page's plot of the forward spikes and the backward errors of a sample, which the reader chooses among a few."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, CustomJS, HoverTool, Select, Span

from spinn2sim.report.contents.raster import PacketMarks, Raster, layer_ticks, rasters
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.palette import BLACK, GREEN, KIND, RULE
from spinn2sim.report.run_data import RunData

CHOOSE = """
const k = chooser.options.indexOf(chooser.value);
for (const kind of Object.keys(shown)) shown[kind].data = {...samples[k][kind].data};
"""


def raster_view(run: RunData) -> Any:
    """Make the plot of one sample, and above it the control that chooses the sample."""
    found = rasters(run)
    first = found[0]
    chart = _empty_chart(first)
    samples = [_sources(one) for one in found]
    shown = _sources(first)
    for kind, marker, colour, size in (
        ("spikes", "circle", KIND["spike"], 6), ("errors", "triangle", KIND["error"], 6), ("lost", "x", BLACK, 12),
    ):  # fmt: skip
        if kind == "lost" and not any(one.lost for one in found):
            continue
        name = {
            "spikes": "spike sent (forward)",
            "errors": "error received (backward)",
            "lost": "lost, or at a wrong time",
        }[kind]
        chart.scatter(
            "x", "y", source=shown[kind], marker=marker, color=colour, line_width=2 if kind == "lost" else 0, size=size,
            legend_label=name, name=kind,
        )  # fmt: skip
    _mark_answers(chart, found, shown)
    chart.add_tools(HoverTool(tooltips=[("tick", "@x"), ("layer", "@layer"), ("neuron", "@neuron")]))
    legend_below(chart)
    titles = [one.title for one in found]
    chooser = Select(
        title="Sample (those that lost most first)",
        options=titles,
        value=titles[0],
        sizing_mode="stretch_width",
        max_width=520,
        name="sample",
    )
    chooser.js_on_change("value", CustomJS(args={"chooser": chooser, "samples": samples, "shown": shown}, code=CHOOSE))
    return column(chooser, chart, sizing_mode="stretch_width")


def _mark_answers(chart: Any, found: list[Raster], shown: dict[str, ColumnDataSource]) -> None:
    """Mark the row of the label neuron, and the first spike of each output neuron."""
    if any(one.label_row is not None for one in found):
        chart.rect(
            "x", "y", "w", 1, source=shown["label"], fill_color=GREEN, fill_alpha=0.3, line_color=None, legend_label="label neuron",
            name="label", level="underlay",
        )  # fmt: skip
    if any(len(one.first_spikes.tick) for one in found):
        chart.scatter(
            "x", "y", source=shown["first"], marker="circle", fill_color=None, line_color=BLACK, line_width=1.5, size=11,
            legend_label="first spike of an output", name="first",
        )  # fmt: skip


def _empty_chart(first: Raster) -> Any:
    rows = int(first.offsets[-1]) + first.sizes[-1]
    last = max([2 * first.loss_tick, *(int(t.max()) for t in (first.spikes.tick, first.errors.tick) if len(t))])
    chart = plot(
        "",
        f"tick of the batch (loss: tick {first.loss_tick})",
        "neuron, by layer",
        height=520,
        x_range=(-1.5, last + 1),
        y_range=(-3, rows + 2),
    )
    chart.add_layout(Span(location=first.loss_tick, dimension="height", line_dash="dashed", line_color=BLACK))
    places = layer_ticks(first)
    chart.yaxis.ticker = list(places)
    chart.yaxis.major_label_overrides = places
    for offset in first.offsets[1:]:
        chart.add_layout(Span(location=float(offset) - 2.5, dimension="width", line_color=RULE))
    return chart


def _sources(one: Raster) -> dict[str, ColumnDataSource]:
    lost = [marks.lost for marks in (one.spikes, one.errors)]
    joined = PacketMarks(
        *(np.concatenate([getattr(m, name) for m in (one.spikes, one.errors)]) for name in PacketMarks.__annotations__)
    )
    return {
        "spikes": _source(one, one.spikes, np.ones(len(lost[0]), np.bool_)),
        "errors": _source(one, one.errors, np.ones(len(lost[1]), np.bool_)),
        "lost": _source(one, joined, np.concatenate(lost)),
        "first": _source(one, one.first_spikes, np.ones(len(one.first_spikes.tick), np.bool_)),
        "label": ColumnDataSource(
            {name: values[: one.label_row is not None] for name, values in _row_of_label(one).items()}
        ),
    }


def _row_of_label(one: Raster) -> dict[str, list[Any]]:
    row = one.label_row or 0
    return {
        "x": [one.loss_tick],
        "y": [row],
        "w": [4 * one.loss_tick + 4],
        "layer": [one.output],
        "neuron": [one.label],
    }


def _source(one: Raster, marks: PacketMarks, chosen: Any) -> ColumnDataSource:
    values = {"x": marks.tick, "y": one.rows(marks), "layer": marks.layer, "neuron": marks.neuron}
    return ColumnDataSource({name: array[chosen].astype(np.int32) for name, array in values.items()})
