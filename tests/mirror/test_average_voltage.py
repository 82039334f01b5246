"""The loss on average voltages: float64 against finite differences of the loss, fixed point against the stated integer operations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chain_mirror import chain_mirror
from spinn2sim.mirror import record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Loss, Scenario

MakeScenario = Callable[..., Scenario]
LOSS = Loss(kind="average_voltage", temperature=0.05)


def test_gradient_is_that_of_finite_differences(
    make_scenario: MakeScenario, make_samples: Callable[..., Dataset], make_weights: Callable[..., Any]
) -> None:
    """Every readout weight moved by 1e-6 changes the loss as the gradient says: the adjoint is exact, not of order dt."""
    rng, sizes = np.random.default_rng(3), (6, 8, 3)
    scenario = make_scenario(network={"steps": 40}, loss=LOSS)
    data, weights, indices = make_samples(rng, 3, 6, 3, 40, 0.2), make_weights(rng, sizes), np.arange(3)
    weights[-1] = rng.normal(0.0, 1.0, weights[-1].shape)
    record = record_batch(chain_mirror(scenario, sizes, weights, "float64"), data, indices)

    def loss(k: int, i: int, by: float) -> float:
        moved = [weights[0], weights[1].copy()]
        moved[1][k, i] += by
        return record_batch(chain_mirror(scenario, sizes, moved, "float64"), data, indices).loss

    slopes = np.array([[(loss(k, i, 1e-6) - loss(k, i, -1e-6)) / 2e-6 for i in range(8)] for k in range(3)])
    assert np.count_nonzero(np.abs(slopes) > 1e-3) > 10
    np.testing.assert_allclose(record.grad[1] / (scenario.network.dt_ms / 1000), slopes, rtol=1e-6, atol=1e-9)
    assert (record.peak < 0).any()
    scores = record.peak / 0.05
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert record.loss == pytest.approx(-np.log(p[indices, data.labels] / p.sum(axis=1)).mean(), rel=1e-12)


def test_fixed_point_is_the_stated_integers(make_scenario: MakeScenario, make_samples: Callable[..., Dataset]) -> None:
    """Averages and gradient words of inputs into a readout are those of docs/reference/equations.md, computed with Python integers."""
    rng, steps, n_in, n = np.random.default_rng(4), 30, 4, 3
    scenario = make_scenario(network={"steps": steps}, loss=LOSS, numerics={"adjoint": "s13.18"})
    data = make_samples(rng, 1, n_in, n, steps, 0.2)
    weights = [rng.normal(0.0, 1.0, (n, n_in))]
    record = record_batch(chain_mirror(scenario, (n_in, n), weights, "fixed"), data, np.arange(1))
    raw = np.floor(weights[0] * 2**15 + 0.5).astype(int).tolist()
    x = data.dense(np.arange(1), steps)[:, 0].astype(int).tolist()
    found, grad = integers(raw, x, int(data.labels[0]), steps)
    assert record.peak[0].tolist() == found
    assert record.grad[0].tolist() == grad
    assert np.count_nonzero(record.grad[0]) > 6


def rounded(value: int, shift: int) -> int:
    """value / 2^shift to nearest, ties up."""
    return (value + ((1 << shift) >> 1)) >> shift


def integers(w: list[list[int]], x: list[list[int]], label: int, steps: int) -> tuple[list[int], list[list[int]]]:
    """Averages and gradient words (n, n_in), with fw = fs = fe = 15, fa = 18, error_shift 4, dt 1, tau_mem 20, tau_syn 5 ms."""
    alpha, beta = (math.floor(math.exp(-1 / tau) * 2**32 + 0.5) for tau in (5, 20))
    c = [math.floor(math.exp(-i / steps) / steps * 2**32 + 0.5) for i in range(steps)]
    neurons, sources = range(len(w)), range(len(w[0]))
    averages = []
    for k in neurons:
        current = v = total = 0
        for i in range(1, steps):
            current = rounded(current * alpha, 32) + sum(w[k][j] * x[i - 1][j] for j in sources)
            v = rounded(v * beta, 32) + rounded(current * (2**32 - beta), 32)
            total += rounded(v * c[i], 24)
        averages.append(rounded(total, 8))
    z = [rounded((m - max(averages)) * math.floor(2**24 / 0.05 + 0.5), 24) for m in averages]
    e = [min(2**31 - 1, math.floor(math.exp(value / 2**15) * 2**31 + 0.5)) for value in z]
    gain = math.expm1(-1 / 20) / math.expm1(-1 / 5) * (1 / 5) / 0.05
    grad = [[0] * len(w[0]) for _ in neurons]
    for k in neurons:
        p = (2 * (e[k] << 19) + sum(e)) // (2 * sum(e))
        error = rounded((((k == label) << 19) - p) * math.floor(gain * 2**24 + 0.5), 24)
        lv = li = 0
        for i in range(steps - 2, -1, -1):
            lv += rounded(error * c[i + 1], 32 - 3)
            li = rounded(li * alpha, 32) + rounded(lv * (2**32 - alpha), 32)
            lv = rounded(lv * beta, 32)
            for j in sources:
                grad[k][j] -= li * x[i][j]
    return averages, grad
