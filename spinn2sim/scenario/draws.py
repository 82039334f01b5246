"""What is drawn from a scenario's seed: the initial weights and delays, and the order of the samples in each epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.scenario.entries import entry_name
from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.graph_of_scenario import declared_order
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import DeclaredProjection
from spinn2sim.seeds import generator


def initial_weights(scenario: Scenario, graph: Graph) -> list[NDArray[np.float64]]:
    """Draw weights_0, weights_1, ..., (n_post, n_pre) each, from normal distributions with the means and standard deviations of `init`.

    The weights are not rounded; those of synapses that do not exist are 0. Raises ScenarioError if one is outside the weight format.
    """
    if not scenario.is_graph:
        numbers = scenario.network.init or ()
        if isinstance(numbers, str):
            raise ScenarioError('network.init: found "auto" without samples, allowed are numbers')
        pairs: list[tuple[int, float | tuple[float, float]]] = list(enumerate(numbers))
        weights = [_weights(scenario, k, init, graph.shape(k)) for k, init in pairs]
        refuse_weights(scenario, weights, "network.init")
        return weights
    declared, order = scenario.projection or (), declared_order(scenario)
    weights = [_weights(scenario, k, declared[k].init, graph.shape(q)) for q, k in enumerate(order)]
    for matrix, projection in zip(weights, graph.projections, strict=True):
        if projection.exists is not None:
            matrix[~projection.exists] = 0.0
    refuse_weights(scenario, weights, "init", [entry_name("projection", k, vars(declared[k])) for k in order])
    return weights


def _weights(
    scenario: Scenario, k: int, init: float | tuple[float, float], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Draw the weights of the projection that is declared at position k."""
    mean, deviation = (init, 0.0) if isinstance(init, float | int) else init
    return generator(scenario.seed, "weights", k).normal(mean, deviation, shape)


def initial_delays(scenario: Scenario, graph: Graph) -> list[NDArray[np.float64] | None]:
    """Draw delays_0, delays_1, ... in whole steps, (n_post, n_pre) each; None for a projection without delays.

    With learn = "axonal", all synapses of a source neuron have the same delay. Those that do not exist have 0.
    """
    declared = scenario.projection or ()
    delays: list[NDArray[np.float64] | None] = [None] * len(graph.projections)
    for q, k in enumerate(declared_order(scenario)):
        if graph.projections[q].delay_max:
            delays[q] = _delays(scenario, k, declared[k], graph, q)
    return delays


def _delays(scenario: Scenario, k: int, declared: DeclaredProjection, graph: Graph, q: int) -> NDArray[np.float64]:
    low, high = declared.delay_bounds
    shape, exists = graph.shape(q), graph.projections[q].exists
    drawn = generator(scenario.seed, "delays", k).integers(
        low, high, (1, shape[1]) if declared.learn == "axonal" else shape, endpoint=True
    )
    delays = np.broadcast_to(drawn, shape).astype(np.float64)
    if exists is not None:
        delays[~exists] = 0.0
    return delays


def epoch_order(seed: int, epoch: int, n: int) -> NDArray[np.int64]:
    """Draw the order in which epoch 1, 2, ... takes the n training samples, as a permutation."""
    return generator(seed, "order", epoch).permutation(n).astype(np.int64)
