"""What holds for whole layers: spikes at the threshold, maxima on a grid, what must not matter, and first spikes alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from continuous_networks import Net, backward, forward, random_net, random_spikes, ratios, seeds
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes, membrane_potentials
from spinn2sim.experiments.continuous.membrane_peaks import membrane_peaks
from spinn2sim.experiments.continuous.recurrent import recurrent_spikes
from spinn2sim.experiments.continuous.recurrent_adjoint import recurrent_gradient
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes

SIZES = (4, 5, 3)


def rows(spikes: Spikes, sample: int) -> slice:
    """The events of one sample."""
    return slice(spikes.offsets[sample], spikes.offsets[sample + 1])


def picked(spikes: Spikes, samples: list[int]) -> Spikes:
    """The batch of these samples, in this order."""
    parts = [rows(spikes, k) for k in samples]
    offsets = np.concatenate([[0], np.cumsum([p.stop - p.start for p in parts])]).astype(np.int64)
    times, neurons = (np.concatenate([a[p] for p in parts]) for a in (spikes.times, spikes.neurons))
    return Spikes(times, neurons, offsets, spikes.size)


@given(seeds, ratios, st.sampled_from([0.0, 0.2]))
def test_potential_is_at_threshold_just_before_each_spike(seed: int, ratio: float, spread: float) -> None:
    """The membrane potential reaches the threshold at each own spike, is 0 after it, and exceeds it nowhere."""
    net = random_net(seed, SIZES, ratio, spread)
    inputs, own = forward(net)[:2]
    circuits = net.circuits[0]
    for sample in range(own.samples):
        one, mine = picked(inputs, [sample]), picked(own, [sample])
        for neuron in range(circuits.size):
            times = mine.times[mine.neurons == neuron]
            around = np.sort(np.concatenate([times - 1e-9, times]))
            trace = membrane_potentials(one, mine, net.weights[0], circuits, around)[0, neuron]
            np.testing.assert_allclose(trace[0::2], circuits.threshold[neuron], atol=1e-6)
            assert (trace[1::2] == 0.0).all()
        grid = membrane_potentials(one, mine, net.weights[0], circuits, np.linspace(0, net.t_end, 500)[:-1])[0]
        assert (grid.max(axis=1) <= circuits.threshold + 1e-9).all()


@given(seeds, ratios, st.sampled_from([0.0, 0.2]))
def test_peaks_are_the_maxima_on_a_fine_grid(seed: int, ratio: float, spread: float) -> None:
    """No instant of a grid is above the maximum found, and V at its time is its value."""
    net = random_net(seed, (4, 3), ratio, spread)
    circuits = replace(net.circuits[0], threshold=np.full(3, np.inf))
    found = membrane_peaks(net.inputs, net.weights[0], circuits, net.t_end)
    silent = Spikes(np.empty(0), np.empty(0, np.int32), np.zeros(net.inputs.samples + 1, np.int64), 3)
    grid = membrane_potentials(net.inputs, silent, net.weights[0], circuits, np.linspace(0, net.t_end, 2001))
    assert (grid.max(axis=2) <= found.values + 1e-12).all()
    assert (found.values - grid.max(axis=2) < 0.05 * np.abs(net.weights[0]).sum()).all()
    for sample, neuron in np.ndindex(*found.values.shape):
        at = membrane_potentials(net.inputs, silent, net.weights[0], circuits, found.times[sample, neuron, None])
        assert at[sample, neuron, 0] == pytest.approx(found.values[sample, neuron], abs=1e-12)


@given(seeds, ratios, st.permutations(range(4)))
def test_samples_do_not_see_each_other(seed: int, ratio: float, order: list[int]) -> None:
    """Another order of samples, or two batches in place of one, gives the same spikes, errors and gradients."""
    net = random_net(seed, SIZES, ratio)
    net = replace(net, inputs=random_spikes(np.random.default_rng(seed), 4, SIZES[0], 3.0))
    layers = forward(net)
    g = np.sin(np.arange(len(layers[-1].times)))
    gradients, errors = backward(net, layers, g)
    total = [np.zeros_like(w) for w in net.weights]
    for part in (order[:1], order[1:]):
        some = replace(net, inputs=picked(net.inputs, part))
        few = forward(some)
        for whole, own in zip(layers, few, strict=True):
            np.testing.assert_array_equal(picked(whole, part).times, own.times)
            np.testing.assert_array_equal(picked(whole, part).neurons, own.neurons)
        parts, below = backward(some, few, np.concatenate([g[rows(layers[-1], k)] for k in part]))
        np.testing.assert_array_equal(below, np.concatenate([errors[rows(net.inputs, k)] for k in part]))
        total = [t + p for t, p in zip(total, parts, strict=True)]
    for whole, summed in zip(gradients, total, strict=True):
        np.testing.assert_allclose(summed, whole, rtol=1e-9, atol=1e-12 * (1 + np.abs(whole).max()))


@given(seeds, ratios, st.sampled_from([1e-6, 20e-3, 50.0]))
def test_only_ratios_of_times_matter(seed: int, ratio: float, unit: float) -> None:
    """All times in another unit: the same spikes, in that unit; dL/dW of a loss of t/unit stays."""
    net = random_net(seed, SIZES, ratio)
    scaled = Net(
        replace(net.inputs, times=net.inputs.times * unit),
        net.weights,
        tuple(replace(c, tau_mem=c.tau_mem * unit, tau_syn=c.tau_syn * unit) for c in net.circuits),
        net.t_end * unit,
    )
    layers, others = forward(net), forward(scaled)
    np.testing.assert_array_equal(layers[-1].neurons, others[-1].neurons)
    np.testing.assert_allclose(others[-1].times, layers[-1].times * unit, rtol=1e-7)


@given(seeds, ratios)
def test_circuits_alike_or_not_are_one_computation(seed: int, ratio: float) -> None:
    """Equal neurons share their decays; a stranger beside them, whose time constants differ, changes none of their results."""
    net = random_net(seed, (4, 5), ratio)
    alike = layer_spikes(net.inputs, net.weights[0], net.circuits[0], net.t_end)
    circuits = replace(net.circuits[0], tau_mem=np.append(net.circuits[0].tau_mem, 0.7),
                       tau_syn=np.append(net.circuits[0].tau_syn, 0.3), threshold=np.append(net.circuits[0].threshold, np.inf))  # fmt: skip
    mixed = layer_spikes(net.inputs, np.vstack([net.weights[0], np.ones(4)]), circuits, net.t_end)
    np.testing.assert_array_equal(alike.times, mixed.times)
    np.testing.assert_array_equal(alike.neurons, mixed.neurons)


@given(seeds, ratios)
def test_max_spikes_keeps_the_first_ones(seed: int, ratio: float) -> None:
    """With max_spikes = 1 a layer fires the first spike of each neuron that it would fire without, and nothing else."""
    net = random_net(seed, (4, 5), ratio)
    free = layer_spikes(net.inputs, net.weights[0], net.circuits[0], net.t_end)
    first = layer_spikes(net.inputs, net.weights[0], replace(net.circuits[0], max_spikes=1), net.t_end)
    cells = np.repeat(np.arange(free.samples), np.diff(free.offsets)) * free.size + free.neurons
    kept = np.sort(np.unique(cells, return_index=True)[1])
    np.testing.assert_array_equal(free.times[kept], first.times)
    np.testing.assert_array_equal(free.neurons[kept], first.neurons)


def test_more_spikes_than_the_first_room() -> None:
    """A neuron that fires a thousand times comes out whole: all intervals of a constant drive are nearly equal."""
    inputs = Spikes(np.zeros(1), np.zeros(1, np.int32), np.array([0, 1]), 1)
    spikes = layer_spikes(inputs, np.full((2, 1), 2.0), equal_circuits(2, 1e-3, 1e3), 1.0)
    assert len(spikes.times) > 2000
    waits = np.diff(spikes.times[spikes.neurons == 1])
    np.testing.assert_allclose(waits, 1e-3 * np.log(2.0), rtol=1e-2)


def test_ties_go_to_the_lower_neuron() -> None:
    """Two neurons alike fire at the same instant, in their order."""
    inputs = Spikes(np.zeros(1), np.zeros(1, np.int32), np.array([0, 1]), 1)
    spikes = layer_spikes(inputs, np.full((3, 1), 8.0), equal_circuits(3, 1.0, 1.0, max_spikes=1), 5.0)
    assert spikes.neurons.tolist() == [0, 1, 2]
    assert len(set(spikes.times)) == 1


@settings(max_examples=10)
@given(seeds)
def test_nothing_comes_from_nothing(seed: int) -> None:
    """An empty batch, samples without spikes, and a layer above a silent one give no spike, no gradient and no complaint."""
    net = random_net(seed, SIZES, 1.0)
    for samples in (0, 2):
        empty = Spikes(np.empty(0), np.empty(0, np.int32), np.zeros(samples + 1, np.int64), SIZES[0])
        quiet = replace(net, inputs=empty)
        layers = forward(quiet)
        gradients, errors = backward(quiet, layers, np.empty(0))
        assert [len(s.times) for s in layers] == [0, 0, 0]
        assert not any(g.any() for g in gradients)
        assert len(errors) == 0


def test_what_does_not_fit_is_refused() -> None:
    """Kernels check no shapes: weights, thresholds, gradients and delays that do not fit are refused before they run."""
    net = random_net(1, (3, 4), 1.0)
    w, circuits = net.weights[0], net.circuits[0]
    own = forward(net)[1]
    g = np.ones(len(own.times))
    with pytest.raises(ValueError, match=r"weights are \(4, 2\)"):
        layer_spikes(net.inputs, w[:, :2], circuits, 1.0)
    with pytest.raises(ValueError, match=r"thresholds are \(3, 4\)"):
        membrane_peaks(net.inputs, w, replace(circuits, threshold=np.ones((3, 4))), 1.0)
    with pytest.raises(ValueError, match="spikes"):
        layer_gradient(net.inputs, own, w, circuits, g[:-1])
    with pytest.raises(ValueError, match="recurrent weights"):
        recurrent_spikes(net.inputs, w, w, circuits, 1.0)
    with pytest.raises(ValueError, match="delay is -1"):
        recurrent_gradient(net.inputs, own, w, np.zeros((4, 4)), circuits, g, -1.0)
