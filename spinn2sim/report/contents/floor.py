"""The floor plan: the work of each PE and the load of each channel, per tick, per batch and in the whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.facts import N_CORES
from spinn2sim.report.contents.traffic_by_tick import traffic_by_tick
from spinn2sim.report.labels import label
from spinn2sim.report.run_data import AbsentError, RunData

if TYPE_CHECKING:
    import pyarrow as pa

NO_TICKS = (
    "busy share and FIFO high-water mark per tick: the run kept no wakes; run the scenario with --set trace.packets=all"
)
RECEIVED_SQL = f"""
    SELECT tick, dst_pe AS pe, count(*) FILTER (outcome NOT IN ('dropped', 'no_route')) AS received,
           count(*) FILTER (outcome <> 'on_time') AS lost
    FROM packets WHERE part = ? AND dst_pe BETWEEN 1 AND {N_CORES} GROUP BY ALL
"""


@dataclass(frozen=True)
class PeQuantity:
    """A quantity of each PE, by core id from 1: for a whole batch or run [152], and by tick [ticks, 152]."""

    name: str
    unit: str
    whole: NDArray[np.float64]
    by_tick: NDArray[np.float64]


@dataclass(frozen=True)
class FloorPlan:
    """The values of one part of a run. If there are no ticks, it only has the values of the whole."""

    name: str
    # What the values are means over.
    of: str
    ticks: NDArray[np.int64]
    phases: list[str]
    quantities: list[PeQuantity]
    channels: list[str]
    # Flits on each channel: [channels], and by tick [ticks, channels].
    whole_flits: NDArray[np.float64]
    flits: NDArray[np.float64]
    # What is not shown and why, in lines.
    missing: list[str]


def floor_plans(run: RunData) -> list[FloorPlan]:
    """Make a floor plan of each traced part, training first, then of each part of the whole run. Raises AbsentError if there are none."""
    names = run.tables.names
    plans = []
    if "packets" in names:
        parts = run.tables.rows("SELECT DISTINCT part FROM packets ORDER BY part DESC", trusted=True)
        plans += [_traced(run, row["part"]) for row in parts]
    if "pes" in names and "channels" in names:
        parts = run.tables.rows("SELECT DISTINCT part FROM pes ORDER BY part DESC", trusted=True)
        plans += [_whole_run(run, row["part"]) for row in parts]
    if not plans:
        run.need("packets")
        raise AbsentError("the trace holds no packet: widen the [trace] filters")
    return plans


def pe_groups(run: RunData) -> list[str]:
    """Return the group of each PE [152]; "" if it runs nothing or the run does not tell."""
    found = [""] * N_CORES
    if "pes" in run.tables.names:
        for row in run.tables.rows('SELECT DISTINCT pe, "group" AS name FROM pes', trusted=True):
            found[row["pe"] - 1] = label(row["name"])
    return found


def _traced(run: RunData, part: str) -> FloorPlan:
    tables, steps = run.need("packets"), run.steps
    span = tables.one("SELECT min(tick) AS first, max(tick) AS last FROM packets WHERE part = ?", (part,), trusted=True)
    ticks = np.arange(span["first"], span["last"] + 1)
    counted = "SELECT count(*) AS n FROM (SELECT DISTINCT epoch, batch FROM packets WHERE part = ?)"
    batches = int(tables.one(counted, (part,), trusted=True)["n"])
    rows = tables.sql(RECEIVED_SQL, (part,), trusted=True)
    moved = traffic_by_tick(run, part, ticks)
    per_tick = {
        "packets received": _grid(rows, ticks, "received") / batches,
        "packets sent": moved.sent / batches,
        "deliveries lost": _grid(rows, ticks, "lost") / batches,
    }
    quantities = [PeQuantity(name, "per batch", values.sum(axis=0), values) for name, values in per_tick.items()]
    wakes, missing = _wakes(run, part, ticks)
    flits = moved.flits / batches
    of = "1 traced batch" if batches == 1 else f"{batches:,} traced batches"
    phases = [phase_of(int(tick), steps) for tick in ticks]
    return FloorPlan(part, of, ticks, phases, quantities + wakes, moved.channels, flits.sum(axis=0), flits, missing)


def phase_of(tick: int, steps: int) -> str:
    """Return the phase that a trace tick belongs to, in a batch of `steps` forward steps."""
    if tick < 0:
        return "load"
    if tick < steps:
        return "forward"
    if tick == steps:
        return "loss"
    return "backward" if tick < 2 * steps else "reduce and update"


def _grid(rows: pa.Table, ticks: NDArray[np.int64], name: str) -> NDArray[np.float64]:
    """Return the column `name` of a table with the columns tick and pe, as [ticks, 152]. Rows of other ticks are left out."""
    grid = np.zeros((len(ticks), N_CORES))
    tick, pe, value = (np.asarray(rows.column(key).to_pylist(), np.float64) for key in ("tick", "pe", name))
    at = (tick - ticks[0]).astype(np.int64)
    known = (at >= 0) & (at < len(ticks))
    grid[at[known], pe[known].astype(np.int64) - 1] = value[known]
    return grid


def _wakes(run: RunData, part: str, ticks: NDArray[np.int64]) -> tuple[list[PeQuantity], list[str]]:
    """Return busy share and FIFO high-water mark of the batches whose wakes were traced, or why they are missing."""
    if "ticks" not in run.tables.names:
        return [], [NO_TICKS]
    rows = run.tables.sql(
        """SELECT tick, pe, min(phase) AS phase, avg(busy_cycles) AS busy, max(fifo_high) AS fifo
        FROM ticks WHERE part = ? GROUP BY tick, pe""",
        (part,), trusted=True,
    )  # fmt: skip
    if not rows.num_rows:
        return [], [NO_TICKS]
    phases = dict(zip(rows.column("tick").to_pylist(), rows.column("phase").to_pylist(), strict=True))
    cycles = np.array([tick_cycles(run, phases.get(int(tick))) for tick in ticks])
    busy, fifo = _grid(rows, ticks, "busy"), _grid(rows, ticks, "fifo")
    whole = busy.sum(axis=0) / max(np.nansum(cycles), 1)
    return [
        PeQuantity("busy share", "share of the time", whole, np.nan_to_num(busy / cycles[:, None])),
        PeQuantity("FIFO high-water mark", "packets", fifo.max(axis=0, initial=0), fifo),
    ], []


def tick_cycles(run: RunData, phase: str | None) -> float:
    """Return the core cycles from one wake to the next in a phase; NaN if no PE wakes or the run does not tell."""
    period = (run.summary.get("tick_us") or {}).get(phase)
    return float("nan") if period is None else float(period * run.core_mhz)


def _whole_run(run: RunData, part: str) -> FloorPlan:
    """Make a floor plan from the tables that every run on the chip has, which count all batches, traced or not."""
    pes = run.tables.sql(
        """SELECT 0 AS tick, pe, sum(busy_cycles) AS busy, max(fifo_high_water) AS fifo, sum(overruns) AS overruns,
            sum(lost_ticks) AS lost FROM pes WHERE part = ? GROUP BY pe""",
        (part,), trusted=True,
    )  # fmt: skip
    channels = run.tables.rows(
        "SELECT channel, sum(flits) AS flits FROM channels WHERE part = ? "
        "AND channel NOT LIKE 'link %' GROUP BY channel HAVING sum(flits) > 0 ORDER BY channel",
        (part,), trusted=True,
    )  # fmt: skip
    seconds = sum(line.get(f"{part}_chip_s") or 0.0 for line in run.metrics)
    once, none = np.zeros(1, np.int64), np.zeros((0, N_CORES))
    values = {name: _grid(pes, once, name)[0] for name in ("busy", "fifo", "overruns", "lost")}
    quantities = [
        PeQuantity("busy share", "share of the time", values["busy"] / max(seconds * run.core_mhz * 1e6, 1), none),
        PeQuantity("FIFO high-water mark", "packets", values["fifo"], none),
        PeQuantity("overruns", "ticks in the run", values["overruns"], none),
        PeQuantity("lost ticks", "ticks in the run", values["lost"], none),
    ]
    flits = np.array([row["flits"] for row in channels], np.float64)
    return FloorPlan(
        f"{part}, whole run", "the whole run (flits: in all its batches)", np.zeros(0, np.int64), [], quantities,
        [row["channel"] for row in channels], flits, np.zeros((0, len(channels))), [],
    )  # fmt: skip
