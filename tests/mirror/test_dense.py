"""The event-driven kernels against the equations written densely in numpy, on random networks of any depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chain_mirror import chain_mirror
from spinn2sim.mirror import record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario

Array = NDArray[Any]


def dense_forward(s: Scenario, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """Spikes, U and I (T, B, n) of one layer."""
    net = s.network
    alpha, beta = math.exp(-net.dt_ms / net.tau_syn_ms), math.exp(-net.dt_ms / net.tau_mem_ms)
    z, u, current = (np.zeros((*x.shape[:2], len(w))) for _ in range(3))
    for i in range(1, len(x)):
        current[i] = alpha * current[i - 1] + x[i - 1] @ w.T
        u[i] = beta * u[i - 1] * (1 - z[i - 1]) + (1 - beta) * current[i]
        z[i] = u[i] > net.threshold
    return z, u, current


def dense_backward(s: Scenario, x: Array, z: Array, d: Array, g: Array, w: Array) -> tuple[Array, Array]:
    """Gradient (n_out, n_in) and error e (T, B, n_in) for the layer below."""
    net = s.network
    alpha, beta = math.exp(-net.dt_ms / net.tau_syn_ms), math.exp(-net.dt_ms / net.tau_mem_ms)
    lv, li, e = np.zeros_like(z), np.zeros_like(z), np.zeros_like(x, np.float64)
    grad = np.zeros_like(w)
    for i in range(len(x) - 2, -1, -1):
        e[i] = (lv[i + 1] - li[i + 1]) @ w * x[i]
        li[i] = alpha * li[i + 1] + (1 - alpha) * lv[i + 1]
        lv[i] = beta * lv[i + 1] + z[i + 1] * (lv[i + 1] + g[i + 1]) / (d[i + 1] + 1e-10)
        grad -= net.tau_syn_ms / 1000 * li[i].T @ x[i]
    return grad, e


def dense_loss(s: Scenario, z: Array, labels: Array) -> tuple[Array, Array]:
    """First-spike steps (B, n) and dL/dt (T, B, n)."""
    steps, samples, n = z.shape
    xi, b = s.loss.xi_ms / s.network.dt_ms, s.loss.b_ms / s.network.dt_ms
    first = np.where(z.any(axis=0), z.argmax(axis=0), steps)
    p = np.exp(-(first - first.min(axis=1, keepdims=True)) / xi)
    p /= p.sum(axis=1, keepdims=True)
    g = np.zeros_like(z)
    for sample in range(samples):
        for k in range(n):
            t, hit = first[sample, k], float(labels[sample] == k)
            if t < steps - 1:
                slope = (hit - p[sample, k]) / xi + hit * s.loss.a / b * math.exp(t / b)
                g[t, sample, k] = slope / samples
    return first, g


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    samples=st.integers(1, 5),
    steps=st.integers(3, 40),
)
def test_kernels_are_the_equations(
    make_scenario: Callable[..., Scenario],
    make_samples: Callable[..., Dataset],
    make_weights: Callable[..., list[Array]],
    seed: int,
    sizes: list[int],
    samples: int,
    steps: int,
) -> None:
    """Spikes, U, I, first spikes, errors and gradients of every layer equal the dense equations'."""
    rng = np.random.default_rng(seed)
    scenario = make_scenario(network={"steps": steps})
    data = make_samples(rng, samples, sizes[0], sizes[-1], steps, 0.15)
    weights = make_weights(rng, tuple(sizes))
    record = record_batch(chain_mirror(scenario, sizes, weights, "float64"), data, np.arange(samples))

    layers, x = [], data.dense(np.arange(samples), steps).astype(np.float64)
    for k, w in enumerate(weights):
        z, u, current = dense_forward(scenario, x, w)
        np.testing.assert_array_equal(record.spikes[k], z)
        np.testing.assert_allclose(record.v[k], u, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(record.i[k], current, rtol=1e-12, atol=1e-13)
        layers.append((x, z, current - u, w))
        x = z
    first, g = dense_loss(scenario, x, data.labels)
    np.testing.assert_array_equal(record.first_spike, first)
    for k in range(len(weights) - 1, -1, -1):
        below, z, d, w = layers[k]
        np.testing.assert_allclose(record.e[k], g * z, rtol=1e-9, atol=1e-12 * max(1.0, np.abs(g).max()))
        grad, g = dense_backward(scenario, below, z, d, g, w)
        np.testing.assert_allclose(record.grad[k], grad, rtol=1e-9, atol=1e-10 * np.abs(grad).max())
