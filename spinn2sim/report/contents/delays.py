"""How many synapses of each projection have which delay, before training and with the weights that the run kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.scenario.graph_checks import output_of
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.trace.run_directory import WEIGHTS
from spinn2sim.training.start_values import read_weights_file, start_values

NONE = "no projection has delays"


@dataclass(frozen=True)
class DelayCounts:
    """The synapses of a projection by their delay in whole steps, 0 to delay_max."""

    # "in -> hidden"
    name: str
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def has_delays(run: RunData) -> bool:
    """Whether any projection of a run may have delays."""
    return any(projection.most_delay for projection in run.scenario.projection or ())


def delay_counts(run: RunData) -> list[DelayCounts]:
    """Count the delays of each projection that has them. Raises AbsentError, DataError."""
    if not has_delays(run):
        raise AbsentError(NONE)
    if not (run.folder / WEIGHTS).exists():
        raise AbsentError(f"{run.folder / WEIGHTS}: the run was killed before it wrote its delays")
    scenario = run.scenario
    inputs = sum(p.size for p in scenario.population or () if p.kind == "input")
    output = (scenario.population or ())[output_of(scenario) or 0]
    start = start_values(scenario, graph_of_scenario(scenario, inputs, output.size))
    after = read_weights_file(Path(run.folder)).delays
    found = []
    for q, projection in enumerate(start.graph.projections):
        first, last = (start.delays or [None] * (q + 1))[q], after[q]
        if first is None or last is None:
            continue
        ends = (start.graph.populations[k].name for k in (projection.pre, projection.post))
        exists = np.ones(first.shape, np.bool_) if projection.exists is None else projection.exists
        counts = (
            np.bincount(np.floor(delays[exists] + 0.5).astype(np.int64), minlength=projection.delay_max + 1)
            for delays in (first, last)
        )
        found.append(DelayCounts(" -> ".join(ends), *counts))
    return found
