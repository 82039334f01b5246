"""How many weights of each projection lie in which interval, before training and with the weights that the run kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import parse_format, to_float
from spinn2sim.errors import Spinn2simError
from spinn2sim.graph import Graph
from spinn2sim.report.contents.network_sizes import network_sizes
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.trace.run_directory import WEIGHTS
from spinn2sim.training.start_values import Weights, read_weights_file, start_values

BINS = 48


@dataclass(frozen=True)
class WeightCounts:
    """The synapses of a projection by weight: edges [bins + 1], after [bins], and before [bins] if the start can still be read."""

    # "input -> hidden 1"
    name: str
    edges: NDArray[np.float64]
    before: NDArray[np.int64] | None
    after: NDArray[np.int64]
    # The share of synapses at the ends of the weight format, where the optimizer cannot move them further.
    at_limit: float


def weight_counts(run: RunData) -> list[WeightCounts]:
    """Count the weights of each projection. Raises AbsentError, DataError."""
    if not (run.folder / WEIGHTS).exists():
        raise AbsentError(f"{run.folder / WEIGHTS}: the run was killed before it wrote its weights")
    after = read_weights_file(run.folder)
    graph, before = _start(run)
    names = [name for name, _ in network_sizes(run)]
    pairs = [(p.pre, p.post) for p in graph.projections] if graph else [(k, k + 1) for k in range(len(after.weights))]
    found = []
    for q, (pre, post) in enumerate(pairs):
        exists = after.exists[q] if after.exists[q] is not None else graph.projections[q].exists if graph else None
        now, then = after.weights[q], before[q] if before else None
        found.append(_count(run, f"{names[pre]} -> {names[post]}", _existing(now, exists), _existing(then, exists)))
    return found


def _start(run: RunData) -> tuple[Graph | None, Weights | None]:
    """Return the network and its weights before training; None if a file that they are in is not there any more."""
    sizes = network_sizes(run)
    inputs = sum(p.size for p in run.scenario.population or () if p.kind == "input") or sizes[0][1]
    outputs = run.results.first_spike.shape[1]
    if inputs is None:
        return None, None
    try:
        start = start_values(run.scenario, graph_of_scenario(run.scenario, inputs, outputs))
    except (Spinn2simError, OSError):
        return None, None
    return start.graph, list(start.weights)


def _existing(weights: NDArray[np.float64] | None, exists: NDArray[np.bool_] | None) -> NDArray[np.float64] | None:
    return weights if weights is None or exists is None else weights[exists]


def _count(
    run: RunData, name: str, after: NDArray[np.float64] | None, before: NDArray[np.float64] | None
) -> WeightCounts:
    assert after is not None  # noqa: S101 - a projection always has weights
    both = after.ravel() if before is None else np.concatenate([after.ravel(), before.ravel()])
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    counts = [None if w is None else np.histogram(w, edges)[0].astype(np.int64) for w in (before, after)]
    fmt = parse_format(run.scenario.numerics.weight)
    low, high = to_float(np.array([fmt.low, fmt.high]), fmt)
    limit = np.mean((after <= low) | (after >= high)) if after.size else 0.0
    assert counts[1] is not None  # noqa: S101 - as above
    return WeightCounts(name, edges, counts[0], counts[1], float(limit))
