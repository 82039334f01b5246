"""The network's answer to each test sample as an Arrow table, from results.npz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spinn2sim.report.answers import SILENT, Answers

if TYPE_CHECKING:
    import pyarrow as pa


def predictions(answers: Answers, steps: int) -> pa.Table:
    """Return a row for each test sample: sample, label, prediction (null if nothing answers), right, and what the outputs did.

    `first_spike` has the step of each output's first spike, null for a silent one; with a readout `voltage` has the highest or average
    voltage of each output instead.
    """
    import pyarrow as pa

    predicted = answers.predicted(steps)
    if answers.max_voltage is None:
        each = pa.array(
            [[None if step >= steps else step for step in row] for row in answers.first_spike.tolist()],
            pa.list_(pa.int64()),
        )
        name = "first_spike"
    else:
        each, name = pa.array(answers.max_voltage.tolist(), pa.list_(pa.float64())), "voltage"
    return pa.table(
        {
            "sample": pa.array(np.arange(len(predicted))),
            "label": pa.array(answers.labels),
            "prediction": pa.array(predicted, mask=predicted == SILENT),
            "right": pa.array(predicted == answers.labels),
            name: each,
        }
    )
