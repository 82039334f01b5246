"""Recurrent layers: gradients against differences, and the feed-forward networks that they contain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from continuous_networks import (
    Direction,
    Net,
    backward,
    by_neuron,
    derivative,
    forward,
    random_direction,
    random_net,
    ratios,
    seeds,
)
from spinn2sim.experiments.continuous.feed_forward import layer_spikes, membrane_potentials
from spinn2sim.experiments.continuous.recurrent import recurrent_spikes
from spinn2sim.experiments.continuous.recurrent_adjoint import recurrent_gradient
from spinn2sim.experiments.continuous.spikes import Spikes

Floats = NDArray[np.float64]
delays = st.sampled_from([0.0, 0.05, 0.7])
JUMP = 1e-4  # a step within which no spike may come, go, or change its place among the events that act on it


@dataclass(frozen=True)
class RecurrentNet:
    """A recurrent layer as a Net with two weight matrices: W, and W_rec."""

    net: Net
    delay: float

    def spikes(self) -> Spikes:
        """The spikes of the layer."""
        w, recurrent = self.net.weights
        return recurrent_spikes(self.net.inputs, w, recurrent, self.net.circuits[0], self.net.t_end, self.delay)

    def moved(self, direction: Direction, step: float) -> RecurrentNet:
        """The layer a `step` along the direction."""
        return replace(self, net=direction.moved(self.net, step))


def random_recurrent_net(seed: int, size: int, ratio: float, spread: float, delay: float) -> RecurrentNet:
    """Two inputs, and all connections, a neuron's to itself among them: it may excite itself without end, hence the limit."""
    net = random_net(seed, (2, size, size), ratio, spread)
    return RecurrentNet(replace(net, circuits=(replace(net.circuits[0], max_spikes=20),), t_end=4.0), delay)


def event_order(layer: RecurrentNet) -> list[tuple[int, ...]]:
    """The order of all that happens, per sample: inputs, spikes, and when these act."""
    own, inputs = layer.spikes(), layer.net.inputs
    out = []
    for sample in range(own.samples):
        fed, fired = (slice(s.offsets[sample], s.offsets[sample + 1]) for s in (inputs, own))
        times = np.concatenate([inputs.times[fed], own.times[fired], own.times[fired] + layer.delay])
        kinds = np.repeat([0, 1, 2], [fed.stop - fed.start, *2 * [fired.stop - fired.start]])
        who = np.concatenate([inputs.neurons[fed], own.neurons[fired], own.neurons[fired]])
        out += [(int(kinds[k]), int(who[k])) for k in np.lexsort((kinds, times))]
    return out


def test_gradient_of_all_spike_times() -> None:
    """A random sum of all spike times: both weight gradients and the errors of the input are its derivatives, at any delay."""
    counted: list[int] = []

    @settings(max_examples=80)
    @given(seeds, st.integers(1, 4), ratios, st.sampled_from([0.0, 0.2]), delays)
    def law(seed: int, size: int, ratio: float, spread: float, delay: float) -> None:
        layer = random_recurrent_net(seed, size, ratio, spread, delay)
        direction = random_direction(seed, layer.net)
        own = layer.spikes()
        if len(own.times) == 0 or any(
            event_order(layer) != event_order(layer.moved(direction, d)) for d in (-JUMP, JUMP)
        ):
            return
        order = by_neuron(own)[0]
        c = np.random.default_rng([seed, 2]).normal(size=len(order))
        g = np.empty(len(order))
        g[order] = c

        def loss(net: Net) -> float:
            output = RecurrentNet(net, delay).spikes()
            return float(c @ output.times[by_neuron(output)[0]])

        found, doubt = derivative(layer.net, direction, loss)
        if doubt > 1e-2 * abs(found):  # a spike that nearly vanishes
            return
        w, recurrent = layer.net.weights
        gradient = recurrent_gradient(layer.net.inputs, own, w, recurrent, layer.net.circuits[0], g, delay)
        expected, size_of_terms = direction.along([gradient.weights, gradient.recurrent], gradient.errors)
        assert found == pytest.approx(expected, rel=0, abs=1e-6 * max(size_of_terms, 1e-3) + doubt)
        counted.append(len(order))

    law()
    assert len(counted) >= 20, "too few draws say anything"
    assert max(counted) > 9, "no draw has many spikes"


@given(seeds, ratios, st.sampled_from([0.0, 0.2]))
def test_without_recurrent_weights_it_is_a_feed_forward_layer(seed: int, ratio: float, spread: float) -> None:
    """With W_rec = 0 spikes, gradients and errors are those of `layer_spikes` and `layer_gradient`."""
    net = random_net(seed, (3, 4), ratio, spread)
    layers = forward(net)
    nothing = np.zeros((4, 4))
    own = recurrent_spikes(net.inputs, net.weights[0], nothing, net.circuits[0], net.t_end)
    np.testing.assert_array_equal(own.neurons, layers[1].neurons)
    np.testing.assert_allclose(own.times, layers[1].times, rtol=1e-9)

    g = np.cos(np.arange(len(own.times)))
    (weights,), errors = backward(net, layers, g)
    found = recurrent_gradient(net.inputs, layers[1], net.weights[0], nothing, net.circuits[0], g)
    np.testing.assert_allclose(found.weights, weights, rtol=1e-7, atol=1e-9 * np.abs(weights).max(initial=0))
    np.testing.assert_allclose(found.errors, errors, rtol=1e-7, atol=1e-9 * np.abs(errors).max(initial=0))


@given(seeds, ratios)
def test_two_layers_are_one_recurrent_layer(seed: int, ratio: float) -> None:
    """Two feed-forward layers side by side in one recurrent layer without delay: the same spikes and the same gradients."""
    net = random_net(seed, (3, 4, 2), ratio)
    layers = forward(net)
    w, recurrent = np.zeros((6, 3)), np.zeros((6, 6))
    w[:4], recurrent[4:, :4] = net.weights
    one = net.circuits[0]
    circuits = replace(
        one, tau_mem=one.tau_mem[[0] * 6], tau_syn=one.tau_syn[[0] * 6], threshold=one.threshold[[0] * 6]
    )
    own = recurrent_spikes(net.inputs, w, recurrent, circuits, net.t_end)
    g = np.zeros(len(own.times))
    above = own.neurons >= 4
    g[above] = 1.0
    np.testing.assert_array_equal(own.neurons[~above], layers[1].neurons)
    np.testing.assert_allclose(own.times[~above], layers[1].times, rtol=1e-9)
    np.testing.assert_array_equal(own.neurons[above] - 4, layers[2].neurons)

    (first, second), errors = backward(net, layers, np.ones(len(layers[2].times)))
    found = recurrent_gradient(net.inputs, own, w, recurrent, circuits, g)
    for ours, theirs in ((found.weights[:4], first), (found.recurrent[4:, :4], second), (found.errors, errors)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 * np.abs(theirs).max(initial=0))


@given(seeds, ratios, delays)
def test_spikes_stand_at_the_threshold(seed: int, ratio: float, delay: float) -> None:
    """Given the layer's own spikes as one more input, the feed-forward layer fires the same spikes, and exceeds the threshold nowhere."""
    layer = random_recurrent_net(seed, 3, ratio, 0.2, delay)
    own, inputs, net = layer.spikes(), layer.net.inputs, layer.net
    feedback = replace(own, times=own.times + delay, neurons=own.neurons + inputs.size)
    for sample in range(own.samples):
        parts = [slice(s.offsets[sample], s.offsets[sample + 1]) for s in (inputs, own)]
        times = np.concatenate([inputs.times[parts[0]], feedback.times[parts[1]]])
        neurons = np.concatenate([inputs.neurons[parts[0]], feedback.neurons[parts[1]]])
        order = np.argsort(times, kind="stable")
        fed = Spikes(times[order], neurons[order], np.array([0, len(times)]), 5)
        mine = Spikes(own.times[parts[1]], own.neurons[parts[1]], np.array([0, parts[1].stop - parts[1].start]), 3)
        grid = membrane_potentials(
            fed, mine, np.hstack(net.weights), net.circuits[0], np.linspace(0, net.t_end, 800)[:-1]
        )[0]
        awake = np.bincount(mine.neurons, minlength=3) < net.circuits[0].max_spikes
        assert (grid.max(axis=1) <= net.circuits[0].threshold + 1e-9)[awake].all()
        if delay > 0.0:  # else the feed-forward layer sees its cause and its effect at one instant
            again = layer_spikes(fed, np.hstack(net.weights), net.circuits[0], net.t_end)
            np.testing.assert_array_equal(again.neurons, mine.neurons)
            np.testing.assert_allclose(again.times, mine.times, rtol=1e-7)
