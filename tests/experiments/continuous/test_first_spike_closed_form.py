"""Closed forms of first spikes against exact crossings and adjoints: two ways that share no formula."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from continuous_networks import random_net, seeds, smooth
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.first_spike_closed_form import first_spike_gradient, first_spike_times
from spinn2sim.experiments.continuous.lambert import lambert_w
from spinn2sim.experiments.continuous.output_losses import first_spikes
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient

solvable_ratios = st.sampled_from([1.0, 0.5])  # tau_syn / tau_mem


@given(st.floats(-0.3678, 1e6) | st.floats(-15.0, -1.0).map(lambda x: -1.0 / math.e + 10.0**x))
def test_lambert_w_is_scipys(z: float) -> None:
    """Principal branch, up to its branch point, where W + 1 is as exact as 1 + e z is in float64."""
    expected = lambertw(z).real
    branch = math.sqrt(max(2.0 * (math.e * z + 1.0), 1e-16))
    assert lambert_w(z) == pytest.approx(expected, rel=1e-14, abs=1e-15 / branch)


def test_lambert_w_does_not_exist_below_the_branch_point() -> None:
    """Below -1/e there is no real value."""
    assert math.isnan(lambert_w(-0.3679))


@settings(max_examples=200)
@given(seeds, solvable_ratios, st.sampled_from([1.0, 20e-3]))
def test_first_spikes_are_those_of_the_exact_crossings(seed: int, ratio: float, tau: float) -> None:
    """Both find the same neurons silent, and the same times."""
    net = random_net(seed, (4, 5), ratio, tau=tau)
    circuits = replace(net.circuits[0], max_spikes=1)
    own = layer_spikes(net.inputs, net.weights[0], circuits, net.t_end)
    found = first_spike_times(net.inputs, net.weights[0], circuits, net.t_end)
    near = 1e-9 if smooth(replace(net, circuits=(circuits,)), [net.inputs, own]) else 1e-4
    np.testing.assert_allclose(found / tau, first_spikes(own, np.inf)[0] / tau, rtol=0, atol=near)


def test_derivatives_are_those_of_the_exact_adjoint() -> None:
    """Weight gradients and errors of both, in both cases, wherever the spike is a plain one."""
    counted: list[int] = []

    @settings(max_examples=200)
    @given(seeds, solvable_ratios)
    def law(seed: int, ratio: float) -> None:
        net = random_net(seed, (4, 3), ratio)
        net = replace(net, circuits=(replace(net.circuits[0], max_spikes=1),))
        own = layer_spikes(net.inputs, net.weights[0], net.circuits[0], net.t_end)
        if not smooth(net, [net.inputs, own]):
            return
        g = np.random.default_rng([seed, 2]).normal(size=len(own.times))
        adjoint = layer_gradient(net.inputs, own, net.weights[0], net.circuits[0], g)
        closed = first_spike_gradient(net.inputs, own, net.weights[0], net.circuits[0], g)
        for ours, theirs in zip(closed, adjoint, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10 * np.abs(theirs).max(initial=0))
        counted.append(len(own.times))

    law()
    assert sum(n > 0 for n in counted) >= 50, "too few draws say anything"


def test_other_circuits_are_refused() -> None:
    """Other time constants are refused, those of a single circuit among others too."""
    net = random_net(1, (4, 3), 0.5)
    circuits = replace(net.circuits[0], tau_syn=np.array([0.5, 0.5, 0.51]))
    with pytest.raises(ValueError, match="closed form"):
        first_spike_times(net.inputs, net.weights[0], circuits, net.t_end)
    with pytest.raises(ValueError, match="closed form"):
        first_spike_gradient(net.inputs, net.inputs, net.weights[0], circuits, net.inputs.times)


@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_spike_that_the_model_cannot_explain_gets_no_gradient(ratio: float) -> None:
    """A measured spike of a neuron whose weights on the host cannot reach the threshold: zeros, not nan."""
    net = random_net(1, (4, 3), ratio)
    own = layer_spikes(net.inputs, np.full((3, 4), 9.0), equal_circuits(3, 1.0, ratio, max_spikes=1), net.t_end)
    assert len(own.times)
    for weight in (-1.0, 0.0, 1e-3):
        found = first_spike_gradient(
            net.inputs, own, np.full((3, 4), weight), equal_circuits(3, 1.0, ratio), np.ones(len(own.times))
        )
        assert not found.weights.any()
        assert not found.errors.any()


def test_max_gradient_drops_steep_neurons_alone() -> None:
    """A neuron whose gradient is above `max_gradient` gives its weights none; its errors and the other neurons stay."""
    net = random_net(3, (4, 5), 1.0)
    own = layer_spikes(net.inputs, net.weights[0], replace(net.circuits[0], max_spikes=1), net.t_end)
    one = replace(
        own, times=own.times[: own.offsets[1]], neurons=own.neurons[: own.offsets[1]], offsets=own.offsets[[0, 1, 1]]
    )
    g = np.ones(len(one.times))
    free = first_spike_gradient(net.inputs, one, net.weights[0], net.circuits[0], g)
    steepness = np.abs(free.weights).max(axis=1)
    limit = float(np.median(steepness[steepness > 0]))
    held = first_spike_gradient(net.inputs, one, net.weights[0], net.circuits[0], g, limit)
    np.testing.assert_array_equal(held.errors, free.errors)
    assert (held.weights[steepness <= limit] == free.weights[steepness <= limit]).all()
    assert not held.weights[steepness > limit * 4].any()
