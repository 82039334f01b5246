"""The discretised network against the one in continuous time: what the mirror computes in float64 converges to it with order 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from chain_mirror import chain_mirror
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.output_losses import first_spike_loss, first_spikes
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Loss, Network, Numerics, Optimizer, Scenario, Training

SIZES, TAU_MEM, TAU_SYN, T_END, XI = (5, 30, 10), 20.0, 5.0, 60.0, 2.0  # ms
SAMPLES = 32
STEPS = (0.125, 0.0625, 0.03125, 0.015625)  # ms
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Inputs at whole ms (on every grid), weights that make all neurons fire, labels."""

    times: NDArray[np.int64]
    weights: list[Floats]
    labels: NDArray[np.int64]

    @property
    def inputs(self) -> Spikes:
        """Each channel once per sample, in continuous time."""
        neurons = np.tile(np.arange(SIZES[0], dtype=np.int32), SAMPLES)
        return Spikes(self.times.ravel() * 1.0, neurons, np.arange(SAMPLES + 1) * SIZES[0], SIZES[0])

    def samples(self, dt: float) -> Dataset:
        """The same on a grid."""
        step = (self.times.ravel() / dt).astype(np.int32)
        return Dataset(self.inputs.offsets, step, self.inputs.neurons, self.labels, SIZES[0], SIZES[-1])

    def mirror(self, dt: float) -> Mirror:
        """The network on a grid of `dt`."""
        network = Network(
            hidden=(SIZES[1],),
            steps=round(T_END / dt),
            dt_ms=dt,
            tau_mem_ms=TAU_MEM,
            tau_syn_ms=TAU_SYN,
            init=(),
            integrator="exponential_euler",
            reset="to_zero",
        )
        scenario = Scenario(
            name="grid",
            network=network,
            loss=Loss(XI, 0.0, 1.0),
            optimizer=Optimizer(0.01),
            training=Training(1, SAMPLES),
            numerics=Numerics(),
        )
        return chain_mirror(scenario, SIZES, self.weights, "float64")


@pytest.fixture(scope="module")
def task() -> Task:
    """The task of both tests."""
    rng = np.random.default_rng(7)
    weights = [rng.normal(3.0, 0.5, (SIZES[1], SIZES[0])), rng.normal(0.9, 0.2, (SIZES[2], SIZES[1]))]
    times = np.sort(rng.integers(1, 30, (SAMPLES, SIZES[0])), axis=1)
    return Task(times, weights, rng.integers(SIZES[-1], size=SAMPLES))


@pytest.fixture(scope="module")
def exact(task: Task) -> list[Spikes]:
    """The spikes of all layers in continuous time."""
    layers = [task.inputs]
    for size, w in zip(SIZES[1:], task.weights, strict=True):
        layers.append(layer_spikes(layers[-1], w, equal_circuits(size, TAU_MEM, TAU_SYN), T_END))
    return layers


def order_of(errors: list[float]) -> float:
    """How often an error halves when dt does."""
    return float(-np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0])


def test_first_spikes_converge_with_order_1(task: Task, exact: list[Spikes]) -> None:
    """Halving dt halves the mean error of the output's first spikes."""
    expected, _ = first_spikes(exact[-1], np.inf)
    assert np.isfinite(expected).all()
    errors = []
    for dt in STEPS:
        found = task.mirror(dt).evaluate(task.samples(dt), 1).first_spikes * dt
        errors.append(float(np.abs(found - expected).mean()))
    assert errors[-1] < 2.0 * STEPS[-1]
    assert 0.9 < order_of(errors) < 1.1, errors


def exact_gradients(task: Task, exact: list[Spikes], sample: int) -> list[Floats]:
    """The gradient of one sample's loss, per layer."""
    alone = [one_sample(spikes, sample) for spikes in exact]
    g = first_spike_loss(alone[-1], task.labels[sample : sample + 1], T_END, XI, 0.0, 1.0).g
    out: list[Floats] = []
    for layer in (1, 0):
        circuits = equal_circuits(SIZES[layer + 1], TAU_MEM, TAU_SYN)
        weights, g = layer_gradient(alone[layer], alone[layer + 1], task.weights[layer], circuits, g)
        out.insert(0, weights)
    return out


def one_sample(spikes: Spikes, sample: int) -> Spikes:
    """A batch of that sample."""
    first, last = spikes.offsets[sample], spikes.offsets[sample + 1]
    return Spikes(spikes.times[first:last], spikes.neurons[first:last], np.array([0, last - first]), spikes.size)


def test_gradients_converge_with_order_1(task: Task, exact: list[Spikes]) -> None:
    """Halving dt halves the gradient's error in both layers, in the median over samples: in some a spike hardly happens.

    On the grid dL/dt is per step and tau_syn in seconds, so that its gradient is dt (in seconds) times the exact one.
    """
    expected = [exact_gradients(task, exact, sample) for sample in range(SAMPLES)]
    errors: list[list[float]] = [[], []]
    for dt in STEPS:
        found = record_batch(task.mirror(dt), task.samples(dt), np.arange(SAMPLES)).grad_samples
        for layer in (0, 1):
            off = found[layer] * SAMPLES * 1e3 / dt - [gradients[layer] for gradients in expected]
            size = [np.linalg.norm(gradients[layer]) for gradients in expected]
            errors[layer].append(float(np.median(np.linalg.norm(off, axis=(1, 2)) / size)))
    for of_layer in errors:
        assert of_layer[-1] < 0.05, errors
        assert 0.8 < order_of(of_layer) < 1.2, errors
