"""Makes the page's plot of membrane voltages: the reader chooses sample, population and neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import ColumnDataSource, CustomJS, Div, HoverTool, Select, Span, TextInput

from spinn2sim.report.contents.voltages import SampleVoltages, sample_voltages
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.palette import GREY, SERIES
from spinn2sim.report.run_data import RunData

CURVES = 6
SHOW = """
const found = values.data, n = counts[population.value], wanted = [], strange = [];
for (const word of neurons.value.split(/[ ,;]+/).filter(word => word)) {
  const neuron = /^\\d+$/.test(word) ? Number(word) : NaN;
  (neuron < n && wanted.length < curves.length ? wanted : strange).push(neuron < n ? neuron : word);
}
curves.forEach((curve, k) => {
  const y = k < wanted.length ? found[`${samples.options.indexOf(samples.value)}|${population.value}|${wanted[k]}`] : [];
  curve.data = {x: Array.from(y, (_, i) => i), y: Array.from(y), neuron: Array.from(y, () => wanted[k])};
  legend.items[k].label = {value: k < wanted.length ? `neuron ${wanted[k]}` : ' '};
});
legend.items = [...legend.items];
said.text = `Neurons 0 to ${n - 1} can be chosen, ${curves.length} at a time.` + (strange.length ? ` Left out: ${strange.length}.` : '');
"""


def voltages_view(run: RunData) -> Any:
    """Plot the voltages of a few neurons with the controls that choose others."""
    found = sample_voltages(run)
    first = found[0]
    population = list(first.values)[-1]
    counts = {name: values.shape[1] for name, values in first.values.items()}
    chosen = list(range(min(3, counts[population])))
    chart, curves = _chart(first, population, chosen, run.scenario.network.threshold, run.scenario.has_readout)
    titles = [one.title for one in found]
    samples = Select(title="Sample", options=titles, value=titles[0], width=300, name="voltage sample")
    populations = Select(
        title="Population", options=list(counts), value=population, width=160, name="voltage population"
    )
    neurons = TextInput(title="Neurons", value=", ".join(map(str, chosen)), width=160, name="voltage neurons")
    said = Div(
        text=f"Neurons 0 to {counts[population] - 1} can be chosen, {CURVES} at a time.", sizing_mode="stretch_width"
    )
    args = {
        "samples": samples, "population": populations, "neurons": neurons, "counts": counts, "curves": curves, "said": said,
        "values": _values(found), "legend": chart.legend[0],
    }  # fmt: skip
    for control in (samples, populations, neurons):
        control.js_on_change("value", CustomJS(args=args, code=SHOW))
    above = row(samples, populations, neurons, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"})
    return column(above, said, chart, sizing_mode="stretch_width")


def _chart(
    first: SampleVoltages, population: str, chosen: list[int], threshold: float, readout: bool
) -> tuple[Any, list[Any]]:
    chart = plot("", "step of the network", "membrane voltage", height=320)
    chart.add_layout(Span(location=threshold, dimension="width", line_dash="dashed", line_color=GREY))
    curves = []
    for k in range(CURVES):
        values = first.values[population][:, chosen[k]] if k < len(chosen) else np.zeros(0)
        neuron = [chosen[k]] * len(values) if k < len(chosen) else []
        source = ColumnDataSource({"x": np.arange(len(values)), "y": values.astype(np.float32), "neuron": neuron})
        name = f"neuron {chosen[k]}" if k < len(chosen) else " " * (k + 1)
        chart.line("x", "y", source=source, color=SERIES[k], line_width=2, legend_label=name, name=f"voltage {k}")
        curves.append(source)
    chart.add_tools(HoverTool(tooltips=[("neuron", "@neuron"), ("step", "@x"), ("voltage", "@y{0.000}")]))
    legend_below(chart)
    return chart, curves


def _values(found: list[SampleVoltages]) -> ColumnDataSource:
    """Make a column for each sample, population and neuron."""
    return ColumnDataSource({
        f"{k}|{name}|{neuron}": values[:, neuron].astype(np.float32)
        for k, one in enumerate(found)
        for name, values in one.values.items()
        for neuron in range(values.shape[1])
    })  # fmt: skip
