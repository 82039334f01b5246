"""Gradients of feed-forward networks against central differences of spike times and of maxima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from continuous_networks import (
    Net,
    backward,
    by_neuron,
    derivative,
    forward,
    random_direction,
    random_net,
    ratios,
    seeds,
    smooth,
)
from spinn2sim.experiments.continuous.membrane_peaks import membrane_peaks
from spinn2sim.experiments.continuous.output_losses import first_spike_loss, first_spikes, max_over_time_loss

Floats = NDArray[np.float64]
sizes = st.lists(st.integers(1, 5), min_size=2, max_size=4)
spreads = st.sampled_from([0.0, 0.2])


class Vanished(Exception):  # noqa: N818 - no error: this draw says nothing
    """A spike came or went within the step of the difference."""


def same_spikes(net: Net, moved: Net) -> bool:
    """Whether all layers have the same spikes before and after, up to their times."""
    pairs = zip(forward(net), forward(moved), strict=True)
    return all(np.array_equal(by_neuron(a)[1], by_neuron(b)[1]) for a, b in pairs)


def check(net: Net, seed: int, loss: Callable[[Net], float], gradient: tuple[list[Floats], Floats]) -> None:
    """Whether `gradient` is the derivative of `loss` in a random direction."""
    direction = random_direction(seed, net)
    if not (same_spikes(net, direction.moved(net, 1e-4)) and same_spikes(net, direction.moved(net, -1e-4))):
        raise Vanished
    expected, size = direction.along(*gradient)
    found, doubt = derivative(net, direction, loss)
    assert found == pytest.approx(expected, rel=0, abs=1e-6 * max(size, 1e-3) + doubt)


def test_gradient_of_all_spike_times() -> None:
    """A random sum of all output spike times: weight gradients of all layers and errors of the input are its derivatives."""
    counted: list[int] = []

    @settings(max_examples=100)
    @given(seeds, sizes, ratios, spreads)
    def law(seed: int, sizes: list[int], ratio: float, spread: float) -> None:
        net = random_net(seed, sizes, ratio, spread)
        layers = forward(net)
        if len(layers[-1].times) == 0 or not smooth(net, layers):
            return
        order, _ = by_neuron(layers[-1])
        c = np.random.default_rng([seed, 2]).normal(size=len(order))
        g = np.empty(len(order))
        g[order] = c

        def loss(net: Net) -> float:
            output = forward(net)[-1]
            return float(c @ output.times[by_neuron(output)[0]])

        try:
            check(net, seed, loss, backward(net, layers, g))
        except Vanished:
            return
        counted.append(len(order))

    law()
    assert len(counted) >= 15, "too few draws say anything"
    assert max(counted) > 9, "no draw has many spikes"


def test_gradient_of_the_first_spike_loss() -> None:
    """The whole way of a training step: cross-entropy of first spikes, with silent outputs among them."""
    counted: list[bool] = []

    @settings(max_examples=100)
    @given(seeds, sizes, ratios, st.sampled_from([1, 2, 1 << 30]))
    def law(seed: int, sizes: list[int], ratio: float, max_spikes: int) -> None:
        net = random_net(seed, sizes, ratio)
        net = replace(net, circuits=tuple(replace(c, max_spikes=max_spikes) for c in net.circuits))
        layers = forward(net)
        if len(layers[-1].times) == 0 or not smooth(net, layers):
            return
        labels = np.random.default_rng([seed, 2]).integers(sizes[-1], size=2)

        def loss(net: Net) -> float:
            return float(first_spike_loss(forward(net)[-1], labels, net.t_end, 0.3, 0.1, 2.0).loss.mean())

        g = first_spike_loss(layers[-1], labels, net.t_end, 0.3, 0.1, 2.0).g
        try:
            check(net, seed, loss, backward(net, layers, g))
        except Vanished:
            return
        counted.append(bool((first_spikes(layers[-1], np.inf)[1] < 0).any()))

    law()
    assert len(counted) >= 15, "too few draws say anything"
    assert any(counted), "no draw has a silent output"


def test_gradient_of_the_peak_loss() -> None:
    """Cross-entropy of the maxima of a readout that never fires, through spiking layers; maxima at an input's instant are among them."""
    kinks: list[bool] = []

    @settings(max_examples=100)
    @given(seeds, sizes, ratios, spreads)
    @example(seed=832503, sizes=[3, 1, 3, 5], ratio=5.0, spread=0.2)  # maxima so far apart that exp of the lowest is 0
    def law(seed: int, sizes: list[int], ratio: float, spread: float) -> None:
        net = random_net(seed, sizes, ratio, spread)
        last = replace(net.circuits[-1], threshold=np.full(sizes[-1], np.inf))
        net = replace(net, circuits=(*net.circuits[:-1], last))
        layers = forward(net)
        if not smooth(net, layers):
            return
        labels = np.random.default_rng([seed, 2]).integers(sizes[-1], size=2)

        def loss(net: Net) -> float:
            found = membrane_peaks(forward(net)[-2], net.weights[-1], last, net.t_end)
            return float(max_over_time_loss(found.values, labels, 2.0).loss.mean())

        found = membrane_peaks(layers[-2], net.weights[-1], last, net.t_end)
        p = max_over_time_loss(found.values, labels, 2.0).p
        try:
            check(net, seed, loss, backward(net, layers, np.empty(0), (found, p)))
        except Vanished:
            return
        kinks.append(bool(np.isin(found.times[found.values > 0], layers[-2].times).any()))

    law()
    assert len(kinks) >= 15, "too few draws say anything"
    assert any(kinks), "no draw has its maximum where an input ends the rise"
