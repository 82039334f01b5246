"""The packets of one sample on one time axis: forward spikes by sender, backward errors by receiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.scenario.graph_checks import output_of
from spinn2sim.scenario.keys import Scenario
from spinn2sim.trace.sql import Tables

SAMPLES, MOST_MARKS = 6, 20_000
NONE = "the trace holds no packet of a sample: widen the [trace] filters"
GAP = 4  # empty rows between layers


@dataclass(frozen=True)
class PacketMarks:
    """The n packets of one kind: the tick in which each was sent, its neuron within its layer, its layer, and whether it was lost for any
    receiver."""

    tick: NDArray[np.int64]
    neuron: NDArray[np.int64]
    layer: NDArray[np.int64]
    lost: NDArray[np.bool_]


@dataclass(frozen=True)
class Raster:
    """The packets of a training or test sample."""

    epoch: int
    part: str
    batch: int
    sample: int
    # How many of its deliveries were not on time.
    lost: int
    # The tick of the loss: forward ticks come before it, backward ticks after it.
    loss_tick: int
    # Neurons per population, and its name.
    sizes: tuple[int, ...]
    names: tuple[str, ...]
    spikes: PacketMarks
    errors: PacketMarks
    # How many packets are left out because there are too many to draw.
    cut: int
    # The population that answers, and the sample's label; None if the data cannot be read any more.
    output: int = -1
    label: int | None = None

    @property
    def title(self) -> str:
        """A title with the sample's number, batch, part and epoch, and how many deliveries were lost."""
        lost = f", {self.lost:,} deliveries LOST" if self.lost else ""
        label = "" if self.label is None else f", label {self.label}"
        return f"sample {self.sample}{label} ({self.part} batch {self.batch}, epoch {self.epoch}{lost})"

    def rows(self, marks: PacketMarks) -> NDArray[np.int64]:
        """Return the row in which each mark is drawn: layers from bottom to top, beginning with the input."""
        return self.offsets[marks.layer] + marks.neuron

    @property
    def label_row(self) -> int | None:
        """The row of the label neuron; None if the label is not known, or has no neuron."""
        known = self.label is not None and self.label < self.sizes[self.output]
        return int(self.offsets[self.output]) + int(self.label or 0) if known else None

    @property
    def first_spikes(self) -> PacketMarks:
        """The first spike of each output neuron, the earliest first; a readout has none."""
        s = self.spikes
        own = np.flatnonzero(s.layer == (self.output if self.output >= 0 else len(self.sizes) + self.output))
        own = own[np.lexsort((s.neuron[own], s.tick[own]))]
        chosen = own[np.sort(np.unique(s.neuron[own], return_index=True)[1])]
        return PacketMarks(s.tick[chosen], s.neuron[chosen], s.layer[chosen], s.lost[chosen])

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The row of neuron 0 of each layer."""
        return np.cumsum([0, *(size + GAP for size in self.sizes[:-1])])


def rasters(run: RunData, count: int = SAMPLES) -> list[Raster]:
    """Choose a few samples of the last traced part, of training if it was traced; those with most losses come first. Raises AbsentError."""
    tables = run.need("packets")
    parts = tables.rows("SELECT DISTINCT epoch, part FROM packets WHERE sample >= 0", trusted=True)
    if not parts:
        raise AbsentError(NONE)
    last = max(parts, key=lambda row: (row["part"] == "train", row["epoch"]))
    chosen = tables.rows(
        f"""SELECT epoch, part, batch, sample, count(*) FILTER (outcome <> 'on_time') AS lost
        FROM packets WHERE epoch = ? AND part = ? AND sample >= 0 AND kind <> 'dma'
        GROUP BY ALL ORDER BY lost DESC, batch DESC, sample LIMIT {int(count)}""",
        (last["epoch"], last["part"]), trusted=True,
    )  # fmt: skip
    if not chosen:
        raise AbsentError(NONE)
    sizes = layer_sizes(run, tables)
    return [_raster(run, tables, row, sizes) for row in chosen]


def layer_ticks(one: Raster) -> dict[int, str]:
    """Return the name of each population with its size, by the row in its middle."""
    middle = one.offsets + np.array(one.sizes) // 2
    return {int(at): f"{name} ({size})" for at, name, size in zip(middle, one.names, one.sizes, strict=True)}


def layer_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the populations: those of a chain are called input, hidden 1, hidden 2, ..., output."""
    if scenario.population is not None:
        return tuple(population.name for population in scenario.population)
    hidden = scenario.network.hidden or ()
    return ("input", *(f"hidden {k}" for k in range(1, len(hidden) + 1)), "output")


def layer_sizes(run: RunData, tables: Tables) -> tuple[int, ...]:
    """Return the neurons per population; input and output of a chain as far as they appear in packets."""
    if run.scenario.population is not None:
        return tuple(population.size for population in run.scenario.population)
    hidden = run.scenario.network.hidden or ()
    rows = tables.rows(
        "SELECT layer, max(neuron) AS last FROM packets WHERE layer >= 0 AND neuron >= 0 GROUP BY layer", trusted=True
    )
    last = {row["layer"]: row["last"] for row in rows}
    return (last.get(0, 0) + 1, *hidden, last.get(len(hidden) + 1, 0) + 1)


def _raster(run: RunData, tables: Tables, row: dict[str, Any], sizes: tuple[int, ...]) -> Raster:
    packets = tables.sql(
        f"""SELECT any_value(kind) AS kind, any_value(tick) AS tick, any_value(neuron) AS neuron,
            any_value(layer) AS layer, bool_or(outcome <> 'on_time') AS lost
        FROM packets WHERE epoch = ? AND part = ? AND batch = ? AND sample = ? AND (kind = 'error' OR kind = 'spike' AND payload IS NULL)
            AND neuron >= 0
        GROUP BY seq ORDER BY seq LIMIT {MOST_MARKS + 1}""",
        [row[name] for name in ("epoch", "part", "batch", "sample")], trusted=True,
    )  # fmt: skip
    columns = {name: np.asarray(packets.column(name).to_pylist()) for name in packets.column_names}
    if packets.num_rows and columns["layer"].max() >= len(sizes):
        raise DataError(
            f"{run.folder}: packets: column layer: found {columns['layer'].max()}, the run has {len(sizes)} populations"
        )
    spikes, errors = (_marks(columns, kind) for kind in ("spike", "error"))
    cut = max(0, packets.num_rows - MOST_MARKS)
    steps, output = run.scenario.network.steps, output_of(run.scenario)
    output = len(sizes) - 1 if output is None else output
    return Raster(
        row["epoch"],
        row["part"],
        row["batch"],
        row["sample"],
        row["lost"],
        steps,
        sizes,
        layer_names(run.scenario),
        spikes,
        errors,
        cut,
        output,
        run.label(row["part"], row["sample"]),
    )


def _marks(columns: dict[str, NDArray[Any]], kind: str) -> PacketMarks:
    chosen = columns["kind"] == kind
    tick, neuron, layer = (columns[name][chosen].astype(np.int64) for name in ("tick", "neuron", "layer"))
    return PacketMarks(tick, neuron, layer, columns["lost"][chosen].astype(np.bool_))
