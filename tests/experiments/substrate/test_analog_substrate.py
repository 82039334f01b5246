"""The substrate as a device: ideal with all effects off, deterministic, and with observations that hold only what was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.labelled import select_samples
from spinn2sim.experiments.devices.ideal_device import IdealDevice
from spinn2sim.experiments.devices.observation import ReadoutObservation, SampledObservation, SpikeObservation
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.substrate_settings import IDEAL, SubstrateSettings
from substrate_networks import US, inputs, network, weights

INTERVAL = 1.6 * US  # divides t_end, where all devices agree on the last sample
NETWORKS = [network(), network("first_spike"), network("first_spike", max_spikes=1)]
EFFECTS: list[dict[str, Any]] = [
    {"sigma_tau_mem": 0.05},
    {"sigma_tau_syn": 0.05},
    {"sigma_threshold": 0.05},
    {"sigma_gain": 0.05},
    {"noise_threshold": 0.05},
    {"noise_gain": 0.05},
    {"weight_bits": 3, "largest_weight": (8.0,)},
    {"largest_weight": (1.5,)},
    {"jitter": 0.1 * US},
    {"resolution": 0.1 * US},
]


def same(a: Spikes, b: Spikes) -> bool:
    """Whether two lists of spikes are equal to the bit."""
    return bool(
        np.array_equal(a.times, b.times)
        and np.array_equal(a.neurons, b.neurons)
        and np.array_equal(a.offsets, b.offsets)
    )


@pytest.mark.parametrize("net", NETWORKS, ids=["readout", "first_spike", "one_spike"])
def test_all_effects_off_is_the_ideal_device(net: ContinuousNetwork) -> None:
    """Whatever the substrate adds can be switched off: spikes and membranes are then those of the exact simulation, to the bit."""
    x, w = inputs(20), weights(net)
    observation = Substrate(net, replace(IDEAL, sample_interval=INTERVAL), chip=7).observe(SampledObservation, x, w, 3)
    ideal = IdealDevice(net, INTERVAL).observe(SampledObservation, x, w, 0)

    assert all(same(a, b) for a, b in zip(observation.spikes, ideal.spikes, strict=True))
    assert np.array_equal(observation.instants, ideal.instants)
    assert all(np.array_equal(a, b) for a, b in zip(observation.hidden, ideal.hidden, strict=True))
    assert (observation.readout is None) == net.fires[-1]
    assert observation.readout is None or np.array_equal(observation.readout, ideal.readout)


@pytest.mark.parametrize("effect", EFFECTS, ids=[next(iter(effect)) for effect in EFFECTS])
def test_each_effect_alone_changes_what_is_observed(effect: dict[str, Any]) -> None:
    """No setting is dead: each one alone moves a measured spike."""
    net = network()
    x, w = inputs(20), weights(net)
    ideal = Substrate(net, IDEAL).observe(SpikeObservation, x, w, 0)

    observation = Substrate(net, replace(IDEAL, **effect)).observe(SpikeObservation, x, w, 0)

    assert not same(observation.spikes[0], ideal.spikes[0])


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(8)), cut=st.integers(1, 7), run=st.integers(-1000, 1000), chip=st.integers(0, 9))
def test_order_and_splitting_of_a_batch_change_nothing(order: list[int], cut: int, run: int, chip: int) -> None:
    """A sample's answer depends on chip, run and sample alone."""
    net = network()
    x, w = inputs(8), weights(net)
    device = Substrate(net, SubstrateSettings(), chip)
    whole = device.observe(SampledObservation, x, w, run)

    for part in (np.array(order[:cut]), np.array(order[cut:])):
        observation = device.observe(SampledObservation, select_samples(x, part), w, run)
        assert same(observation.spikes[0], select_samples(whole.spikes[0], part))
        assert np.array_equal(observation.hidden[0], whole.hidden[0][part])
        assert whole.readout is not None
        assert np.array_equal(observation.readout, whole.readout[part])


def test_runs_and_chips_differ() -> None:
    """Another run is another noise, another chip other circuits; a run and its negative are two runs."""
    net = network()
    x, w = inputs(8), weights(net)

    def spikes(chip: int, run: int) -> bytes:
        return Substrate(net, SubstrateSettings(), chip).observe(SpikeObservation, x, w, run).spikes[0].times.tobytes()

    assert spikes(1, 1) == spikes(1, 1)
    assert len({spikes(chip, run) for chip, run in [(1, 1), (1, 2), (2, 1), (1, -1), (1, 0)]}) == 5


def test_the_next_layer_receives_the_true_spikes() -> None:
    """Jitter and time stamps are of the measurement: they must not disturb the readout."""
    net = network()
    x, w = inputs(20), weights(net)
    blurred = replace(IDEAL, jitter=2 * US, resolution=1 * US)

    observation = Substrate(net, blurred).observe(ReadoutObservation, x, w, 0)
    ideal = Substrate(net, IDEAL).observe(ReadoutObservation, x, w, 0)

    assert np.array_equal(observation.readout, ideal.readout)
    assert not same(observation.spikes[0], ideal.spikes[0])


def test_gain_noise_scales_a_readout_and_acts_on_spikes_as_gain() -> None:
    """The division of the threshold is no approximation: it gives the spikes of weights that are multiplied."""
    net = network("first_spike")
    x, w = inputs(1), weights(net)
    device = Substrate(net, replace(IDEAL, noise_gain=0.2), chip=1)
    observation = device.observe(SpikeObservation, x, w, 5)

    from spinn2sim.experiments.substrate.noise import draw_noise

    noise = draw_noise(x, net.sizes[1:], device.settings, 1, 5)
    assert noise is not None
    scaled = [each * gain[0][:, None] for each, gain in zip(w, noise.gain, strict=True)]
    direct = Substrate(net, IDEAL).observe(SpikeObservation, x, scaled, 5)
    for a, b in zip(observation.spikes, direct.spikes, strict=True):
        np.testing.assert_array_equal(a.neurons, b.neurons)
        np.testing.assert_allclose(a.times, b.times, rtol=1e-9)


def test_what_is_not_declared_is_not_there() -> None:
    """An estimator that declares spikes gets an object without membranes; one that declares the readout gets no hidden membrane."""
    net = network()
    x, w = inputs(4), weights(net)
    device = Substrate(net)

    assert set(vars(device.observe(SpikeObservation, x, w, 0))) == {"spikes"}
    assert set(vars(device.observe(ReadoutObservation, x, w, 0))) == {"spikes", "instants", "readout"}


def test_a_device_without_samples_refuses_them() -> None:
    """Membranes that cannot be sampled are refused in one line; spikes can still be observed."""
    net = network()
    unsampled = Substrate(net, SubstrateSettings(sample_interval=None))

    with pytest.raises(ScenarioError, match="sample_interval: found none"):
        unsampled.observe(ReadoutObservation, inputs(2), weights(net), 0)
    assert unsampled.observe(SpikeObservation, inputs(2), weights(net), 0).spikes[0].samples == 2


def test_networks_larger_than_the_device_are_refused() -> None:
    """512 circuits are 512 neurons."""
    with pytest.raises(ScenarioError, match="found a network of 513, allowed are 512"):
        Substrate(network(hidden=510))
    with pytest.raises(ScenarioError, match="chip: found -1"):
        Substrate(network(), chip=-1)


def test_a_batch_of_no_samples_is_answered() -> None:
    """The last part of a split batch may be empty."""
    net = network()
    observation = Substrate(net).observe(SampledObservation, inputs(0), weights(net), 0)

    assert observation.spikes[0].samples == 0
    assert observation.readout is not None
    assert observation.readout.shape == (0, 3, 23)
