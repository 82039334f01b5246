"""The parts of the substrate: its settings, its fixed pattern, its synapses, its measurements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ReadoutObservation, SampledObservation, SpikeObservation
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.bit_counting import observed_bits
from spinn2sim.experiments.substrate.fixed_pattern import draw_fixed_pattern
from spinn2sim.experiments.substrate.measurement import digitise, measure_spikes, membrane_instants
from spinn2sim.experiments.substrate.substrate_settings import IDEAL, SubstrateSettings
from spinn2sim.experiments.substrate.synapses import quantise_weights
from substrate_networks import US, inputs, network, weights


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sigma_gain": -0.1}, "substrate: sigma_gain: found -0.1, allowed is a number from 0 on"),
        ({"jitter": float("nan")}, "substrate: jitter: found nan"),
        ({"resolution": 0.0}, "substrate: resolution: found 0.0, allowed is a number above 0"),
        ({"weight_bits": 1}, "substrate: weight_bits: found 1, allowed is 2 to 32"),
        ({"largest_weight": (1.0, -1.0)}, "substrate: largest_weight: found -1.0"),
        ({"floor": 1.0}, "substrate: floor: found 1.0"),
    ],
)
def test_impossible_settings_are_refused_in_one_line(wrong: dict[str, Any], words: str) -> None:
    """A sigma below 0 is named with what is allowed before anything runs."""
    with pytest.raises(ScenarioError, match=words) as caught:
        SubstrateSettings(**wrong)
    assert "\n" not in str(caught.value)


def test_the_pattern_has_the_statistics_that_were_asked_for() -> None:
    """Over 500 circuits, mean and standard deviation of each quantity are nominal and sigma, and no two quantities go together."""
    net = network(hidden=500)
    layer = draw_fixed_pattern(net, SubstrateSettings(), chip=3)[0]
    circuits = layer.circuits
    drawn = np.array([circuits.tau_mem / net.tau_mem, circuits.tau_syn / net.tau_syn, circuits.threshold, layer.gain])

    assert np.all(np.abs(drawn.mean(axis=1) - 1.0) < 4 * 0.05 / np.sqrt(500))
    assert np.all(np.abs(drawn.std(axis=1) / 0.05 - 1.0) < 4 / np.sqrt(2 * 500))
    assert np.all(np.abs(np.corrcoef(drawn) - np.eye(4)) < 4 / np.sqrt(500))


def test_a_larger_sigma_is_the_same_pattern_magnified_down_to_the_floor() -> None:
    """Sweeps over sigma compare the same chip; no circuit has a time constant of 0 or below."""
    net = network(hidden=500)
    small, large = (
        draw_fixed_pattern(net, SubstrateSettings().with_mismatch(sigma), chip=3)[0].gain for sigma in (0.05, 0.5)
    )
    expected = np.maximum(1.0 + 10 * (small - 1.0), 0.1)

    np.testing.assert_allclose(large, expected, atol=1e-12)
    assert large.min() == 0.1


def test_circuits_belong_to_the_chip() -> None:
    """The same chip number gives the same circuits, in a wider layer too; layers and chips have their own."""
    wide, narrow = network(hidden=20), network(hidden=10)
    first, again = draw_fixed_pattern(wide, SubstrateSettings(), 4), draw_fixed_pattern(narrow, SubstrateSettings(), 4)

    assert np.array_equal(first[0].gain[:10], again[0].gain)
    assert not np.array_equal(first[0].gain[:3], first[1].gain)
    assert not np.array_equal(first[0].gain, draw_fixed_pattern(wide, SubstrateSettings(), 5)[0].gain)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=20), st.integers(2, 10), st.floats(0.1, 10))
def test_weights_are_rounded_to_the_nearest_code_and_clipped_ones_are_counted(
    wanted: list[float], bits: int, largest: float
) -> None:
    """A quantised weight is a whole code within the largest one, at most half a step from the weight that was wanted."""
    row = np.array([wanted])
    held = quantise_weights([row], replace(IDEAL, weight_bits=bits, largest_weight=(largest,)))
    step = largest / ((1 << bits) - 1)
    codes = held.weights[0] / step

    assert held.clipped == (int(np.sum(np.abs(row) > largest)),)
    np.testing.assert_allclose(codes, np.rint(codes), atol=1e-9)
    assert np.abs(held.weights[0]).max() <= largest * (1 + 1e-12)
    assert np.all(np.abs(held.weights[0] - np.clip(row, -largest, largest)) <= step / 2 * (1 + 1e-9))


def test_the_last_largest_weight_holds_for_all_further_layers() -> None:
    """Without this a third layer would have no limit."""
    assert [SubstrateSettings().weight_limit(layer) for layer in range(3)] == [4.745, 0.949, 0.949]


def test_time_stamps_are_in_order_and_whole_steps() -> None:
    """After jitter and rounding the events of a sample are ascending in time again, and within the run."""
    net, limits = network(), SubstrateSettings(jitter=5 * US, resolution=0.5 * US)
    spikes = Substrate(net, limits).observe(SpikeObservation, inputs(20), weights(net), 0).spikes[0]
    steps = spikes.times / 0.5e-6

    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    assert spikes.times.min() >= 0
    assert spikes.times.max() <= net.t_end
    assert all(
        np.all(np.diff(spikes.times[a:b]) >= 0) for a, b in zip(spikes.offsets, spikes.offsets[1:], strict=False)
    )


def test_jitter_has_its_standard_deviation() -> None:
    """Measured minus true times of many spikes have mean 0 and the deviation asked for."""
    from spinn2sim.experiments.substrate.noise import draw_noise

    n, jitter = 4000, 0.1 * US
    spikes = Spikes(np.full(n, 20 * US), np.arange(n, dtype=np.int32), np.array([0, n]), n)
    limits = replace(IDEAL, jitter=jitter)
    measured = measure_spikes(spikes, 0, limits, draw_noise(inputs(1), (12, 3), limits, 0, 0), 40 * US).times - 20 * US

    assert abs(measured.mean()) < 4 * jitter / np.sqrt(n)
    assert abs(measured.std() / jitter - 1) < 4 / np.sqrt(2 * n)


def test_samples_are_codes_held_at_the_ends_of_the_range() -> None:
    """8 bits with sign: 256 values, 0 among them, and nothing beyond."""
    voltages = np.linspace(-3, 3, 2001)
    samples = digitise(voltages, SubstrateSettings())
    codes = np.unique(np.rint(samples / 0.0147).astype(int))

    assert codes.tolist() == list(range(-128, 128))
    assert digitise(np.zeros(1), SubstrateSettings())[0] == 0.0
    within = np.abs(voltages) < 1.8
    assert np.abs(samples - voltages)[within].max() <= 0.0147 / 2 * (1 + 1e-9)


def test_membranes_are_sampled_at_the_interval() -> None:
    """40 us hold 23 samples of 1.7 us."""
    at = membrane_instants(SubstrateSettings(), 40 * US)

    assert len(at) == 23
    np.testing.assert_allclose(np.diff(at), 1.7 * US)


def test_bits_are_counted_by_hand() -> None:
    """13 bits of time (40 us / 8 ns) and 4 of address a spike (12 neurons), 8 a sample."""
    net = network()
    x, w, device = inputs(4), weights(net), Substrate(net)
    spikes, readout, sampled = (
        observed_bits(device.observe(observation_type, x, w, 0), device.settings, net.t_end)
        for observation_type in (SpikeObservation, ReadoutObservation, SampledObservation)
    )
    count = len(device.observe(SpikeObservation, x, w, 0).spikes[0].times)

    assert spikes == (count * (13 + 4), 0)
    assert readout == (count * 17, 4 * 3 * 23 * 8)
    assert sampled == (count * 17, 4 * (12 + 3) * 23 * 8)
    assert sampled.total == sum(sampled)
