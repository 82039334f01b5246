"""The network's answer to each test sample as an Arrow table, from results.npz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spinn2sim.report.answers import Answers

if TYPE_CHECKING:
    import pyarrow as pa


def predictions(answers: Answers, steps: int) -> pa.Table:
    """Return a row for each test sample: sample, label, prediction (null if nothing answers), right, and what the outputs did.

    `first_spike` has the step of each output's first spike, null for a silent one; with a readout `voltage` has the highest or average
    voltage of each output instead.
    """
    import pyarrow as pa

    if answers.max_voltage is None:
        best, winner = answers.first_spike.min(axis=1), answers.first_spike.argmin(axis=1)
        spoke = best < steps
        each = pa.array(
            [[None if step >= steps else step for step in row] for row in answers.first_spike.tolist()],
            pa.list_(pa.int64()),
        )
        name = "first_spike"
    else:
        best, winner = answers.max_voltage.max(axis=1), answers.max_voltage.argmax(axis=1)
        spoke = np.ones(len(best), bool) if answers.average else best > 0.0
        each, name = pa.array(answers.max_voltage.tolist(), pa.list_(pa.float64())), "voltage"
    return pa.table(
        {
            "sample": pa.array(np.arange(len(best))),
            "label": pa.array(answers.labels),
            "prediction": pa.array(winner, mask=~spoke),
            "right": pa.array(spoke & (winner == answers.labels)),
            name: each,
        }
    )
