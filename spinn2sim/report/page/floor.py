"""Makes the page's floor plan: a heat map with a slider over ticks. The browser chooses among values that are computed here."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import ColorBar, ColumnDataSource, CustomJS, Div, HoverTool, RadioButtonGroup, Select, Slider

from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.facts import DRAM_SLOTS, ROUTER_SLOTS
from spinn2sim.report.contents.floor import FloorPlan, floor_plans, pe_groups
from spinn2sim.report.floor_shapes import channel_boxes, dead_boxes, pe_boxes
from spinn2sim.report.page.plots import heat, legend_below, plot, style_colour_bar
from spinn2sim.report.palette import BLACK, GREY, INK, PALE, SERIES
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run

WHOLE, ROLE = "whole batch", "role"
SHOW = """
const plan = plans[part.value];
if (cb_obj === slider) mode.active = 1;
if (cb_obj === part) {
  slider.disabled = mode.disabled = plan.ticks.length === 0;
  if (slider.disabled) mode.active = 0;  // before the quantity: there is no tick to show
  quantity.options = [...Object.keys(plan.high), ...(roles.length ? ['role'] : [])];
  if (!quantity.options.includes(quantity.value)) quantity.value = quantity.options[0];
}
const role = quantity.value === 'role', high = role ? {tick: 0, whole: 0, unit: ''} : plan.high[quantity.value];
const one = mode.active === 1, at = one ? plan.ticks.indexOf(slider.value) : 'whole';
for (const drawn of roles) drawn.visible = role;
if (legend.length) legend[0].visible = role;
pe_bar.visible = !role;
const none = length => new Float32Array(length);
pes.data = {...pes.data, value: values.data[`${part.value}|${quantity.value}|${at}`] ?? none(pes.get_length())};
channels.data = {...channels.data, value: loads.data[`${part.value}|${at}`] ?? none(channels.get_length())};
pe_colour.high = Math.max(one ? high.tick : high.whole, 2e-9);
channel_colour.high = Math.max(one ? plan.flits.tick : plan.flits.whole, 2e-9);
pe_bar.title = `${quantity.value} (${high.unit})`;
said.text = (one ? `tick ${slider.value}: ${plan.phases[at] ?? 'none in this part'}; ` : '') + `mean of ${plan.of}`;
"""


def floor_view(run: RunData) -> tuple[Any, list[str]]:
    """Make the heat map with its controls, and a line for each quantity that the run has no data for."""
    plans = floor_plans(run)
    first = plans[0]
    names = list(dict.fromkeys(channel for plan in plans for channel in plan.channels))
    values, loads = _columns_to_choose(plans, names)
    meta = {plan.name: _describe(plan) for plan in plans}
    shown = first.quantities[0].name
    pes = ColumnDataSource({**pe_boxes(), "runs": pe_groups(run), "value": values.data[f"{first.name}|{shown}|whole"]})
    channels = ColumnDataSource({**channel_boxes(names), "name": names, "value": loads.data[f"{first.name}|whole"]})
    chart, colours, bar = _heat_map(pes, channels, meta[first.name], shown)
    controls = _controls(plans, any(pes.data["runs"]))
    roles = _draw_roles(chart, pes.data)
    args = {
        **controls, "plans": meta, "values": values, "loads": loads, "pes": pes, "channels": channels, "pe_colour": colours[0],
        "channel_colour": colours[1], "pe_bar": bar, "roles": roles, "legend": list(chart.legend),
    }  # fmt: skip
    dead = dead_parts_of_run(run.folder)
    if dead:
        _draw_dead(chart, dead)
    show = CustomJS(args=args, code=SHOW)
    for name, event in (("part", "value"), ("quantity", "value"), ("slider", "value"), ("mode", "active")):
        controls[name].js_on_change(event, show)
    names_of = ("part", "quantity", "mode", "slider")
    above = row(*(controls[name] for name in names_of), sizing_mode="stretch_width", styles={"flex-wrap": "wrap"})
    return column(above, controls["said"], chart, sizing_mode="stretch_width"), first.missing


def _draw_roles(chart: Any, pes: dict[str, Any]) -> list[Any]:
    """Draw the PEs of each role in a colour of its own, hidden until the reader chooses it, with a legend below the plot."""
    drawn = []
    for number, name in enumerate(dict.fromkeys(filter(None, pes["runs"]))):
        chosen = [k for k, runs in enumerate(pes["runs"]) if runs == name]
        source = ColumnDataSource({side: pes[side][chosen] for side in "xywh"})
        drawn.append(
            chart.rect(
                "x",
                "y",
                "w",
                "h",
                source=source,
                color=SERIES[number % len(SERIES)],
                visible=False,
                legend_label=name,
                name=f"role {name}",
            )
        )
    if drawn:
        legend_below(chart)
        chart.legend[0].visible, chart.legend[0].click_policy = False, "none"
    return drawn


def _controls(plans: list[FloorPlan], roles: bool) -> dict[str, Any]:
    first, shown = plans[0], [*(q.name for q in plans[0].quantities), *[ROLE] * roles]
    # One range for all parts, so that the slider stays where it is.
    ticks = [int(tick) for plan in plans for tick in plan.ticks]
    start, end = (min(ticks), max(ticks)) if ticks else (0, 1)
    still = not len(first.ticks)
    return {
        "part": Select(title="Part", options=[p.name for p in plans], value=first.name, width=170, name="part"),
        "quantity": Select(title="PEs coloured by", options=shown, value=shown[0], width=220, name="quantity"),
        "mode": RadioButtonGroup(
            labels=[WHOLE, "one tick"], active=0, disabled=still, name="mode", margin=(22, 15, 5, 15)
        ),
        "slider": Slider(
            title="tick", start=start, end=end, value=start, step=1, disabled=still, width=300, name="tick"
        ),
        "said": Div(text=f"mean of {first.of}", name="said", sizing_mode="stretch_width"),
    }


def _columns_to_choose(plans: list[FloorPlan], names: list[str]) -> tuple[ColumnDataSource, ColumnDataSource]:
    """Make all values that the controls can choose: a column for each part, quantity and tick, of the PEs and of the channels."""
    values, loads = {}, {}
    number = {name: k for k, name in enumerate(names)}
    for plan in plans:
        for q in plan.quantities:
            values[f"{plan.name}|{q.name}|whole"] = q.whole.astype(np.float32)
            values |= {f"{plan.name}|{q.name}|{k}": line.astype(np.float32) for k, line in enumerate(q.by_tick)}
        for k, flits in [("whole", plan.whole_flits), *enumerate(plan.flits)]:
            loads[f"{plan.name}|{k}"] = here = np.zeros(len(names), np.float32)
            here[[number[name] for name in plan.channels]] = flits
    return ColumnDataSource(values), ColumnDataSource(loads)


def _describe(plan: FloorPlan) -> dict[str, Any]:
    """Return what the browser needs of a part; `high` is the largest value of the colour scale."""
    high = {
        q.name: {"unit": q.unit, "whole": float(q.whole.max()), "tick": float(q.by_tick.max(initial=0))}
        for q in plan.quantities
    }
    flits = {"whole": float(plan.whole_flits.max(initial=0)), "tick": float(plan.flits.max(initial=0))}
    return {"ticks": plan.ticks.tolist(), "phases": plan.phases, "of": plan.of, "high": high, "flits": flits}


def _draw_dead(chart: Any, dead: DeadParts) -> None:
    """Draw dead parts, and PEs that they cut off, in black over the others."""
    boxes, said = dead_boxes(dead)
    source = ColumnDataSource({**boxes, "said": said})
    parts = chart.rect("x", "y", "w", "h", source=source, fill_color=BLACK, line_color=BLACK, name="dead")
    chart.add_tools(HoverTool(renderers=[parts], tooltips=[("", "@said")]))


def _heat_map(
    pes: ColumnDataSource, channels: ColumnDataSource, meta: dict[str, Any], name: str
) -> tuple[Any, list[Any], Any]:
    chart = plot(
        "", "quad x", "quad y", aspect=0.9, max_width=900, x_range=(0.4, 7.6), y_range=(0.4, 6.6), name="floor"
    )
    chart.grid.visible = False
    chart.xaxis.ticker, chart.yaxis.ticker = list(range(1, 8)), list(range(1, 7))
    pe: Any = heat("Viridis256", meta["high"][name]["whole"])
    load: Any = heat(ORANGES, meta["flits"]["whole"])
    squares = chart.rect("x", "y", "w", "h", source=pes, fill_color=pe, line_color=GREY, line_width=0.5, name="pes")
    bars = chart.rect(
        "x", "y", "w", "h", source=channels, fill_color=load, line_color=GREY, line_width=0.5, name="channels"
    )
    for slots, text in ((ROUTER_SLOTS, "event\nrouter"), (DRAM_SLOTS, "DRAM")):
        chart.rect(
            [s[0] for s in slots], [s[1] for s in slots], 0.7, 0.7, fill_color=PALE, line_color=GREY, level="underlay"
        )
        chart.text(
            [s[0] for s in slots], [s[1] + 0.15 for s in slots], text=[text] * 2, text_align="center", text_baseline="middle",
            text_font_size="10px", text_color=INK,
        )  # fmt: skip
    chart.add_tools(HoverTool(renderers=[squares], tooltips=[("PE", "@pe @runs"), ("", "@value{0,0.000}")]))
    chart.add_tools(HoverTool(renderers=[bars], tooltips=[("channel", "@name"), ("flits", "@value{0,0.0}")]))
    bar = style_colour_bar(ColorBar(color_mapper=pe["transform"], title=f"{name} ({meta['high'][name]['unit']})"))
    chart.add_layout(bar, "below")
    chart.add_layout(style_colour_bar(ColorBar(color_mapper=load["transform"], title="channel (flits)")), "below")
    return chart, [pe["transform"], load["transform"]], bar


# From #FDD0A2, which shows on paper and in the dark, to #8C2D04.
ORANGES = tuple(f"#{253 - k * 113 // 255:02X}{208 - k * 163 // 255:02X}{162 - k * 158 // 255:02X}" for k in range(256))
