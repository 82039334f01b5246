"""Small networks, inputs and weights for the tests of the substrate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork, Readout
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.latency_coding import spikes_of_times
from spinn2sim.seeds import generator

US = 1e-6


def network(readout: Readout = "max_voltage", max_spikes: int | None = None, hidden: int = 12) -> ContinuousNetwork:
    """5 inputs, one hidden layer, 3 outputs."""
    return ContinuousNetwork((5, hidden, 3), 6 * US, 6 * US, 40 * US, readout, max_spikes=max_spikes)


def inputs(samples: int, seed: int = 0) -> Spikes:
    """One spike per input, some silent."""
    draw = generator(seed, "test inputs")
    times = draw.uniform(0, 20 * US, (samples, 5))
    return spikes_of_times(np.where(draw.random((samples, 5)) < 0.1, np.inf, times))


def weights(net: ContinuousNetwork, seed: int = 0) -> tuple[NDArray[np.float64], ...]:
    """Weights with which most hidden neurons fire, some more than once."""
    draw = generator(seed, "test weights")
    return tuple(
        draw.normal(mean, 0.8, (n_out, n_in))
        for mean, n_in, n_out in zip((2.0, 0.3), net.sizes, net.sizes[1:], strict=False)
    )
