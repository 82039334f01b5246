"""The floor plan as a heat map with a slider over ticks; the browser only picks among what was counted before."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import ColorBar, ColumnDataSource, CustomJS, Div, HoverTool, RadioButtonGroup, Select, Slider

from spinn2sim.report.contents.floor import FloorPlan, floor_plans
from spinn2sim.report.floor_shapes import channel_boxes, name_of, pe_boxes
from spinn2sim.report.page.plots import heat, plot
from spinn2sim.report.palette import GREY, PALE
from spinn2sim.report.run_data import RunData
from spinn2sim.spec.chip import DRAM_SLOTS, ROUTER_SLOTS

WHOLE = "whole batch"
SHOW = """
const plan = plans[part.value], q = quantity.value;
if (cb_obj === slider) mode.active = 1;
if (cb_obj === part) { slider.start = plan.ticks[0]; slider.end = plan.ticks[plan.ticks.length - 1]; }
slider.value = Math.max(slider.start, Math.min(slider.end, slider.value));
const one = mode.active === 1, at = one ? plan.ticks.indexOf(slider.value) : -1;
const key = one ? String(at) : 'whole';
pes.data = {...pes.data, value: values.data[`${part.value}|${q}|${key}`]};
channels.data = {...channels.data, value: loads.data[`${part.value}|${key}`]};
const high = plan.high[q];
pe_colour.high = Math.max(one ? high.tick : high.whole, 2e-9);
channel_colour.high = Math.max(one ? plan.flits.tick : plan.flits.whole, 2e-9);
pe_bar.title = `${q} (${high.unit})`;
said.text = (one ? `tick ${slider.value}: ${plan.phases[at]}` : 'whole batch') + `, mean of ${plan.batches} traced batches`;
"""


def floor_view(run: RunData) -> tuple[Any, list[str]]:
    """The heat map with its controls, and what it cannot show."""
    plans = floor_plans(run)
    first = plans[0]
    stages = list(dict.fromkeys(stage for plan in plans for stage in plan.stages))
    values, loads = _stores(plans, stages)
    meta = {plan.part: _meta(plan) for plan in plans}
    pes = ColumnDataSource({**pe_boxes(), "value": values.data[f"{first.part}|{first.quantities[0].name}|whole"]})
    names = [name_of(stage) for stage in stages]
    channels = ColumnDataSource(
        {**channel_boxes(stages), "name": names, "value": loads.data[f"{first.part}|whole"]}
    )
    made, colours, bar = _map(pes, channels, meta[first.part], first.quantities[0].name)
    part = Select(title="Part", options=[p.part for p in plans], value=first.part, width=120, name="part")
    quantity = Select(
        title="PEs coloured by", options=[q.name for q in first.quantities], value=first.quantities[0].name, width=220, name="quantity"
    )
    mode = RadioButtonGroup(labels=[WHOLE, "one tick"], active=0, name="mode")
    slider = Slider(
        title="tick", start=int(first.ticks[0]), end=int(first.ticks[-1]), value=int(first.ticks[0]), step=1, width=420, name="tick"
    )
    said = Div(text=f"{WHOLE}, mean of {first.batches} traced batches", name="said", width=420)
    args = {
        "plans": meta, "part": part, "quantity": quantity, "mode": mode, "slider": slider, "said": said, "values": values,
        "loads": loads, "pes": pes, "channels": channels, "pe_colour": colours[0], "channel_colour": colours[1], "pe_bar": bar,
    }  # fmt: skip
    show = CustomJS(args=args, code=SHOW)
    for control in (part, quantity, slider):
        control.js_on_change("value", show)
    mode.js_on_change("active", show)
    controls = row(part, quantity, column(mode, said), slider)
    return column(controls, made), first.missing


def _stores(plans: list[FloorPlan], stages: list[Any]) -> tuple[ColumnDataSource, ColumnDataSource]:
    """All that the slider can choose: a column per part, quantity and tick, of PEs and of channels."""
    values, loads = {}, {}
    for plan in plans:
        for q in plan.quantities:
            values[f"{plan.part}|{q.name}|whole"] = q.whole.astype(np.float32)
            values |= {f"{plan.part}|{q.name}|{k}": line.astype(np.float32) for k, line in enumerate(q.by_tick)}
        here = np.zeros((len(plan.ticks), len(stages)), np.float32)
        here[:, [stages.index(stage) for stage in plan.stages]] = plan.flits
        loads[f"{plan.part}|whole"] = here.sum(axis=0)
        loads |= {f"{plan.part}|{k}": line for k, line in enumerate(here)}
    return ColumnDataSource(values), ColumnDataSource(loads)


def _meta(plan: FloorPlan) -> dict[str, Any]:
    high = {
        q.name: {"unit": q.unit, "whole": float(q.whole.max()), "tick": float(q.by_tick.max(initial=0))} for q in plan.quantities
    }
    flits = {"whole": float(plan.flits.sum(axis=0).max(initial=0)), "tick": float(plan.flits.max(initial=0))}
    return {"ticks": plan.ticks.tolist(), "phases": plan.phases, "batches": plan.batches, "high": high, "flits": flits}


def _map(pes: ColumnDataSource, channels: ColumnDataSource, meta: dict[str, Any], name: str) -> tuple[Any, list[Any], Any]:
    made = plot("", "quad x", "quad y", width=1000, height=720, x_range=(0.4, 7.6), y_range=(0.4, 6.6), name="floor")
    made.grid.visible = False
    made.xaxis.ticker, made.yaxis.ticker = list(range(1, 8)), list(range(1, 7))
    pe: Any = heat("Viridis256", meta["high"][name]["whole"])
    load: Any = heat(ORANGES, meta["flits"]["whole"])
    squares = made.rect("x", "y", "w", "h", source=pes, fill_color=pe, line_color=GREY, line_width=0.5, name="pes")
    ways = made.rect("x", "y", "w", "h", source=channels, fill_color=load, line_color=GREY, line_width=0.5, name="channels")
    for slots, text in ((ROUTER_SLOTS, "event router"), (DRAM_SLOTS, "DRAM")):
        made.rect([s[0] for s in slots], [s[1] for s in slots], 0.7, 0.7, fill_color=PALE, line_color=GREY, level="underlay")
        made.text(
            [s[0] for s in slots], [s[1] + 0.2 for s in slots], text=[text] * 2, text_align="center", text_baseline="middle",
            text_font_size="11px",
        )  # fmt: skip
    made.add_tools(HoverTool(renderers=[squares], tooltips=[("PE", "@pe"), ("", "@value{0,0.000}")]))
    made.add_tools(HoverTool(renderers=[ways], tooltips=[("channel", "@name"), ("flits", "@value{0,0.0}")]))
    bar = ColorBar(color_mapper=pe["transform"], title=f"{name} ({meta['high'][name]['unit']})", width=14)
    made.add_layout(bar, "right")
    made.add_layout(ColorBar(color_mapper=load["transform"], title="channel (flits)", width=14), "right")
    return made, [pe["transform"], load["transform"]], bar


ORANGES = tuple(f"#{255 - k * 115 // 255:02X}{245 - k * 200 // 255:02X}{235 - k * 231 // 255:02X}" for k in range(256))
