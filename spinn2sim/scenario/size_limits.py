"""Limits on the size of a network, checked before memory is allocated."""

from __future__ import annotations

from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.scenario.keys import Scenario

# Weights in all matrices together: 256 MiB in float64, of which training holds up to twenty copies (gradients of chunks, Adam's moments).
MAX_WEIGHTS = 1 << 25
# Neurons times steps: memory for a spike of every neuron in every step is allocated up to sixteen times.
MAX_NEURON_STEPS = 1 << 24


def refuse_sizes(scenario: Scenario, graph: Graph) -> None:
    """Raise ScenarioError if a network is too large to be trained in a machine's memory."""
    weights = sum(n_out * n_in for n_out, n_in in graph.weight_shapes)
    if weights > MAX_WEIGHTS:
        raise ScenarioError(_too_many_weights("network.hidden", weights, f"populations {list(graph.sizes)}"))
    _refuse_steps(scenario, sum(graph.sizes), "")


def refuse_declared(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError if the populations and projections of a scenario are too large, which is known without its data."""
    if not scenario.is_graph:
        return
    sizes = {population.name: population.size for population in scenario.population or ()}
    weights = sum(sizes[projection.pre] * sizes[projection.post] for projection in scenario.projection or ())
    if weights > MAX_WEIGHTS:
        raise ScenarioError(f"{file}: " + _too_many_weights("population", weights, f"{len(sizes)} populations"))
    _refuse_steps(scenario, sum(sizes.values()), f"{file}: ")


def _too_many_weights(key: str, weights: int, of: str) -> str:
    return f"{key}: found {weights:,} weights with {of}, allowed are {MAX_WEIGHTS:,} in all"


def _refuse_steps(scenario: Scenario, neurons: int, file: str) -> None:
    steps = scenario.network.steps
    if neurons * steps > MAX_NEURON_STEPS:
        raise ScenarioError(
            f"{file}network.steps: found {steps} with {neurons:,} neurons, allowed are {MAX_NEURON_STEPS:,} neuron steps in all"
        )
