"""The discretised network against the one in continuous time: what the mirror computes in float64 converges to it with order 1."""

from __future__ import annotations

import numpy as np

from spinn2sim.data.dataset import Dataset
from spinn2sim.exact.forward import fire
from spinn2sim.exact.layers import nominal
from spinn2sim.exact.loss import first_spikes
from spinn2sim.mirror import Mirror
from spinn2sim.spec.scenario import Loss, Network, Numerics, Optimizer, Scenario, Training
from spinn2sim.spec.spikes import Spikes

SIZES, TAU_MEM, TAU_SYN, T_END = (5, 30, 20), 20.0, 5.0, 60.0  # ms


def scenario(dt: float) -> Scenario:
    """The grid network with steps of `dt` (ms)."""
    network = Network((SIZES[1],), round(T_END / dt), dt, TAU_MEM, TAU_SYN, (), "exponential_euler", "to_zero")
    return Scenario(
        name="grid",
        network=network,
        loss=Loss(1.0, 0.0, 1.0),
        optimizer=Optimizer(0.01),
        training=Training(1, 8),
        numerics=Numerics(),
    )


def test_grid_converges_to_exact_first_spikes_with_order_1() -> None:
    """Halving dt four times halves the mean error of the output's first spikes each time; all the same neurons stay silent."""
    rng = np.random.default_rng(7)
    weights = [rng.normal(2.0, 1.0, (30, 5)), rng.normal(0.9, 0.3, (20, 30))]
    samples = 8
    times = np.sort(rng.integers(1, 40, (samples, 5)), axis=1)  # whole ms, on every grid
    neurons = np.tile(np.arange(5, dtype=np.int32), samples)
    offsets = np.arange(samples + 1) * 5
    spikes = Spikes(times.ravel() * 1.0, neurons, offsets, 5)
    for size, w in zip(SIZES[1:], weights, strict=True):
        spikes = fire(spikes, w, nominal(size, TAU_MEM, TAU_SYN), T_END)
    exact, _ = first_spikes(spikes, np.inf)

    errors = []
    for dt in (0.5, 0.25, 0.125, 0.0625, 0.03125):
        data = Dataset(offsets, (times.ravel() / dt).astype(np.int32), neurons, np.zeros(samples, np.int64), 5, 20)
        first = Mirror(scenario(dt), SIZES, weights, "float64").evaluate(data, 1).first_spikes
        found = np.where(first < round(T_END / dt), first * dt, np.inf)
        both = np.isfinite(found) & np.isfinite(exact)
        assert (np.isfinite(found) != np.isfinite(exact)).mean() < 0.05
        errors.append(float(np.abs(found - exact)[both].mean()))

    order = -np.polyfit(np.arange(5), np.log2(errors), 1)[0]
    assert 0.85 < order < 1.15, errors
