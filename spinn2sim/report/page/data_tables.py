"""The data behind each section of the page as tables, which the reader can keep as CSV files. They are part of the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from spinn2sim.report.contents.cycle_profile import cycle_profile
from spinn2sim.report.contents.delays import delay_counts
from spinn2sim.report.contents.delivery_latency import latency
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.floor import floor_plans, pe_groups
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.plane import plane
from spinn2sim.report.contents.predictions import predictions
from spinn2sim.report.contents.raster import PacketMarks, Raster, rasters
from spinn2sim.report.contents.sram import sram
from spinn2sim.report.contents.training_curves import training_curves
from spinn2sim.report.contents.voltages import sample_voltages
from spinn2sim.report.contents.weight_counts import weight_counts
from spinn2sim.report.page.frame import data_button
from spinn2sim.report.run_data import RunData

MOST_ROWS = 20_000
# Spreadsheets take a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class DataTable(NamedTuple):
    """The names of columns, and rows of values."""

    head: Sequence[str]
    rows: Iterable[Sequence[object]]


def csv_of(table: DataTable) -> tuple[str, bool]:
    """Return a table as CSV of at most MOST_ROWS rows, and whether that is all of it."""
    text, rows = io.StringIO(), iter(table.rows)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.head)
    writer.writerows([_cell(value) for value in row] for row in islice(rows, MOST_ROWS))
    return text.getvalue(), next(rows, None) is None


def download(name: str, text: str, whole: bool) -> str:
    """Make the button for a table, which says how large it is."""
    rows = text.count("\n") - 1
    return data_button(name, f"{name} ({rows:,} rows)" if whole else f"{name} (the first {rows:,} rows)")


def _cell(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.10g}"
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _lost(run: RunData) -> DataTable:
    found = losses(run)
    return DataTable(("epoch", *found.counts), list(zip(found.epochs, *found.counts.values(), strict=True)))


def _training(run: RunData) -> DataTable:
    found = training_curves(run)
    columns = {f"{part}_{quantity}": values for quantity, of in found.values.items() for part, values in of.items()}
    return DataTable(("epoch", *columns), list(zip(found.epoch, *columns.values(), strict=True)))


def _plane(run: RunData) -> DataTable:
    found = plane(run)
    columns = (found.x, found.y, found.label, found.predicted, found.value)
    return DataTable(
        ("sample", "x", "y", "label", "predicted", "value"), zip(range(len(found.x)), *columns, strict=True)
    )


def _confusion(run: RunData) -> DataTable:
    found = predictions(run)
    counts = found.confusion
    answers = [*range(found.classes), "silent"]
    rows = ((label, answers[k], n) for label, line in enumerate(counts) for k, n in enumerate(line) if n)
    return DataTable(("label", "answer", "samples"), rows)


def _voltages(run: RunData) -> DataTable:
    rows = (
        (one.sample, one.label, one.predicted, name, neuron, step, values[step, neuron])
        for one in sample_voltages(run)
        for name, values in reversed(one.values.items())
        for neuron in range(values.shape[1])
        for step in range(len(values))
    )
    return DataTable(("sample", "label", "predicted", "population", "neuron", "step", "voltage"), rows)


def _weights(run: RunData) -> DataTable:
    rows = (
        (one.name, low, high, float("nan") if one.before is None else one.before[k], one.after[k])
        for one in weight_counts(run)
        for k, (low, high) in enumerate(zip(one.edges[:-1], one.edges[1:], strict=True))
    )
    return DataTable(("projection", "from", "to", "before", "kept"), rows)


def _raster(run: RunData) -> DataTable:
    return DataTable(
        ("epoch", "part", "batch", "sample", "kind", "tick", "population", "neuron", "lost"), _marks(rasters(run))
    )


def _marks(found: Sequence[Raster]) -> Iterator[Sequence[object]]:
    for one in found:
        for kind, marks in (("spike", one.spikes), ("error", one.errors)):
            columns: Any = (getattr(marks, name) for name in PacketMarks.__annotations__)
            for tick, neuron, layer, lost in zip(*columns, strict=True):
                yield one.epoch, one.part, one.batch, one.sample, kind, tick, one.names[layer], neuron, int(lost)


def _delays(run: RunData) -> DataTable:
    rows = (
        (one.name, k, n, m)
        for one in delay_counts(run)
        for k, (n, m) in enumerate(zip(one.before, one.after, strict=True))
    )
    return DataTable(("projection", "delay", "before", "kept"), rows)


def _floor(run: RunData) -> DataTable:
    return DataTable(("part", "place", "runs", "quantity", "unit", "value"), _floor_rows(run))


def _floor_rows(run: RunData) -> Iterator[Sequence[object]]:
    groups = pe_groups(run)
    for plan in floor_plans(run):
        for q in plan.quantities:
            yield from ((plan.name, f"PE {k + 1}", groups[k], q.name, q.unit, value) for k, value in enumerate(q.whole))
        for name, flits in zip(plan.channels, plan.whole_flits, strict=True):
            yield plan.name, name, "", "flits", plan.of, flits


def _latency(run: RunData) -> DataTable:
    found = latency(run)
    edges = list(zip(found.edges_ns[:-1], found.edges_ns[1:], strict=True))
    rows = (
        (*edge, kind, n) for kind, counts in found.counts.items() for edge, n in zip(edges, counts, strict=True) if n
    )
    return DataTable(("from_ns", "to_ns", "kind", "deliveries"), rows)


def _sram(run: RunData) -> DataTable:
    found = sram(run)
    return DataTable(("pe", "runs", "bytes"), zip(found.pe, found.group, found.used_bytes, strict=True))


def _cycles(run: RunData) -> DataTable:
    rows = (
        (one["operation"], one["times"], one["each"], one["cycles"], one["source"])
        for one in cycle_profile(run).operations
    )
    return DataTable(("operation", "times", "cycles_each", "cycles", "source"), rows)


def _energy(run: RunData) -> DataTable:
    return DataTable(("state", "joule"), energy(run).joule.items())


# By the section's title.
DATA: dict[str, Callable[[RunData], DataTable]] = {
    "What was lost": _lost,
    "Training": _training,
    "Yin-Yang plane": _plane,
    "Confusion": _confusion,
    "Raster": _raster,
    "Membrane voltages": _voltages,
    "Weights": _weights,
    "Delays": _delays,
    "Floor plan": _floor,
    "Latency": _latency,
    "SRAM": _sram,
    "Where the cycles went": _cycles,
    "Energy": _energy,
}
