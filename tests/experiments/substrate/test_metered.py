"""Bits that a host reads in training: counted for gradients alone, and nothing that is seen changes."""

from __future__ import annotations

import numpy as np

from spinn2sim.experiments.loop.bit_counting import Metered
from spinn2sim.experiments.loop.observation import ReadoutObservation
from spinn2sim.experiments.substrate.device import Substrate
from spinn2sim.experiments.substrate.measure import observed_bits
from substrate_networks import inputs, network, weights


def test_only_training_is_counted_and_nothing_is_changed() -> None:
    """Runs of a judgement have negative numbers: they are no gradient."""
    net = network()
    x, w, device = inputs(4), weights(net), Substrate(net)
    metered = Metered(device)

    metered.observe(ReadoutObservation, x, w, -1)
    assert (metered.runs, metered.bits.total) == (0, 0)

    seen = [metered.observe(ReadoutObservation, x, w, run) for run in range(3)]
    assert metered.runs == 3
    assert metered.bits.total == sum(observed_bits(each, device.settings, net.t_end).total for each in seen)
    assert np.array_equal(seen[2].readout, device.observe(ReadoutObservation, x, w, 2).readout)
