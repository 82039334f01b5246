"""The chip from above: what each PE and each channel had to do, per tick and per batch; it never draws a PE that is not there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.contents.channels import Stage, channel_loads
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.spec.chip import N_CORES

LOST_SQL = "count(*) FILTER (outcome <> 'on_time')"


@dataclass(frozen=True)
class Quantity:
    """A number per PE [152], core id 1 first: `whole` over a batch, `by_tick` [ticks, 152]. `unit` says of what."""

    name: str
    unit: str
    whole: NDArray[np.float64]
    by_tick: NDArray[np.float64]


@dataclass(frozen=True)
class FloorPlan:
    """One part of a run, mean over its traced batches. `missing` says what is not shown, and why."""

    part: str
    batches: int
    ticks: NDArray[np.int64]
    phases: list[str]
    quantities: list[Quantity]
    stages: list[Stage]
    flits: NDArray[np.float64]  # [ticks, stages], per batch
    missing: list[str]


def floor_plans(run: RunData) -> list[FloorPlan]:
    """One per traced part, training first. Raises AbsentError."""
    tables = run.need("packets")
    parts = [row["part"] for row in tables.rows("SELECT DISTINCT part FROM packets ORDER BY part DESC")]
    if not parts:
        raise AbsentError("the trace holds no packet: widen the [trace] filters")
    return [_floor_plan(run, part) for part in parts]


def _floor_plan(run: RunData, part: str) -> FloorPlan:
    tables = run.need("packets")
    span = tables.one("SELECT min(tick) AS first, max(tick) AS last FROM packets WHERE part = ?", (part,))
    batches = int(
        tables.one("SELECT count(*) AS n FROM (SELECT DISTINCT epoch, batch FROM packets WHERE part = ?)", (part,))["n"]
    )
    ticks = np.arange(span["first"], span["last"] + 1)
    sent = _by_tick(run, part, ticks, "src_pe", "count(DISTINCT seq)") / batches
    received = _by_tick(run, part, ticks, "dst_pe", "count(*) FILTER (outcome NOT IN ('dropped', 'no_route'))") / batches
    lost = _by_tick(run, part, ticks, "dst_pe", LOST_SQL) / batches
    quantities = [
        Quantity("packets received", "packets", received.sum(axis=0), received),
        Quantity("packets sent", "packets", sent.sum(axis=0), sent),
        Quantity("deliveries lost", "deliveries", lost.sum(axis=0), lost),
    ]
    wakes, missing = _wake_quantities(run, part, ticks)
    loads = channel_loads(run, part, ticks)
    phases = [phase_of(tick, run.scenario.network.steps) for tick in ticks.tolist()]
    return FloorPlan(part, batches, ticks, phases, quantities + wakes, loads.stages, loads.flits / batches, missing)


def phase_of(tick: int, steps: int) -> str:
    """The phase that a trace tick belongs to, T = `steps`."""
    if tick < 0:
        return "load"
    if tick < steps:
        return "forward"
    if tick == steps:
        return "loss"
    return "backward" if tick < 2 * steps else "reduce and update"


def _by_tick(run: RunData, part: str, ticks: NDArray[np.int64], pe: str, what: str) -> NDArray[np.float64]:
    rows = run.tables.sql(
        f"SELECT tick, {pe} AS pe, {what} AS n FROM packets WHERE part = ? AND {pe} > 0 GROUP BY ALL",  # noqa: S608 - names of our own
        (part,),
    )
    return _grid(rows, ticks, "n")


def _grid(rows: object, ticks: NDArray[np.int64], name: str) -> NDArray[np.float64]:
    """A table with the columns tick, pe and `name` as [ticks, 152]."""
    grid = np.zeros((len(ticks), N_CORES))
    column = {key: np.asarray(rows.column(key).to_pylist(), np.float64) for key in ("tick", "pe", name)}  # type: ignore[attr-defined]
    at = np.searchsorted(ticks, column["tick"])
    known = (at < len(ticks)) & (ticks[np.minimum(at, len(ticks) - 1)] == column["tick"])
    grid[at[known], column["pe"][known].astype(np.int64) - 1] = column[name][known]
    return grid


def _wake_quantities(run: RunData, part: str, ticks: NDArray[np.int64]) -> tuple[list[Quantity], list[str]]:
    """Busy share and FIFO high-water mark, from the table of wakes; why not, where there is none."""
    if "ticks" not in run.tables.names:
        return [], ["busy share and FIFO high-water mark per tick: this run has no table ticks (an older version made it)"]
    rows = run.tables.sql(
        """SELECT tick, pe, avg(busy_cycles) AS busy, max(fifo_high) AS fifo FROM ticks WHERE part = ? GROUP BY ALL""", (part,)
    )
    periods = run.tables.rows(
        "SELECT tick, min(phase) AS phase FROM ticks WHERE part = ? GROUP BY tick ORDER BY tick", (part,)
    )
    tick_us = run.summary.get("tick_us") or {}
    length = {row["tick"]: tick_us.get(row["phase"], np.nan) * run.core_mhz for row in periods}
    cycles = np.array([length.get(int(tick), np.nan) for tick in ticks])
    busy, fifo = _grid(rows, ticks, "busy"), _grid(rows, ticks, "fifo")
    share = np.nan_to_num(busy / cycles[:, None])
    whole = np.nan_to_num(busy.sum(axis=0) / np.nansum(list(length.values())))
    return [
        Quantity("busy share", "share of the tick", whole, share),
        Quantity("FIFO high-water mark", "packets", fifo.max(axis=0, initial=0), fifo),
    ], []


