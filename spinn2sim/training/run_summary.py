"""Makes summary.json of a run: its last and its kept epoch, totals over all epochs, and losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from spinn2sim.hardware.mapped_around import mapped_around_text
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.keys import Training
from spinn2sim.trace.run_directory import weights_sha256
from spinn2sim.training.metrics import FAULTS, LOST, SUMMED, Line
from spinn2sim.training.model_selection import kept_line, patience_is_spent
from spinn2sim.training.trainer import Learned

REPEATED_LINES = 8  # how many lines about first losses the summary repeats


def run_summary(status: str, training: Training, lines: Sequence[Line], kept: Learned, plan: Plan | None) -> Line:
    """Make the object of summary.json. `status` is "complete" or "interrupted"; `lines` are those of metrics.jsonl."""
    totals = sum_lines(lines)
    summary = {
        "status": status,
        "last": lines[-1] if lines else None,
        "kept": kept_line(training, lines),
        "keep": training.keep,
        "ended_early": patience_is_spent(training, lines) and lines[-1]["epoch"] < training.epochs,
        "totals": totals,
        "losses": describe_losses(totals, lines),
        "tick_us": _tick_us(plan),
        "weights_sha256": weights_sha256(kept.weights),
        **_around(plan),
    }
    delays = [matrix for matrix in kept.delays if matrix is not None]
    if delays:
        summary["delays_sha256"] = weights_sha256(delays)
    return summary


def _around(plan: Plan | None) -> dict[str, str]:
    """Describe what the plan goes around on a chip with dead parts; nothing on any other."""
    return {"mapped_around": mapped_around_text(plan.dead)} if plan is not None and plan.dead else {}


def sum_lines(lines: Iterable[Mapping[str, Any]]) -> Line:
    """Sum counts over lines and parts, and wall and chip times over lines."""
    lines = list(lines)
    totals: Line = {}
    for field in (*SUMMED, FAULTS):
        values = [v for line in lines for v in (line.get(field) or {}).values() if v is not None]
        if values and isinstance(values[0], dict):
            totals[field] = {k: sum(v[k] for v in values) for k in values[0]}
        elif values:
            totals[field] = sum(values)
    for field in ("batches", *(f"{name}_{clock}_s" for clock in ("wall", "chip") for name in PART_NAMES)):
        values = [line[field] for line in lines if line.get(field) is not None]
        if values:
            totals[field] = float(np.sum(values)) if field != "batches" else sum(values)
    return totals


def describe_losses(totals: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Describe the losses, which a command prints last: every count that is not zero, then the first occurrences."""
    counts = [f"{name.replace('_', ' ')}: {totals[name]}" for name in LOST if totals.get(name)]
    places = [f"epoch {line['epoch']} {text}" for line in lines for text in line.get("losses", [])]
    more = len(places) - REPEATED_LINES
    return counts + places[:REPEATED_LINES] + ([f"... and {more} lines more in metrics.jsonl"] if more > 0 else [])


def _tick_us(plan: Plan | None) -> dict[str, int] | None:
    """Return the tick period of each phase of training in us; None on the mirror."""
    return None if plan is None else {p.phase.name.lower(): p.period_q // QUANTA_PER_US for p in plan.schedule.train}
