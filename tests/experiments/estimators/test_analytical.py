"""The analytical estimator: exact on exact spikes, without gradient for silent neurons, and refused where there is no closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.output_losses import first_spike_loss
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import SpikeObservation
from spinn2sim.experiments.estimators.analytical import Analytical

Floats = NDArray[np.float64]
TAU, XI = 10e-3, 2e-3
ESTIMATOR = Analytical(XI, 0.0, 1.0)


@pytest.fixture(params=[1.0, 2.0])
def network(request: pytest.FixtureRequest) -> ContinuousNetwork:
    """A network of first spikes with either of the known ratios tau_mem / tau_syn."""
    return ContinuousNetwork((5, 20, 3), TAU, TAU / request.param, 6 * TAU, "first_spike", max_spikes=1)


def batch(samples: int, seed: int = 0) -> tuple[Spikes, list[Floats], NDArray[np.int64]]:
    """Inputs with one spike per channel, weights that make most neurons fire, labels."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(5, dtype=np.int32), (samples, 1)), axis=1)
    times = np.sort(rng.uniform(0.0, 2 * TAU, (samples, 5)), axis=1)
    inputs = Spikes(times.ravel(), order.ravel(), np.arange(samples + 1) * 5, 5)
    return inputs, [rng.normal(2.0, 1.0, (20, 5)), rng.normal(0.8, 0.4, (3, 20))], rng.integers(3, size=samples)


def observe_ideally(network: ContinuousNetwork, inputs: Spikes, weights: list[Floats]) -> SpikeObservation:
    """The observation of an ideal device."""
    layers = [inputs]
    for size, w in zip(network.sizes[1:], weights, strict=True):
        layers.append(
            layer_spikes(
                layers[-1], w, equal_circuits(size, network.tau_mem, network.tau_syn, max_spikes=1), network.t_end
            )
        )
    return SpikeObservation(tuple(layers[1:]))


def exact_gradient(
    network: ContinuousNetwork,
    observation: SpikeObservation,
    inputs: Spikes,
    weights: list[Floats],
    labels: NDArray[np.int64],
) -> list[Floats]:
    """The gradient by the adjoint."""
    spikes = (inputs, *observation.spikes)
    g = first_spike_loss(spikes[-1], labels, network.t_end, XI, 0.0, 1.0).g
    out: list[Floats] = []
    for layer in (1, 0):
        circuits = equal_circuits(network.sizes[layer + 1], network.tau_mem, network.tau_syn)
        w, g = layer_gradient(spikes[layer], spikes[layer + 1], weights[layer], circuits, g)
        out.insert(0, w)
    return out


def test_exact_on_exact_spikes(network: ContinuousNetwork) -> None:
    """With spikes of an ideal simulation it is the gradient of the loss, as EventProp's is."""
    inputs, weights, labels = batch(16)
    weights[1] = np.abs(weights[1]) + 0.5  # all outputs fire
    observation = observe_ideally(network, inputs, weights)
    assert len(observation.spikes[-1].times) == 16 * 3
    found = ESTIMATOR.estimate(network, observation, inputs, weights, labels)
    for ours, theirs in zip(
        found.gradients, exact_gradient(network, observation, inputs, weights, labels), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8 * np.abs(theirs).max())
        assert np.abs(theirs).max() > 0


def test_jitter_of_measured_times_moves_the_gradient_a_little(network: ContinuousNetwork) -> None:
    """Times measured 10 us late or early leave a gradient near the exact one: the observed time stands in the formula alone."""
    inputs, weights, labels = batch(64)
    weights = [np.abs(w) * 1.5 for w in weights]  # no neuron that hardly fires
    observation = observe_ideally(network, inputs, weights)
    rng = np.random.default_rng(1)
    layers = []
    for spikes in observation.spikes:
        times = spikes.times + rng.normal(0.0, 10e-6, len(spikes.times))
        sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
        order = np.lexsort((times, sample))
        layers.append(replace(spikes, times=times[order], neurons=spikes.neurons[order]))
    noisy = ESTIMATOR.estimate(network, SpikeObservation(tuple(layers)), inputs, weights, labels)
    for ours, theirs in zip(
        noisy.gradients, exact_gradient(network, observation, inputs, weights, labels), strict=True
    ):
        likeness = (ours * theirs).sum() / np.linalg.norm(ours) / np.linalg.norm(theirs)
        assert 0.95 < likeness < 1.0 - 1e-12


def test_silent_output_gets_no_gradient(network: ContinuousNetwork) -> None:
    """An output that did not fire leaves its weights alone; where it is the label's, the sample counts in the loss alone."""
    inputs, weights, _ = batch(16)
    weights[1] = np.abs(weights[1])
    weights[1][1] = -1.0
    found = ESTIMATOR.estimate(
        network, observe_ideally(network, inputs, weights), inputs, weights, np.zeros(16, np.int64)
    )
    assert not found.gradients[1][1].any()
    assert found.gradients[1][[0, 2]].any()

    found = ESTIMATOR.estimate(network, observe_ideally(network, inputs, weights), inputs, weights, np.full(16, 1))
    assert found.loss > 1.0
    assert not any(g.any() for g in found.gradients)

    quiet = [w * 0.0 for w in weights]
    found = ESTIMATOR.estimate(network, observe_ideally(network, inputs, quiet), inputs, quiet, np.full(16, 1))
    assert found.loss == pytest.approx(np.log(3.0))
    assert not any(g.any() for g in found.gradients)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"tau_syn": 4e-3}, "tau_mem is 0.01 s, tau_syn 0.004 s"), ({"readout": "max_voltage"}, "'max_voltage'")],
)
def test_refused_where_it_is_not_known(change: dict[str, object], said: str) -> None:
    """Other time constants, and other losses, are refused by name in one line."""
    network = replace(ContinuousNetwork((5, 20, 3), TAU, TAU, 6 * TAU, "first_spike", max_spikes=1), **change)  # type: ignore[arg-type]
    inputs, weights, labels = batch(2)
    with pytest.raises(ScenarioError, match="analytical gradient") as refusal:
        ESTIMATOR.estimate(network, SpikeObservation((inputs, inputs)), inputs, weights, labels)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_networks_that_fire_more_than_once_are_refused(network: ContinuousNetwork) -> None:
    """Its formulas know one spike a neuron: another network is no place for it."""
    spikes = Spikes(np.empty(0), np.empty(0, np.int32), np.zeros(2, np.int64), 5)
    with pytest.raises(ScenarioError, match="max_spikes is None"):
        ESTIMATOR.estimate(replace(network, max_spikes=None), SpikeObservation(()), spikes, [], np.zeros(1, np.int64))
