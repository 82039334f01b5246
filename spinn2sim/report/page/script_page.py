"""Writes the page of a script's run: losses first, then rasters, voltages, the floor plan, latency and SRAM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import HoverTool, Span

from spinn2sim.files.named_output import write_named_text
from spinn2sim.hardware.units import QUANTA_PER_US, seconds
from spinn2sim.report.labels import label
from spinn2sim.report.page.bars import latency_view, sram_view
from spinn2sim.report.page.data_tables import DATA, DataTable, csv_of, download
from spinn2sim.report.page.floor import floor_view
from spinn2sim.report.page.frame import Document, absent, anchor
from spinn2sim.report.page.images import image_view, images_of
from spinn2sim.report.page.plots import legend_below, plot
from spinn2sim.report.page.tables import cycles_tables
from spinn2sim.report.page.tiles import Tile, tiles_html
from spinn2sim.report.palette import KIND, RULE, SERIES
from spinn2sim.report.run_data import AbsentError
from spinn2sim.report.run_state import duration
from spinn2sim.report.script_run import ScriptRunData

MOST_SPIKES, MOST_CURVES, GAP = 50_000, 5, 4
# The least distance of two names beside the raster, as a share of its height.
NAME_SHARE = 0.035
Section = tuple[str, str, Callable[[ScriptRunData], Any]]


def write_script_page(folder: Path | str, target: Path) -> Path:
    """Write the page of a script's run, as a whole or not at all. Returns `target`. Raises DataError, OutputError."""
    write_named_text(target, script_page(ScriptRunData(folder)))
    return target


def script_page(run: ScriptRunData) -> str:
    """Make the page as HTML."""
    described = run.described
    made = Document(
        f"{described['name']}: {run.folder.name}",
        run.headline,
        bool(described["losses"]),
        head=tiles_html(_tiles(run)),
    )
    for title, says, view in [*SECTIONS[:1], *(IMAGES if images_of(run) else ()), *SECTIONS[1:]]:
        _add(run, made, title, says, view)
    return made.html()


def _tiles(run: ScriptRunData) -> Iterator[Tile]:
    described, sizes = run.described, run.graph.sizes
    yield Tile("network", f"{sum(sizes):,} neurons", f"{len(sizes)} populations")
    yield Tile("ticks", f"{described['ticks']:,}", f"of {described['period_q'] / QUANTA_PER_US:g} us")
    yield Tile(
        "time on the chip",
        duration(run.steps * seconds(described["period_q"])),
        f"engine {label(str(described['engine']))}",
    )
    yield Tile(
        "spikes", f"{sum(len(run.recordings[f'spikes_{n}']) for n in range(len(sizes))):,}", "of all populations"
    )
    yield Tile("lost", str(len(described["losses"])) if described["losses"] else "nothing", "kinds of losses")


def _add(run: ScriptRunData, made: Document, title: str, says: str, view: Callable[[ScriptRunData], Any]) -> None:
    try:
        shown = view(run)
        body = shown if isinstance(shown, str) else made.views.add(shown)
    except AbsentError as error:
        body = absent(error)
    else:
        if title in TABLES:
            name = f"{anchor(title)}.csv"
            made.tables[name], whole = csv_of(TABLES[title](run))
            body += download(name, made.tables[name], whole)
    made.add(title, says, body)


def spike_view(run: ScriptRunData) -> Any:
    """Plot the spikes of all populations, one above the other."""
    sizes = run.graph.sizes
    offsets = np.cumsum([0, *(size + GAP for size in sizes[:-1])])
    top = int(offsets[-1]) + sizes[-1]
    places = _names(run, offsets, NAME_SHARE * top)
    x_range, y_range = (-1.5, run.steps), (-3, max(top, *places) + 2)
    chart = plot("", "tick", "neuron, by population", height=520, x_range=x_range, y_range=y_range)
    counts = [len(run.recordings[f"spikes_{number}"]) for number in range(len(sizes))]
    most = evenly(counts, MOST_SPIKES)
    for number, at in enumerate(offsets.tolist()):
        _scatter(chart, run, number, at, most)
        chart.add_layout(Span(location=float(at) - 2.5, dimension="width", line_color=RULE))
    chart.yaxis.ticker, chart.yaxis.major_label_overrides = list(places), places
    if max(counts) > most:
        chart.title.text = f"of populations with more than {most:,} spikes every second, third, ... one"
    return chart


def evenly(counts: list[int], most: int) -> int:
    """Return the largest number of spikes for each population with which all together have at most `most`; those with fewer keep all."""
    left = most
    for n, count in enumerate(sorted(counts)):
        share = left // (len(counts) - n)
        if count > share:
            return share
        left -= count
    return max(counts, default=0)


def _names(run: ScriptRunData, offsets: Any, apart: float) -> dict[int, str]:
    """Return the names of populations by the heights beside which they stand: their middles, or above the name below."""
    found: dict[int, str] = {}
    below = -apart
    for at, p in zip(offsets.tolist(), run.graph.populations, strict=True):
        below = max(at + p.size // 2, round(below + apart))
        found[below] = f"{p.name} ({p.size})"
    return found


def _scatter(chart: Any, run: ScriptRunData, number: int, at: int, most: int) -> None:
    """Draw the spikes of a population, evenly thinned if there are more than `most`; of pixels, the place in the image is shown."""
    rows = run.recordings[f"spikes_{number}"]
    rows = rows[:: -(-len(rows) // most)] if len(rows) > most else rows
    neuron = rows[:, 1].astype(np.int32)
    source = {"x": rows[:, 0].astype(np.int32), "y": neuron + np.int32(at), "n": neuron}
    says = [("tick", "@x"), ("neuron", "@n")]
    image = run.graph.image(number)
    if image is not None:
        source |= dict(zip(("channel", "row", "column"), np.unravel_index(neuron, image), strict=True))
        says.append(("channel, row, column", "@channel, @row, @column"))
    dots = chart.scatter("x", "y", source=source, marker="circle", size=4, color=SERIES[number % len(SERIES)])
    chart.add_tools(HoverTool(renderers=[dots], tooltips=says))


def voltage_view(run: ScriptRunData) -> Any:
    """Plot the states of the first neurons of each population that recorded some. Raises AbsentError if none did."""
    found = [(n, state) for n in range(len(run.graph.populations)) for state in run.states_of(n)]
    if not found:
        raise AbsentError('no population recorded voltages: record=["spikes", "v"]')
    chart = plot("after each tick", "tick", "voltage", height=380)
    colour = 0
    for number, state in found:
        values = run.recordings[f"{state}_{number}"]
        for neuron in range(min(MOST_CURVES, values.shape[1])):
            name = f"{run.graph.populations[number].name} {neuron}" + (f" {state}" if state != "v" else "")
            line = np.arange(len(values)), values[:, neuron].astype(np.float64)
            chart.line(*line, color=SERIES[colour % len(SERIES)], legend_label=name, visible=neuron == 0)
            colour += 1
    legend_below(chart)
    return chart


def traffic_view(run: ScriptRunData) -> Any:
    """Plot the packets that all PEs took in each tick, and when the slowest was done."""
    taken, done = run.recordings["packets"].sum(axis=1), run.recordings["time_done"].max(axis=1, initial=0)
    chart = plot("", "tick", "packets; % of the tick")
    ticks = np.arange(len(taken))
    chart.line(ticks, taken.astype(np.float64), color=KIND["spike"], legend_label="packets")
    chart.line(ticks, 100 * done, color=SERIES[1], legend_label="slowest PE (%)")
    legend_below(chart)
    return chart


def _spikes(run: ScriptRunData) -> DataTable:
    names = [population.name for population in run.graph.populations]
    rows = (
        (name, tick, neuron) for n, name in enumerate(names) for tick, neuron in run.recordings[f"spikes_{n}"][:, :2]
    )
    return DataTable(("population", "tick", "neuron"), rows)


def _traffic(run: ScriptRunData) -> DataTable:
    taken, done = run.recordings["packets"].sum(axis=1), run.recordings["time_done"].max(axis=1, initial=0)
    return DataTable(("tick", "packets", "slowest_pe_share"), zip(range(len(taken)), taken, done, strict=True))


def _voltages(run: ScriptRunData) -> DataTable:
    found = [(n, name, values) for n in range(len(run.graph.populations)) for name, values in run.states_of(n).items()]
    rows = (
        (run.graph.populations[n].name, name, tick, neuron, values[tick, neuron])
        for n, name, values in found
        for neuron in range(min(MOST_CURVES, values.shape[1]))
        for tick in range(len(values))
    )
    return DataTable(("population", "state", "tick", "neuron", "value"), rows)


# By the section's title.
TABLES: dict[str, Callable[[ScriptRunData], DataTable]] = {
    "Raster": _spikes,
    "Traffic": _traffic,
    "Voltages": _voltages,
    **{title: DATA[title] for title in ("Floor plan", "Latency", "SRAM")},
}
# Stands behind the raster if there are images.
IMAGES: tuple[Section, ...] = (
    ("Images", "Spikes of each pixel in the whole run, a tile for each channel.", image_view),
)
SECTIONS: tuple[Section, ...] = (
    ("Raster", "Every spike; those of spike lists, too.", spike_view),
    ("Voltages", f"And other states, of the first {MOST_CURVES} neurons; a click on a name shows or hides a curve.", voltage_view),
    ("Traffic", "By tick: packets that all PEs took, and when the slowest PE was done, in percent of the tick.", traffic_view),
    ("Floor plan", "Squares are PEs, bars are channels. Move the slider to see one tick.", lambda run: floor_view(run)[0]),
    ("Latency", "All deliveries, 20 bins a decade.", latency_view),
    ("Where the cycles went", "Busy cycles of all PEs, by operation or C function.", cycles_tables),
    ("SRAM", "What the plan gave each PE.", sram_view),
)  # fmt: skip
