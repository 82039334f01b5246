"""One sample's packets on one time axis: spikes forward by their sender, errors backward by their receiver; it never guesses an untraced one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.report.tables import Tables

SAMPLES, MOST_MARKS = 6, 20_000
GAP = 4  # rows between layers


@dataclass(frozen=True)
class Marks:
    """Packets of one sort: tick [n] of sending, neuron [n] within its layer, layer [n], whether any delivery was lost [n]."""

    tick: NDArray[np.int64]
    neuron: NDArray[np.int64]
    layer: NDArray[np.int64]
    lost: NDArray[np.bool_]


@dataclass(frozen=True)
class Raster:
    """A training or test sample's way through the chip. `lost` counts its deliveries that were not in time."""

    epoch: int
    part: str
    batch: int
    sample: int
    lost: int
    loss_tick: int  # forward ticks are before it, backward ticks after it
    sizes: tuple[int, ...]  # neurons per layer
    spikes: Marks
    errors: Marks
    cut: int  # packets left out because there are too many to draw

    @property
    def title(self) -> str:
        """Which sample it is."""
        lost = f", {self.lost:,} deliveries LOST" if self.lost else ""
        return f"sample {self.sample} ({self.part} batch {self.batch}, epoch {self.epoch}{lost})"

    def rows(self, marks: Marks) -> NDArray[np.int64]:
        """The row of each mark: input neurons at the bottom, each layer above the one below it."""
        return self.offsets[marks.layer] + marks.neuron

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The row of neuron 0 of each layer."""
        return np.cumsum([0, *(size + GAP for size in self.sizes[:-1])])


def rasters(run: RunData, count: int = SAMPLES) -> list[Raster]:
    """A few samples of the last traced part (training where it was traced), those that lost most first. Raises AbsentError."""
    tables = run.need("packets")
    chosen = tables.rows(
        f"""WITH part AS (SELECT epoch, part FROM packets WHERE sample >= 0
                          ORDER BY part = 'train' DESC, epoch DESC LIMIT 1)
        SELECT epoch, part, batch, sample, count(*) FILTER (outcome <> 'on_time') AS lost
        FROM packets JOIN part USING (epoch, part) WHERE sample >= 0 AND kind <> 'dma'
        GROUP BY ALL ORDER BY lost DESC, batch DESC, sample LIMIT {count}"""
    )
    if not chosen:
        raise AbsentError("the trace holds no packet of a sample: widen the [trace] filters")
    sizes = layer_sizes(run, tables)
    return [_raster(run, tables, row, sizes) for row in chosen]


def layer_sizes(run: RunData, tables: Tables) -> tuple[int, ...]:
    """Neurons per layer, as far as the scenario and the packets tell."""
    hidden = run.scenario.network.hidden
    rows = tables.rows("SELECT layer, max(neuron) AS last FROM packets WHERE layer >= 0 AND neuron >= 0 GROUP BY layer")
    last = {row["layer"]: row["last"] for row in rows}
    return (last.get(0, 0) + 1, *hidden, last.get(len(hidden) + 1, 0) + 1)


def _raster(run: RunData, tables: Tables, row: dict[str, Any], sizes: tuple[int, ...]) -> Raster:
    where = f"epoch = {row['epoch']} AND part = '{row['part']}' AND batch = {row['batch']} AND sample = {row['sample']}"
    packets = tables.sql(
        f"""SELECT any_value(kind) AS kind, any_value(tick) AS tick, any_value(neuron) AS neuron,
            any_value(layer) AS layer, bool_or(outcome <> 'on_time') AS lost
        FROM packets WHERE {where} AND kind IN ('spike', 'error') AND neuron >= 0 GROUP BY seq ORDER BY seq LIMIT {MOST_MARKS + 1}"""  # noqa: S608 - numbers from the table itself
    )
    columns = {name: np.asarray(packets.column(name).to_pylist()) for name in packets.column_names}
    spikes, errors = (_marks(columns, kind) for kind in ("spike", "error"))
    cut = max(0, packets.num_rows - MOST_MARKS)
    steps = run.scenario.network.steps
    return Raster(row["epoch"], row["part"], row["batch"], row["sample"], row["lost"], steps, sizes, spikes, errors, cut)


def _marks(columns: dict[str, NDArray[Any]], kind: str) -> Marks:
    chosen = columns["kind"] == kind
    whole = (columns[name][chosen].astype(np.int64) for name in ("tick", "neuron", "layer"))
    return Marks(*whole, columns["lost"][chosen].astype(np.bool_))
