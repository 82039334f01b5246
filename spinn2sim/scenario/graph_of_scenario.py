"""Builds the graph of a scenario for its data: sizes, time constants, synapses. What is drawn comes from the scenario's seed.

In the long form, entries are counted from 0 in the order in which they are declared; the graph sorts projections by the population that
they lead to. So that names of random generators do not depend on this order, they have the declared position.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph, Population, Projection, chain
from spinn2sim.scenario.entries import entry_name
from spinn2sim.scenario.fixed_point_limits import NeuronTimes, refuse_times
from spinn2sim.scenario.graph_checks import output_of
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import DeclaredPopulation, DeclaredProjection, Distribution
from spinn2sim.scenario.size_limits import refuse_sizes
from spinn2sim.seeds import generator


def graph_of_scenario(scenario: Scenario, n_inputs: int, n_classes: int) -> Graph:
    """Return the graph of a checked scenario whose data have `n_inputs` input neurons and `n_classes` classes.

    Raises ScenarioError for sizes other than those of the data, and for a draw that cannot be used.
    """
    network = scenario.network
    if not scenario.is_graph:
        sizes = (n_inputs, *(network.hidden or ()), n_classes)
        graph = chain(
            sizes, scenario.has_readout, network.tau_mem_ms, network.tau_syn_ms, network.refractory_steps or 0
        )
        refuse_sizes(scenario, graph)
        return graph
    declared, output = scenario.population or (), output_of(scenario)
    assert output is not None  # noqa: S101 - checked with the scenario
    _refuse_other_sizes(scenario, output, n_inputs, n_classes)
    populations = tuple(_population(scenario, k, k == output) for k in range(len(declared)))
    at = _positions(scenario)
    projections = tuple(_projection(scenario, k, at) for k in declared_order(scenario))
    return Graph(populations, projections, output)


def declared_order(scenario: Scenario) -> list[int]:
    """Return the declared position of each projection of the graph: weights_k are those of [[projection]] number declared_order[k]."""
    at = _positions(scenario)
    projections = scenario.projection or ()
    return sorted(range(len(projections)), key=lambda k: at[projections[k].post])


def _positions(scenario: Scenario) -> dict[str, int]:
    return {population.name: k for k, population in enumerate(scenario.population or ())}


def _refuse_other_sizes(scenario: Scenario, output: int, n_inputs: int, n_classes: int) -> None:
    declared = scenario.population or ()
    inputs = [k for k, population in enumerate(declared) if population.kind == "input"]
    found = sum(declared[k].size for k in inputs)
    if found != n_inputs:
        named = entry_name("population", inputs[0], vars(declared[inputs[0]]))
        where = named if len(inputs) == 1 else f"populations of kind input ({len(inputs)})"
        raise ScenarioError(f"{where}: size: found {found} inputs, allowed are the {n_inputs} of the data")
    if declared[output].size != n_classes:
        where = entry_name("population", output, vars(declared[output]))
        raise ScenarioError(
            f"{where}: size: found {declared[output].size} outputs, allowed are the {n_classes} classes of the data"
        )


def _population(scenario: Scenario, index: int, output: bool) -> Population:
    declared = (scenario.population or ())[index]
    if declared.kind == "input":
        return Population(declared.name, declared.size, "input")
    network = scenario.network
    mem = _times(scenario, index, declared, "tau_mem_ms", network.tau_mem_ms)
    syn = _times(scenario, index, declared, "tau_syn_ms", network.tau_syn_ms)
    where = f"{entry_name('population', index, vars(declared))}: "
    refuse_times(scenario, NeuronTimes(where, np.atleast_1d(mem), np.atleast_1d(syn), output), "")
    rest = network.refractory_steps if declared.refractory_steps is None else declared.refractory_steps
    return Population(declared.name, declared.size, declared.kind, mem, syn, (rest or 0) * (declared.kind == "lif"))


def _times(
    scenario: Scenario, index: int, declared: DeclaredPopulation, key: str, default: float
) -> float | tuple[float, ...]:
    """Return a time constant in ms: one number, or a draw for each neuron. Raises ScenarioError for a draw that is not positive."""
    value = getattr(declared, key)
    if not isinstance(value, Distribution):
        return default if value is None else float(value)
    drawn = _draw(generator(scenario.seed, key, index), value, declared.size)
    wrong = np.flatnonzero(~(np.isfinite(drawn) & (drawn > 0)))
    if len(wrong):
        where = entry_name("population", index, vars(declared))
        raise ScenarioError(
            f"{where}: {key}: neuron {wrong[0]} drew {drawn[wrong[0]]:g} ms, allowed are positive times: "
            'lower std, or distribution = "lognormal"'
        )
    return tuple(drawn.tolist())


def _draw(random: np.random.Generator, drawn: Distribution, size: int) -> NDArray[np.float64]:
    if drawn.distribution == "uniform":
        return random.uniform(drawn.low or 0.0, drawn.high or 0.0, size)
    mean, std = drawn.mean or 0.0, drawn.std or 0.0
    if drawn.distribution == "normal":
        return random.normal(mean, std, size)
    # The logarithm has the variance ln(1 + (std / mean)^2), and a mean of which the values have theirs.
    variance = math.log1p((std / mean) ** 2)
    return random.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), size)


def _projection(scenario: Scenario, index: int, at: Mapping[str, int]) -> Projection:
    declared = (scenario.projection or ())[index]
    pre, post = at[declared.pre], at[declared.post]
    exists = _draw_synapses(scenario, index, declared, (post, pre))
    return Projection(pre, post, declared.learn, declared.most_delay, exists)


def _draw_synapses(
    scenario: Scenario, index: int, declared: DeclaredProjection, ends: tuple[int, int]
) -> NDArray[np.bool_] | None:
    """Draw which synapses exist, (n_post, n_pre); None if all do. Raises ScenarioError if none does."""
    if declared.density == 1:
        return None
    populations = scenario.population or ()
    shape = (populations[ends[0]].size, populations[ends[1]].size)
    exists: NDArray[np.bool_] = generator(scenario.seed, "synapses", index).random(shape) < declared.density
    if not exists.any():
        where = entry_name("projection", index, vars(declared))
        raise ScenarioError(
            f"{where}: density: found {declared.density:g}, which drew none of {exists.size:,} synapses; raise it"
        )
    return exists
