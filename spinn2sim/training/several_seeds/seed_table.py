"""The table of several seeds: the accuracy of each, mean and standard deviation, and which epoch's weights count."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.errors import Spinn2simError
from spinn2sim.files import atomic
from spinn2sim.trace import run_directory
from spinn2sim.training.several_seeds.seed_job import SeedOutcome, seed_folder

TABLE = "table.csv"
# The figures of the kept epoch in a row, of which mean and standard deviation are given.
FIGURES = ("test_accuracy", "test_accuracy_strict", "validation_accuracy", "test_loss", "test_silent_label")
COLUMNS = ("seed", "status", "epoch", *FIGURES, "losses", "weights_sha256", "reason")
# By training.keep.
RULES = {
    "last": "weights of the last epoch",
    "best": 'weights of the epoch with the best validation accuracy (training.keep = "best")',
}


def seed_table(
    folder: Path, command: str, seeds: Sequence[int], keep: str, outcomes: Mapping[int, SeedOutcome]
) -> dict[str, Any]:
    """Make the object of summary.json from the run directories; `outcomes` are those of the seeds that were run now.

    Mean and standard deviation (with n - 1; None for one seed) are those of the complete runs.
    """
    rows = [_row(folder, seed, outcomes.get(seed)) for seed in seeds]
    whole = [row for row in rows if row["status"] == "complete"]
    states = {row["status"] for row in rows}
    status = "complete" if states == {"complete"} else "incomplete" if "failed" in states else "interrupted"
    return {
        "status": status,
        "command": command,
        "keep": keep,
        "rule": RULES[keep],
        "complete": len(whole),
        "mean": {name: _over(whole, name, 1) for name in FIGURES},
        "standard_deviation": {name: _over(whole, name, 2) for name in FIGURES},
        "runs": rows,
    }


def write_table(folder: Path, table: Mapping[str, Any]) -> None:
    """Write summary.json, and the same as table.csv with mean and standard deviation in the last rows. Raises OutputError."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in table["runs"]:
        writer.writerow({**row, "losses": "; ".join(row["losses"])})
    for name in ("mean", "standard_deviation"):
        writer.writerow({"seed": name, **table[name]})
    atomic.write_text(folder / TABLE, text.getvalue())
    atomic.write_json(folder / run_directory.SUMMARY, table)


def _row(folder: Path, seed: int, outcome: SeedOutcome | None) -> dict[str, Any]:
    """Describe the run of a seed by its files: a process that was ended had no time to tell."""
    run = seed_folder(folder, seed)
    row: dict[str, Any] = {"seed": seed, "status": "not begun", **dict.fromkeys(COLUMNS[2:])}
    row |= {"losses": [], "reason": "", "run": run.name}
    if run_directory.is_run(run):
        row["status"] = "interrupted"
        try:
            row |= _of_files(run)
        except Spinn2simError as error:
            row["reason"] = str(error)
    if outcome is not None and outcome.status == "failed":
        row |= {"status": "failed", "reason": outcome.reason}
    return row


def _of_files(run: Path) -> dict[str, Any]:
    if not (run / run_directory.SUMMARY).exists():
        lines = run_directory.read_metrics(run, whole=True)
        return _of_line(lines[-1]) if lines else {}
    summary = run_directory.read_summary(run)
    return {
        "status": summary["status"],
        **_of_line(summary.get("kept") or summary["last"] or {}),
        "losses": summary["losses"],
        "weights_sha256": summary["weights_sha256"],
    }


def _of_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {"epoch": line.get("epoch"), **{name: line.get(name) for name in FIGURES}}


def _over(rows: Sequence[Mapping[str, Any]], name: str, fewest: int) -> float | None:
    """Return the mean over rows, or with `fewest` 2 the standard deviation; None if a row has no such figure, or there are too few."""
    values = [row[name] for row in rows]
    if len(values) < fewest or None in values:
        return None
    return float(np.mean(values) if fewest == 1 else np.std(values, ddof=1))
