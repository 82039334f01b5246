"""Both gradients of the recurrent network: surrogate against a smooth network's own derivative, EventProp against continuous time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from continuous_reference import TAU_MEM, TAU_SYN, crossings, loss_of, peaks_between_spikes, slopes
from spinn2sim.experiments.datasets.labelled import LabelledSpikes, join_samples
from spinn2sim.experiments.discrete_time.batch_gradient import empty_totals, run_batch
from spinn2sim.experiments.discrete_time.recurrent_network import (
    Algorithm,
    RecurrentNetwork,
    Weights,
    constants,
    zeros_like,
)
from spinn2sim.experiments.discrete_time.time_grid import to_grid
from spinn2sim.experiments.discrete_time.working_memory import empty_memory

Array = np.ndarray
N_IN, HIDDEN, OUT, SPIKES = 3, 4, 2, 12


def drawn(seed: int) -> tuple[Weights, Array, Array]:
    """Weights, times and sources of one sample."""
    random = np.random.default_rng(seed)
    times = np.sort(random.uniform(0, 0.05, SPIKES))
    sources = random.integers(0, N_IN, SPIKES).astype(np.int32)
    weights = Weights(
        random.normal(1.5, 1, (N_IN, HIDDEN)),
        random.normal(0, 0.5, (HIDDEN, HIDDEN)),
        random.normal(0, 1, (HIDDEN, OUT)),
    )
    return weights, times, sources


def gradient(
    weights: Weights, times: Array, sources: Array, algorithm: Algorithm, dt: float
) -> tuple[float, Weights, int]:
    """Loss, gradient and hidden spikes of one sample with label 1."""
    net = RecurrentNetwork(N_IN, HIDDEN, OUT, dt, TAU_MEM, TAU_SYN)
    data = LabelledSpikes(join_samples([(times, sources)], N_IN), np.array([1]))
    grid = to_grid(data, dt, 0.1, 0.08)
    found, totals, memory = zeros_like(weights), empty_totals(net), empty_memory(net, int(grid.steps.max()))
    run_batch(constants(net, algorithm), weights, grid, np.array([0]), True, memory, totals, found)
    return float(totals.loss[0]), found, int(totals.counts.sum())


@pytest.mark.parametrize("seed", [3, 22, 53])
def test_eventprop_converges_to_continuous_time(seed: int) -> None:
    """All three gradients come near finite differences of an event-driven simulation as dt falls, recurrence and
    several spikes included."""
    weights, times, sources = drawn(seed)
    fired = crossings(*weights[:2], times, sources)
    # Seeds with a spike that grazes the threshold need a finer grid than a test has time for, and where a readout is
    # highest at the instant of a spike, its maximum has a kink that no adjoint on a grid can see.
    assert len(fired) >= 8
    assert min(slope for *_, slope in fired) > 0.1
    assert peaks_between_spikes(weights, times, sources)
    exact = [slopes(weights, times, sources, 1, part, 1e-6) for part in range(3)]
    errors = []
    for dt in (1e-4, 5e-6):
        loss, found, spikes = gradient(weights, times, sources, "eventprop", dt)
        assert spikes == len(fired)
        assert loss == pytest.approx(loss_of(weights, times, sources, 1), abs=500 * dt)
        errors.append(max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip(exact, found, strict=True)))
    assert errors[1] < min(0.02, 0.2 * errors[0])


def smooth_loss(
    weights: Weights,
    x: Array,
    net: RecurrentNetwork,
    fires: Callable[[int, Array], Array],
    resets: Array,
    peak_steps: Array,
) -> complex:
    """The network in numpy, complex numbers allowed: spikes by `fires(step, U)`, resets and instants of the maxima as given."""
    alpha, beta = np.exp(-net.dt / net.tau_syn), np.exp(-net.dt / net.tau_mem)
    i, v, z = (np.zeros(net.n_hidden, complex) for _ in range(3))
    oi, ov, peaks = (np.zeros(net.n_out, complex) for _ in range(3))
    for step in range(1, len(x)):
        i = alpha * i + x[step - 1] @ weights.input + z @ weights.recurrent
        oi = alpha * oi + z @ weights.readout
        u = beta * v + (1 - beta) * i
        z = fires(step, u)
        v = u * (1 - resets[step])
        ov = beta * ov + (1 - beta) * oi
        peaks[peak_steps == step] = ov[peak_steps == step]
    return complex(np.log(np.exp(peaks).sum()) - peaks[1])


@pytest.mark.parametrize("seed", range(4))
def test_surrogate_is_the_derivative_of_a_smooth_network(seed: int) -> None:
    """Each element equals, to rounding, the complex-step derivative of a network whose spikes are straight lines in U around the true
    trajectory, with SuperSpike's slopes, and whose resets do not move."""
    weights, times, sources = drawn(seed)
    net = RecurrentNetwork(N_IN, HIDDEN, OUT, 1e-3, TAU_MEM, TAU_SYN)
    _, found, spikes = gradient(weights, times, sources, "surrogate", net.dt)
    assert spikes > 3
    x = np.zeros((round(times[-1] / net.dt) + 82, N_IN))
    for time, source in zip(times, sources, strict=True):
        x[round(time / net.dt), source] += 1
    u_true, z_true, peak_steps = true_run(weights, x, net)

    def line(step: int, u: Array) -> Array:
        slope = 1 / (1 + net.steepness * np.abs(u_true[step] - net.threshold)) ** 2
        return z_true[step] + slope * (u - u_true[step])

    for part in range(3):
        for place in np.ndindex(found[part].shape):
            moved = [w.astype(complex) for w in weights]
            moved[part][place] += 1e-30j
            slope = smooth_loss(Weights(*moved), x, net, line, z_true, peak_steps).imag / 1e-30
            assert found[part][place] == pytest.approx(slope, rel=1e-9, abs=1e-12)


def true_run(weights: Weights, x: Array, net: RecurrentNetwork) -> tuple[Array, Array, Array]:
    """U and z of each step, and the step of each readout's maximum (0: it never rose), in plain numpy."""
    alpha, beta = np.exp(-net.dt / net.tau_syn), np.exp(-net.dt / net.tau_mem)
    us, zs, ovs = np.zeros((len(x), HIDDEN)), np.zeros((len(x), HIDDEN)), np.zeros((len(x), OUT))
    i, v, oi = np.zeros(HIDDEN), np.zeros(HIDDEN), np.zeros(OUT)
    for step in range(1, len(x)):
        i = alpha * i + x[step - 1] @ weights.input + zs[step - 1] @ weights.recurrent
        oi = alpha * oi + zs[step - 1] @ weights.readout
        us[step] = beta * v + (1 - beta) * i
        zs[step] = us[step] > net.threshold
        v = us[step] * (1 - zs[step])
        ovs[step] = beta * ovs[step - 1] + (1 - beta) * oi
    return us, zs, ovs.argmax(0)
