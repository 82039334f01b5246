"""Bits that a host reads in training: counted for gradients alone, without any change of the observation."""

from __future__ import annotations

import numpy as np

from spinn2sim.experiments.devices.observation import ReadoutObservation
from spinn2sim.experiments.substrate.analog_substrate import Substrate
from spinn2sim.experiments.substrate.bit_counting import BitCountingDevice, observed_bits
from substrate_networks import inputs, network, weights


def test_only_training_is_counted_and_nothing_is_changed() -> None:
    """Runs of an evaluation have negative numbers: no gradient needs their bits."""
    net = network()
    x, w, device = inputs(4), weights(net), Substrate(net)
    counting = BitCountingDevice(device)

    counting.observe(ReadoutObservation, x, w, -1)
    assert (counting.runs, counting.bits.total) == (0, 0)

    observation = [counting.observe(ReadoutObservation, x, w, run) for run in range(3)]
    assert counting.runs == 3
    assert counting.bits.total == sum(observed_bits(each, device.settings, net.t_end).total for each in observation)
    assert np.array_equal(observation[2].readout, device.observe(ReadoutObservation, x, w, 2).readout)
