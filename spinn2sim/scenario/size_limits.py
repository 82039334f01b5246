"""Limits on the size of a network, checked before memory is allocated."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.keys import Layers, Scenario

# Weights in all matrices together: 256 MiB in float64, of which training holds up to twenty copies (gradients of chunks, Adam's moments).
MAX_WEIGHTS = 1 << 25
# Neurons times steps: memory for a spike of every neuron in every step is allocated up to sixteen times.
MAX_NEURON_STEPS = 1 << 24


def refuse_sizes(scenario: Scenario, sizes: Sequence[int]) -> None:
    """Raise ScenarioError if a network of these populations, input first, is too large to be trained in a machine's memory."""
    weights = sum(n_out * n_in for n_out, n_in in Layers(tuple(sizes)).weight_shapes)
    if weights > MAX_WEIGHTS:
        raise ScenarioError(
            f"network.hidden: found {weights:,} weights with populations {list(sizes)}, allowed are {MAX_WEIGHTS:,} in all"
        )
    steps, neurons = scenario.network.steps, sum(sizes)
    if neurons * steps > MAX_NEURON_STEPS:
        raise ScenarioError(
            f"network.steps: found {steps} with {neurons:,} neurons, allowed are {MAX_NEURON_STEPS:,} neuron steps in all"
        )
