"""The table that several seeds end with, what failed and what was lost, and the exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from spinn2sim.cli.output import FAILED, INTERRUPTED, LOST, show
from spinn2sim.cli.table import table_lines

if TYPE_CHECKING:
    from spinn2sim.report.seed_runs import SeedRuns

# The columns of the table that is printed, by the keys of summary.json.
SHOWN = {
    "test_accuracy": "test", "test_accuracy_strict": "strict", "validation_accuracy": "validation", "test_loss": "loss",
    "test_silent_label": "label silent",
}  # fmt: skip


def finish_seeds(found: SeedRuns, as_json: bool, fail_on_loss: bool) -> NoReturn:
    """Print the table and exit: INTERRUPTED after an interruption, FAILED if a seed failed, LOST if it was asked for."""
    table = found.summary
    show({"seeds": str(found.folder), **table}, seeds_lines(str(found.folder), table), as_json)
    if table["status"] != "complete":
        sys.exit(INTERRUPTED if table["status"] == "interrupted" else FAILED)
    sys.exit(LOST if fail_on_loss and any(row["losses"] for row in table["runs"]) else 0)


def seeds_lines(folder: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the content of the summary of several seeds line by line: losses and failures last."""
    yield from table_lines(list(_cells(table)), None)
    mean, deviation = table["mean"], table["standard_deviation"]
    if mean["test_accuracy"] is not None:
        spread = "" if deviation["test_accuracy"] is None else f" +- {deviation['test_accuracy']:.2%}"
        what = "mean and standard deviation" if spread else "mean"
        yield f"test accuracy {mean['test_accuracy']:.2%}{spread}: {what} of {table['complete']} complete runs; {table['rule']}"
    yield f"{table['status']}: {folder}; the table is in summary.json and table.csv, each run in a folder of its own"
    if table["status"] != "complete":
        yield f"go on with: spinn2sim {table['command'].split()[0]} --resume {folder}"
    for row in table["runs"]:
        for loss in row["losses"]:
            yield f"LOST: seed {row['seed']}: {loss}"
    for row in table["runs"]:
        if row["reason"]:
            yield f"FAILED: seed {row['seed']}: {row['reason']}"


def _cells(table: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    names = [name for name in SHOWN if any(row[name] is not None for row in table["runs"])]
    for row in table["runs"]:
        epoch = "-" if row["epoch"] is None else str(row["epoch"])
        yield {
            "seed": str(row["seed"]),
            "status": row["status"],
            "epoch": epoch,
            **{SHOWN[name]: _number(name, row[name]) for name in names},
        }
    if table["complete"]:
        for key, text in (("mean", "mean"), ("standard_deviation", "deviation")):
            yield {
                "seed": text,
                "status": "",
                "epoch": "",
                **{SHOWN[name]: _number(name, table[key][name]) for name in names},
            }


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if name == "test_loss" else f"{value:.2%}"
