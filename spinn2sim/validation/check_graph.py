"""Compares the float64 mirror with every array that a reference case of any graph expects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror import BatchRecord, Mirror, record_batch
from spinn2sim.validation.agreement import largest_difference
from spinn2sim.validation.check_float64 import FLOAT64_LIMIT, ArrayComparison, FloatReport
from spinn2sim.validation.graph_case import GraphCase
from spinn2sim.validation.graph_case_inputs import graph_case_run, graph_case_samples, graph_case_scenario

Floats = NDArray[np.float64]
EXACT = ("spikes_", "first_spike", "max_step")


def check_graph_float64(case: GraphCase) -> FloatReport:
    """Compare the float64 mirror with the case: spikes must be equal, the other arrays to 1e-9 of their largest entry."""
    run = graph_case_run(case, graph_case_scenario(case))
    mirror = Mirror(run.scenario, case.graph, run.weights, "float64", run.delays)
    actual = _arrays(case, record_batch(mirror, graph_case_samples(case), np.arange(case.batch)))
    compared = (
        ArrayComparison(
            name, largest_difference(actual[name], expected), 0.0 if name.startswith(EXACT) else FLOAT64_LIMIT
        )
        for name, expected in case.expected.items()
    )
    return FloatReport(tuple(compared), case.ignored)


def _arrays(case: GraphCase, record: BatchRecord) -> dict[str, NDArray[Any]]:
    """Return a recording's arrays by the names of the case format, in which v is after the reset, and errors do not include the loss."""
    arrays: dict[str, NDArray[Any]] = {
        "first_spike": record.first_spike,
        "loss": np.asarray(record.loss),
        "max_voltage": record.peak,
        "max_step": record.peak_step,
        "average_voltage": record.peak,
    }
    for at, p in enumerate(case.populations):
        arrays[f"spikes_{p}"] = record.spikes[at]
        arrays[f"v_{p}"] = record.v[at] * (1 - record.spikes[at])
        arrays[f"i_{p}"], arrays[f"error_{p}"] = record.i[at], record.e[at]
        arrays[f"lambda_v_{p}"], arrays[f"lambda_i_{p}"] = record.lambda_v[at], record.lambda_i[at]
        if p == case.graph.output and case.loss.kind == "first_spike":
            arrays[f"error_{p}"] = record.e[at] - _loss_errors(case, record)
    for k, (q, projection) in enumerate(zip(case.numbers, case.graph.projections, strict=True)):
        exists: Any = 1 if projection.exists is None else projection.exists
        arrays[f"grad_{q}"] = record.grad[k] * exists
        delays = record.delay_grad[k]
        if delays is not None:
            arrays[f"delay_grad_{q}"] = delays
    return arrays


def _loss_errors(case: GraphCase, record: BatchRecord) -> Floats:
    """Return dL/dt of the first spikes, [T, B, n_out], which the mirror adds to the errors that a spike's receivers send."""
    first, steps = record.first_spike, case.steps
    xi, a, b = case.loss.in_steps(case.dt * 1000)
    p = np.exp(-(first - first.min(axis=1, keepdims=True)) / xi)
    p /= p.sum(axis=1, keepdims=True)
    hit = np.arange(first.shape[1]) == case.labels[:, None]
    slope = (hit - p) / xi + hit * a / b * np.exp(first / b)
    errors = np.zeros((steps, *first.shape))
    sample, neuron = np.nonzero(first < steps - 1)
    errors[first[sample, neuron], sample, neuron] = slope[sample, neuron] / case.batch
    return errors
