"""The readout and its loss on highest voltages: against finite differences, a BPTT written apart, and by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chain_mirror import chain_mirror
from spinn2sim.mirror import record_batch
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Loss, Network, Optimizer, Scenario, Training

Array = NDArray[Any]
Makers = tuple[Callable[..., Scenario], Callable[..., Dataset], Callable[..., list[Array]]]


@pytest.fixture(scope="module")
def makers(
    make_scenario: Callable[..., Scenario],
    make_samples: Callable[..., Dataset],
    make_weights: Callable[..., list[Array]],
) -> Makers:
    """What draws scenarios, samples and weights."""
    return make_scenario, make_samples, make_weights


def drawn(
    makers: Makers, seed: int, sizes: list[int], steps: int, temperature: float, **network: float
) -> tuple[Scenario, Dataset, list[Array]]:
    """A scenario with a readout, three samples, and weights of both signs into the readout."""
    make_scenario, make_samples, make_weights = makers
    rng = np.random.default_rng(seed)
    loss = Loss(kind="max_voltage", temperature=temperature)
    scenario = make_scenario(network={"steps": steps, **network}, loss=loss)
    weights = make_weights(rng, tuple(sizes))
    weights[-1] = rng.normal(0.3, 1.0, weights[-1].shape)
    return scenario, make_samples(rng, 3, sizes[0], sizes[-1], steps, 0.2), weights


def voltages(s: Scenario, x: Array, w: Array) -> Array:
    """V (T, B, n) of the readout, from its input spikes x (T, B, n_in)."""
    alpha, beta = math.exp(-s.network.dt_ms / s.network.tau_syn_ms), math.exp(-s.network.dt_ms / s.network.tau_mem_ms)
    v, current = (np.zeros((*x.shape[:2], len(w))) for _ in range(2))
    for i in range(1, len(x)):
        current[i] = alpha * current[i - 1] + x[i - 1] @ w.T
        v[i] = beta * v[i - 1] + (1 - beta) * current[i]
    return v


def dense_loss(s: Scenario, x: Array, w: Array, labels: Array) -> float:
    """Mean cross-entropy of the highest voltages."""
    logits = voltages(s, x, w).max(axis=0) / (s.loss.temperature or 1.0)
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]))


def bptt(s: Scenario, x: Array, w: Array, labels: Array) -> Array:
    """dL/dW by going back through every step of I and V: the adjoints of the two recurrences, nothing of EventProp's."""
    alpha, beta = math.exp(-s.network.dt_ms / s.network.tau_syn_ms), math.exp(-s.network.dt_ms / s.network.tau_mem_ms)
    v = voltages(s, x, w)
    temperature, rows = s.loss.temperature or 1.0, np.arange(len(labels))
    p = np.exp((v.max(axis=0) - v.max(axis=(0, 2))[:, None]) / temperature)
    p /= p.sum(axis=1, keepdims=True)
    p[rows, labels] -= 1
    d_peak = p / temperature / len(labels)
    d_v, d_i, grad = np.zeros(d_peak.shape), np.zeros(d_peak.shape), np.zeros_like(w)
    for i in range(len(x) - 1, 0, -1):
        d_v = beta * d_v + (v.argmax(axis=0) == i) * d_peak
        d_i = alpha * d_i + (1 - beta) * d_v
        grad += d_i.T @ x[i - 1]
    return grad


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(1, 8), min_size=2, max_size=4),
    steps=st.integers(3, 40),
    temperature=st.sampled_from([0.05, 1.0, 7.0]),
    tau_mem=st.sampled_from([3.0, 5.0, 20.0]),
)
def test_readout_is_the_equations_and_its_gradient_bptt(
    makers: Makers, seed: int, sizes: list[int], steps: int, temperature: float, tau_mem: float
) -> None:
    """V, maxima, their steps and the loss equal the dense equations'; the readout's gradient is dt dL/dW of BPTT, to rounding."""
    scenario, data, weights = drawn(makers, seed, sizes, steps, temperature, tau_mem_ms=tau_mem)
    record = record_batch(chain_mirror(scenario, sizes, weights, "float64"), data, np.arange(3))
    x = record.spikes[-2] if len(weights) > 1 else data.dense(np.arange(3), steps)

    v = voltages(scenario, x.astype(np.float64), weights[-1])
    np.testing.assert_allclose(record.v[-1], v, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(record.peak, v.max(axis=0), rtol=1e-12, atol=1e-13)
    assert record.loss == pytest.approx(dense_loss(scenario, x, weights[-1], data.labels), rel=1e-12, abs=1e-12)
    assert not record.spikes[-1].any()
    assert (record.first_spike == steps).all()
    expected = scenario.network.dt_ms / 1000 * bptt(scenario, x.astype(np.float64), weights[-1], data.labels)
    np.testing.assert_allclose(record.grad[-1], expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max(initial=1e-30))


def test_gradient_is_that_of_finite_differences(makers: Makers) -> None:
    """Every readout weight moved by 1e-6 changes the loss as the gradient says: the adjoint is exact, not of order dt."""
    scenario, data, weights = drawn(makers, 5, [6, 8, 3], 40, 0.5)
    indices = np.arange(3)
    record = record_batch(chain_mirror(scenario, (6, 8, 3), weights, "float64"), data, indices)
    assert record.spikes[0].sum() > 20

    def loss(k: int, i: int, by: float) -> float:
        moved = [weights[0], weights[1].copy()]
        moved[1][k, i] += by
        return record_batch(chain_mirror(scenario, (6, 8, 3), moved, "float64"), data, indices).loss

    slopes = np.array([[(loss(k, i, 1e-6) - loss(k, i, -1e-6)) / 2e-6 for i in range(8)] for k in range(3)])
    found = record.grad[1] / (scenario.network.dt_ms / 1000)
    assert np.count_nonzero(np.abs(slopes) > 1e-3) > 10
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-9)


def test_error_of_a_hidden_spike_is_what_a_step_later_would_change(makers: Makers) -> None:
    """e of a hidden spike is the loss's slope when that spike moves by a step, times dt / ((1 - alpha) tau_syn), which goes to 1."""
    scenario, data, weights = drawn(makers, 7, [6, 5, 2], 300, 1.0, dt_ms=0.1)
    record = record_batch(chain_mirror(scenario, (6, 5, 2), weights, "float64"), data, np.arange(3))
    x = record.spikes[0].astype(np.float64)
    factor = -0.1 / 5.0 / math.expm1(-0.1 / 5.0)
    before = [
        (step, sample, neuron)
        for step, sample, neuron in np.argwhere(record.spikes[0])
        if step + 10 < record.peak_step[sample].min() and not x[step + 1, sample, neuron]
    ]
    assert len(before) > 5
    for step, sample, neuron in before[:30]:
        later = x.copy()
        later[step : step + 2, sample, neuron] = 0, 1
        change = dense_loss(scenario, later, weights[1], data.labels) - record.loss
        assert record.e[0][step, sample, neuron] == pytest.approx(change * factor, rel=0.02, abs=1e-7)


def one(steps: int = 12, **loss: float) -> tuple[Scenario, Dataset]:
    """Two inputs that spike in step 1, three outputs, label 1."""
    network = Network(
        hidden=(),
        steps=steps,
        dt_ms=1.0,
        tau_mem_ms=20.0,
        tau_syn_ms=5.0,
        init=((0.0, 0.0),),
        integrator="exponential_euler",
        reset="to_zero",
    )
    scenario = Scenario("one", network, Loss(kind="max_voltage", **loss), Optimizer(0.01), Training(1, 1))
    return scenario, dataset_from_steps(np.array([[1, 1]]), np.array([1]), 3)


@pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
def test_a_neuron_that_never_rises_learns_nothing(arithmetic: Any) -> None:
    """An output that is only pushed below rest has its maximum, 0, at the start: no step, no gradient; the others keep theirs."""
    scenario, data = one()
    weights = [np.array([[2.0, 1.0], [-1.0, -2.0], [1.0, 1.0]])]
    record = record_batch(chain_mirror(scenario, (2, 3), weights, arithmetic), data, np.array([0]))

    assert record.peak[0, 1] == 0
    assert record.peak_step[0, 1] == 0
    assert (record.peak_step[0, [0, 2]] > 1).all()
    assert not record.grad[0][1].any()
    assert record.grad[0][[0, 2]].all()


@pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
def test_the_first_of_equal_maxima_counts(arithmetic: Any) -> None:
    """Two inputs of equal weights, far apart: where V has the same maximum twice, the gradient goes to the first."""
    scenario, _ = one(400)
    scenario = replace(scenario, network=replace(scenario.network, tau_mem_ms=1.0, tau_syn_ms=1.0))
    data = dataset_from_steps(np.array([[1, 300]]), np.array([0]), 2)
    record = record_batch(chain_mirror(scenario, (2, 2), [np.full((2, 2), 1.0)], arithmetic), data, np.array([0]))

    assert record.v[0][301:310, 0, 0].tolist() == record.v[0][2:11, 0, 0].tolist()
    assert (record.peak_step[0] < 10).all()
    assert record.grad[0][:, 0].all()
    assert not record.grad[0][:, 1].any()


def test_fixed_point_is_close_to_float64(makers: Makers) -> None:
    """In s16.15 the readout's words are the float64 gradient, to what rounding may do."""
    scenario, data, weights = drawn(makers, 3, [6, 8, 3], 40, 1.0)
    scenario = replace(scenario, numerics=replace(scenario.numerics, error_shift=8))
    grads = []
    for arithmetic in ("float64", "fixed"):
        mirror = chain_mirror(scenario, (6, 8, 3), [np.round(w * 2**15) / 2**15 for w in weights], arithmetic)  # type: ignore[arg-type]
        grads.append(record_batch(mirror, data, np.arange(3)).grad[1].astype(np.float64))
    grads[1] *= scenario.network.tau_syn_ms / 1000 / (3 * 2.0 ** (15 + scenario.numerics.error_shift))

    assert np.abs(grads[1] - grads[0]).max() < 1e-3 * np.abs(grads[0]).max()


@pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
@pytest.mark.parametrize("guard", ["raise_weights", "rate"])
def test_guards_leave_the_readout_alone(makers: Makers, guard: Any, arithmetic: Any) -> None:
    """A silent hidden neuron is helped; the outputs, which never spike, are not taken for silent ones."""
    scenario, data, weights = drawn(makers, 3, [4, 5, 3], 20, 1.0)
    training = replace(scenario.training, silent_guard=guard, guard_step=0.125, rate_range=(1.0, 2.0), copies=3)
    scenario = replace(scenario, training=training, optimizer=replace(scenario.optimizer, kind="sgd"))
    weights[0][:] = 0.0
    mirror = chain_mirror(scenario, (4, 5, 3), weights, arithmetic)
    before = mirror.weights
    mirror.train_batch(data, np.arange(3))

    assert (mirror.weights[0] > before[0]).all()
    np.testing.assert_array_equal(mirror.weights[1], before[1])
