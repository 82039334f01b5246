"""What is drawn from a scenario's seed: the initial weights and the order of the samples in each epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.keys import Scenario
from spinn2sim.seeds import generator


def initial_weights(scenario: Scenario, sizes: Sequence[int]) -> list[NDArray[np.float64]]:
    """Draw weights_0, weights_1, ..., (n_out, n_in) each, from normal distributions with the mean and standard deviation in network.init.

    `sizes` are the neurons per layer, input first. The weights are not rounded. Raises ScenarioError if one is outside the weight format.
    """
    weights = [
        generator(scenario.seed, "weights", k).normal(mean, deviation, (sizes[k + 1], sizes[k]))
        for k, (mean, deviation) in enumerate(scenario.network.init)
    ]
    refuse_weights(scenario, weights, "network.init")
    return weights


def epoch_order(seed: int, epoch: int, n: int) -> NDArray[np.int64]:
    """Draw the order in which epoch 1, 2, ... takes the n training samples, as a permutation."""
    return generator(seed, "order", epoch).permutation(n).astype(np.int64)
