"""Membrane voltages of a few test samples with the weights that a run kept, computed by the float64 equations of the mirror.

They are not read from the chip, which keeps no voltages: a chip computes the same in fixed point, with spikes that may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import Spinn2simError
from spinn2sim.report.answers import SILENT
from spinn2sim.report.contents.predictions import Predictions, predictions
from spinn2sim.report.contents.raster import layer_names
from spinn2sim.report.forward_pass import forward_states
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.trace.run_directory import WEIGHTS
from spinn2sim.training.start_values import read_weights_file

# Two that were answered right and two that were answered wrong; and how many values a page holds, which bounds the neurons.
OF_EACH, MOST_VALUES, MOST_WORK = 2, 60_000, 60_000_000


@dataclass(frozen=True)
class SampleVoltages:
    """The voltages of a test sample: U before the reset, [T, n] by population, of its first n neurons."""

    sample: int
    label: int
    predicted: int
    values: dict[str, NDArray[np.float64]]

    @property
    def title(self) -> str:
        """The sample, its label, and what the run answered."""
        answer = "silent" if self.predicted == SILENT else f"answered {self.predicted}"
        return f"test sample {self.sample}: label {self.label}, {answer}"


@lru_cache(maxsize=1)  # the page's plot and its table
def sample_voltages(run: RunData) -> list[SampleVoltages]:
    """Compute the voltages of a few test samples. Raises AbsentError without weights, answers or data."""
    if not (run.folder / WEIGHTS).exists():
        raise AbsentError(f"{run.folder / WEIGHTS}: the run was killed before it wrote its weights")
    found, inputs, kept = predictions(run), run.inputs, read_weights_file(run.folder)
    if inputs is None:
        raise AbsentError("the data of this run cannot be read any more")
    steps, graph = run.steps, inputs.graph
    if steps * sum(weights.size for weights in kept.weights) > MOST_WORK:
        raise AbsentError("the network is too large to compute its voltages while a page is made")
    chosen = _choose(found)
    rows = max(1, MOST_VALUES // (steps * len(chosen) * len(graph.populations)))
    try:
        _, shown = forward_states(
            inputs.scenario, graph, kept.weights, kept.delays, inputs.test, np.array(chosen, np.int64), rows
        )
    except (Spinn2simError, ValueError, IndexError) as error:
        raise AbsentError(f"weights and data of this run do not fit each other: {error}") from None
    names = layer_names(run.scenario)
    return [
        SampleVoltages(
            int(k),
            int(found.label[k]),
            int(found.predicted[k]),
            {names[p]: values[:, at] for p, values in shown.items()},
        )
        for at, k in enumerate(chosen)
    ]


def _choose(found: Predictions) -> list[int]:
    right = np.flatnonzero(found.predicted == found.label)[:OF_EACH]
    wrong = np.flatnonzero(found.predicted != found.label)[:OF_EACH]
    return [*right.tolist(), *wrong.tolist()]
