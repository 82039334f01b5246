"""The surrogate estimator against finite differences of a network whose step is the smooth function that it stands for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.circuits import no_spikes
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.output_losses import max_over_time_loss
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import SampledObservation
from spinn2sim.experiments.estimators.sampled_surrogate import MaxOverTimeSurrogate, bin_spikes
from spinn2sim.seeds import generator

Floats = NDArray[np.float64]
DT, BINS, STEEPNESS, SCALE = 1e-6, 25, 4.0, 3.0
NETWORK = ContinuousNetwork((3, 6, 2), 8e-6, 5e-6, BINS * DT, "max_voltage")
A, B = math.exp(-DT / NETWORK.tau_syn), math.exp(-DT / NETWORK.tau_mem)
LABELS = np.array([0, 1, 1, 0])


def inputs() -> Spikes:
    """Each input once, at some time, in four samples."""
    times = np.sort(generator(0, "inputs").random((4, 3)) * 12 * DT, axis=1)
    order = np.tile(np.arange(3, dtype=np.int32), 4)
    return Spikes(times.ravel(), order, np.arange(5) * 3, 3)


def layer(x: Floats, weights: Floats) -> Floats:
    """Potentials (samples, bins, neurons) without reset for x (samples, bins, inputs), written with plain loops."""
    v = np.zeros((len(x), BINS, len(weights)))
    for sample in range(len(x)):
        i, u = np.zeros(len(weights)), np.zeros(len(weights))
        for k in range(BINS):
            i = A * i + weights @ x[sample, k]
            u = B * u + (1 - B) * i
            v[sample, k] = u
    return v


def dense(spikes: Spikes) -> Floats:
    """Spikes as numbers per bin."""
    x = np.zeros((spikes.samples, BINS, spikes.size))
    for sample in range(spikes.samples):
        for event in range(spikes.offsets[sample], spikes.offsets[sample + 1]):
            x[sample, max(0, math.ceil(spikes.times[event] / DT) - 1), spikes.neurons[event]] += 1
    return x


def smooth(weights: tuple[Floats, Floats]) -> tuple[float, Floats, Floats]:
    """The loss, hidden and readout potentials of the network whose step is y / (1 + steepness |y|), y = V - threshold."""
    hidden = layer(dense(inputs()), weights[0])
    away = hidden - NETWORK.threshold
    readout = layer(away / (1 + STEEPNESS * np.abs(away)), weights[1])
    return float(max_over_time_loss(readout.max(axis=1), LABELS, SCALE).loss.mean()), hidden, readout


def make_observation(spikes: Spikes, hidden: Floats, readout: Floats) -> SampledObservation:
    """The observation of a device with these spikes and potentials."""
    instants = np.arange(1, BINS + 1) * DT
    return SampledObservation((spikes,), instants, (hidden.transpose(0, 2, 1),), readout.transpose(0, 2, 1))


@pytest.fixture
def weights() -> tuple[Floats, Floats]:
    """Weights that bring hidden neurons near the threshold and the readout above rest."""
    draw = generator(1, "weights")
    return draw.normal(3.0, 1.0, (6, 3)), draw.normal(-1.0, 1.0, (2, 6))


def differences(weights: tuple[Floats, Floats], which: int, loss: object) -> Floats:
    """Central differences of loss(weights) with respect to one matrix."""
    found = np.zeros_like(weights[which])
    for place in np.ndindex(found.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = tuple(w.copy() for w in weights)
            moved[which][place] += step
            ends.append(loss(moved))  # type: ignore[operator]
        found[place] = (ends[0] - ends[1]) / 2e-6
    return found


def test_hidden_gradient_is_that_of_the_smooth_network(weights: tuple[Floats, Floats]) -> None:
    """Through readout, surrogate and membranes, in time and layer: the gradient of the network that the surrogate stands for."""
    _, hidden, readout = smooth(weights)
    observation = make_observation(no_spikes(4, 6), hidden, readout)
    gradient = (
        MaxOverTimeSurrogate(STEEPNESS, SCALE).estimate(NETWORK, observation, inputs(), weights, LABELS).gradients[0]
    )
    expected = differences(weights, 0, lambda moved: smooth(moved)[0])

    assert np.abs(expected).max() > 1e-3
    assert gradient == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_readout_gradient_is_exact(weights: tuple[Floats, Floats]) -> None:
    """The readout has no step: for the observed spikes, its gradient is that of the loss."""
    draw = generator(2, "spikes")
    fired = Spikes(
        np.sort(draw.random((4, 5)) * BINS * DT, axis=1).ravel(),
        draw.integers(0, 6, 20).astype(np.int32),
        np.arange(5) * 5,
        6,
    )

    def loss(moved: tuple[Floats, Floats]) -> float:
        readout = layer(dense(fired), -moved[1])
        return float(max_over_time_loss(readout.max(axis=1), LABELS, SCALE).loss.mean())

    readout = layer(dense(fired), -weights[1])
    observation = make_observation(fired, np.zeros((4, BINS, 6)), readout)
    turned = (weights[0], -weights[1])
    gradient = (
        MaxOverTimeSurrogate(STEEPNESS, SCALE).estimate(NETWORK, observation, inputs(), turned, LABELS).gradients[1]
    )

    assert -gradient == pytest.approx(differences(weights, 1, loss), rel=1e-5, abs=1e-8)


def test_a_spike_counts_in_the_bin_that_shows_it() -> None:
    """Sample k is taken at the end of bin k; what comes after the last one is left out, with nothing else moved."""
    spikes = Spikes(
        np.array([0.0, DT, 1.5 * DT, 99 * DT, 2 * DT]), np.arange(5, dtype=np.int32), np.array([0, 4, 5]), 5
    )
    binned = bin_spikes(spikes, DT, 3)

    assert binned.bins.tolist() == [0, 0, 1, 1]
    assert binned.neurons.tolist() == [0, 1, 2, 4]
    assert binned.offsets.tolist() == [0, 3, 4]


def test_the_regulariser_lowers_the_weights_of_who_fires(weights: tuple[Floats, Floats]) -> None:
    """Its part of the loss is the stated sum, and its gradient points from where a neuron fired to fewer spikes."""
    _, hidden, readout = smooth(weights)
    fired = Spikes(np.full(4, 9 * DT), np.full(4, 2, np.int32), np.arange(5), 6)
    observation = make_observation(fired, hidden, readout)
    plain, ruled = (
        MaxOverTimeSurrogate(STEEPNESS, SCALE, penalty).estimate(NETWORK, observation, inputs(), weights, LABELS)
        for penalty in (0.0, 0.5)
    )

    assert ruled.loss - plain.loss == pytest.approx(0.5)
    extra = ruled.gradients[0] - plain.gradients[0]
    assert (extra[2] > 0).all()
    assert (extra[[0, 1, 3, 4, 5]] == 0).all()
