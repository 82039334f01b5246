"""The command `diagnose`, which says why a run is as good or as bad as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options
from spinn2sim.cli.output import show
from spinn2sim.cli.table import table_lines

if TYPE_CHECKING:
    from spinn2sim.report.diagnosis.diagnosis import Diagnosis

# The most classes of which the confusion matrix is printed, and the widest histogram.
MOST_CLASSES, BARS = 20, " .:-=+*#%@"


@click.command()
@click.argument("run", type=PATH, metavar="RUN")
@output_options
def diagnose(run: Path, as_json: bool) -> None:
    """Say why a run's accuracy is what it is: findings, worst first, each with the key that may help, then the facts.

    It reads the run's files and its data, and runs test samples forward again in float64 to count the spikes of single neurons.

    Example: spinn2sim diagnose runs/yinyang-1
    """
    found = api.diagnose(run)
    show(found.as_data(), diagnosis_lines(found), as_json)


def diagnosis_lines(found: Diagnosis) -> Iterator[str]:
    """Yield a diagnosis as text."""
    yield from str(found).splitlines()
    answers = found.facts.answers
    if answers is not None:
        yield from ("", "Classes of the test samples:", *table_lines(_shown(answers.rows())))
        if len(answers.samples) <= MOST_CLASSES:
            yield from (
                "",
                "Confusion (rows: class, columns: answer):",
                *table_lines(confusion_rows(answers.confusion.tolist())),
            )
        yield f"Several outputs first in the same step: {answers.ties} of {answers.count} samples"
    if found.populations and found.facts.after is not None:
        yield from ("", f"Populations, in {found.facts.after.samples} test samples (float64):")
        yield from table_lines(_shown(found.populations))
    if found.projections:
        yield from ("", "Weights and gradients (root mean squares):", *table_lines(_shown(found.projections)))
    if found.histograms:
        yield from ("", "Histograms:", *table_lines(histogram_rows(found.histograms)))
    if found.history:
        from spinn2sim.report.diagnosis.history import shown_history

        yield from (
            "",
            "Over the epochs, by octaves of size:",
            *table_lines(history_rows(shown_history(found.history)), None),
        )
    yield from (f"Not looked at: {reason}" for reason in found.absent)


def confusion_rows(confusion: list[list[int]]) -> list[dict[str, Any]]:
    """Return the rows of a confusion matrix, whose last column counts samples without an answer."""
    classes = len(confusion)
    return [
        {"class": c, **{str(k): row[k] for k in range(classes)}, "silent": row[classes]}
        for c, row in enumerate(confusion)
    ]


def histogram_rows(histograms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return histograms as rows with a character for each bin, darker for more."""
    rows = []
    for h in histograms:
        rows.append(
            {
                "projection": h["projection"],
                "of": h["quantity"],
                "epoch": h["epoch"],
                "from": h["low"],
                "counts": _drawn(h["counts"]),
                "to": h["high"],
            }
        )
    return rows


def history_rows(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return histograms over octaves as rows with a character for each octave."""
    return [
        {
            "projection": row["projection"],
            "of": row["quantity"],
            "epoch": row["epoch"],
            "from": f"2^{row['octaves'][0]}",
            "counts": _drawn(row["counts"]),
            "to": f"2^{row['octaves'][1] + 1}",
        }
        for row in history
    ]


def _drawn(counts: list[int]) -> str:
    """Draw a histogram in one line: a blank for nothing, darker characters for more."""
    most = max(*counts, 1)
    return "|" + "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in counts) + "|"


def _shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with fewer digits."""
    return [{name: float(f"{v:.3g}") if isinstance(v, float) else v for name, v in row.items()} for row in rows]
