"""The mirror against the equations of networks.md written densely, on random graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dense_graph import dense_batch, random_graph
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario

Array = NDArray[Any]
STEPS, SAMPLES = 14, 2


def loss_errors(scenario: Scenario, labels: Array, z: Array) -> Array:
    """dL/dt of the first spikes, [T, B, n_out], divided by the batch size."""
    xi, a, b = scenario.loss.in_steps(scenario.network.dt_ms)
    first = np.where(z.any(axis=0), z.argmax(axis=0), STEPS)
    p = np.exp(-(first - first.min(axis=1, keepdims=True)) / xi)
    p /= p.sum(axis=1, keepdims=True)
    hit = np.arange(z.shape[2]) == labels[:, None]
    errors = np.zeros(z.shape)
    for s, k in np.argwhere(first < STEPS - 1):
        slope = (hit[s, k] - p[s, k]) / xi + hit[s, k] * a / b * np.exp(first[s, k] / b)
        errors[first[s, k], s, k] = slope / SAMPLES
    return errors


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_mirror_is_the_equations(
    make_scenario: Callable[..., Scenario], make_samples: Callable[..., Dataset], seed: int
) -> None:
    """Spikes, states, adjoints, errors and gradients of weights and delays equal the dense equations'."""
    rng = np.random.default_rng(seed)
    graph, weights, delays = random_graph(rng, STEPS)
    scenario = make_scenario(network={"steps": STEPS})
    n_in, n_out = sum(graph.sizes[p] for p in graph.inputs), graph.sizes[graph.output]
    data = make_samples(rng, SAMPLES, n_in, n_out, STEPS, 0.2)
    x = data.dense(np.arange(SAMPLES), STEPS).astype(np.float64)
    dense = dense_batch(graph, weights, delays, x, lambda z: loss_errors(scenario, data.labels, z), 1.0)
    record = record_batch(Mirror(scenario, graph, weights, "float64", delays), data, np.arange(SAMPLES))
    others = [p for p in range(len(graph.sizes)) if p not in graph.inputs]
    for at, p in enumerate(others):
        np.testing.assert_array_equal(record.spikes[at], dense.spikes[p])
        for name in ("v", "i", "lambda_v", "lambda_i"):
            close(getattr(record, name)[at], getattr(dense, name)[p])
        close(record.e[at], dense.e[p] * dense.spikes[p])
    for q, one in enumerate(graph.projections):
        close(
            record.grad[q] * (True if one.exists is None else one.exists),
            dense.grad[q] * (True if one.exists is None else one.exists),
        )
        if one.delay_max:
            wanted = dense.delay_grad[q].sum(axis=0, keepdims=True) if one.learn == "axonal" else dense.delay_grad[q]
            close(record.delay_grad[q], wanted)


def close(found: Any, wanted: Array) -> None:
    """Equal to 1e-9 of the largest entry."""
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-10 * max(1e-3, np.abs(wanted).max(initial=0)))
