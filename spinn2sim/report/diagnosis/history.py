"""The histograms of each epoch, of a run that was asked for them (trace.learning = "epochs")."""

from __future__ import annotations

from typing import Any

from spinn2sim.report.run_data import RunData
from spinn2sim.trace.tables import LEARNING

BY_OCTAVE = """
    SELECT projection, quantity, epoch, octave, sum(synapses)::BIGINT AS synapses FROM learning WHERE sign <> 0
    GROUP BY projection, quantity, epoch, octave ORDER BY projection, quantity, epoch, octave
"""
EPOCHS_SHOWN = 8


def learning_history(run: RunData) -> list[dict[str, Any]]:
    """Return a row for each projection, quantity and epoch, with counts by octave; nothing if the run was not asked for them.

    `octaves` are the first and the last octave of all epochs, and `counts` has a number for each; zeros are not counted.
    """
    if LEARNING.name not in run.tables.names:
        return []
    found: dict[tuple[str, str], dict[int, dict[int, int]]] = {}
    for row in run.tables.rows(BY_OCTAVE, trusted=True):
        epochs = found.setdefault((row["projection"], row["quantity"]), {})
        epochs.setdefault(row["epoch"], {})[row["octave"]] = row["synapses"]
    rows = []
    for (projection, quantity), epochs in found.items():
        low, high = (end(octave for of in epochs.values() for octave in of) for end in (min, max))
        rows += [
            {
                "projection": projection,
                "quantity": quantity,
                "epoch": epoch,
                "octaves": [low, high],
                "counts": [of.get(octave, 0) for octave in range(low, high + 1)],
            }
            for epoch, of in epochs.items()
        ]
    return rows


def shown_history(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of some epochs at even distances, the last one among them."""
    epochs = sorted({row["epoch"] for row in rows})
    last = len(epochs) - 1
    chosen = {epochs[last * k // (EPOCHS_SHOWN - 1)] for k in range(EPOCHS_SHOWN)} if epochs else set()
    return [row for row in rows if row["epoch"] in chosen]
