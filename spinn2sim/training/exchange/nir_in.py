"""Reads a NIR file as an ExchangedNetwork. An error names the node that is not supported.

The file is read by `hdf5_reader` and not with the package `nir`, which accepts any size and follows any link.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.hdf5_reader import Tree, read_tree
from spinn2sim.training.exchange.exchanged_network import SPIKES, ExchangedNetwork, Spikes
from spinn2sim.training.exchange.neurons import PopulationConstants, read_neurons, read_weight
from spinn2sim.training.exchange.node_order import node_order

GRAPH = "node"  # the name of the group that holds the graph
# Metadata that this simulator writes into a graph: the scenario, and whether a spike is a step or a Dirac impulse.
SCENARIO_KEY, SPIKES_KEY = "spinn2sim_scenario", "spinn2sim_spikes"

MOST_INPUTS = 2**16 - 1


@dataclass(frozen=True)
class NirGraph:
    """A NIR graph whose nodes have been checked for type and order; `network` checks their numbers."""

    path: Path
    nodes: Tree
    order: list[str]
    # The scenario that is stored in the file, as TOML.
    scenario: str | None
    spikes: Spikes
    # The time step that the file gives, if it gives one.
    dt_ms: float | None = None

    def network(self, spikes: Spikes, dt_ms: float) -> ExchangedNetwork:
        """Convert the graph to this simulator's neurons, for time steps of dt_ms. Raises DataError that names the node."""
        with np.errstate(all="ignore"):  # numbers that overflow are refused when all are known
            return self._network(spikes, dt_ms)

    def _network(self, spikes: Spikes, dt_ms: float) -> ExchangedNetwork:
        weights, populations = [], list[tuple[str, PopulationConstants]]()
        width = _width(self.nodes, self.order[0], self.path)
        for linear, neurons in zip(self.order[1:-1:2], self.order[2:-1:2], strict=True):
            where = f"{self.path}: node {quoted(linear)}"
            matrix = read_weight(self.nodes[linear], where)
            if matrix.shape[1] != width:
                raise DataError(f"{where}: weight: found {matrix.shape[1]} inputs, the node before it has {width}")
            width, where = matrix.shape[0], f"{self.path}: node {quoted(neurons)}"
            weights.append(matrix)
            populations.append((where, read_neurons(self.nodes[neurons], width, spikes, dt_ms, where)))
        return _merge_populations(weights, populations, self.path)


def read_graph(path: Path) -> NirGraph:
    """Read the graph of a NIR file. Raises DataError if it is not NIR or too large, has a cycle, or a node that is not supported."""
    graph, refusal = read_any_graph(path)
    if refusal is not None:
        raise refusal
    return graph


def read_any_graph(path: Path) -> tuple[NirGraph, DataError | None]:
    """Read the graph of a NIR file, and why it is no chain of layers: then its `order` is empty. Raises DataError if it is not NIR."""
    tree = read_tree(path, [GRAPH], "a NIR file")[GRAPH]
    if not isinstance(tree, dict) or not isinstance(tree.get("nodes"), dict):
        raise DataError(f"{path}: found no NIRGraph in it, allowed is a NIR file of a graph")
    order, refusal = list[str](), None
    try:
        order = node_order(tree, path)
    except DataError as error:
        refusal = error
    metadata = tree.get("metadata", {})
    if not isinstance(metadata, dict):
        raise DataError(f"{path}: metadata: found a value, allowed is a group")
    scenario, spikes = metadata.get(SCENARIO_KEY), metadata.get(SPIKES_KEY, SPIKES[0])
    if not isinstance(scenario, str | None):
        raise DataError(f"{path}: metadata {SCENARIO_KEY}: found no text, allowed is a scenario in TOML")
    if not isinstance(spikes, str) or spikes not in SPIKES:
        raise DataError(f"{path}: metadata {SPIKES_KEY}: found {quoted(spikes)}, allowed is {' or '.join(SPIKES)}")
    return NirGraph(path, tree["nodes"], order, scenario, spikes, _time_step(metadata.get("dt"), path)), refusal


def _time_step(seconds: object, path: Path) -> float | None:
    """Convert the time step in the metadata to ms, None if there is none. Raises DataError if it is not a positive number."""
    if seconds is None:
        return None
    found = np.asarray(seconds)
    if found.size != 1 or found.dtype.kind not in "iuf" or not np.isfinite(found).all() or found.item() <= 0:
        raise DataError(f"{path}: metadata dt: found {quoted(seconds)}, allowed is one time in s above 0")
    return float(f"{found.item() * 1000:.12g}" if found.dtype != np.float32 else f"{found.item() * 1000:.7g}")


def _width(nodes: Tree, name: str, path: Path) -> int:
    shape = np.ravel(nodes[name].get("shape", np.zeros(0)))
    if shape.size != 1 or shape.dtype.kind not in "iuf" or not 1 <= shape[0] <= MOST_INPUTS:
        found = quoted(shape)
        raise DataError(
            f"{path}: node {quoted(name)}: found shape {found}, allowed is a number of inputs, 1 to {MOST_INPUTS}"
        )
    return int(shape[0])


def _merge_populations(
    weights: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    populations: list[tuple[str, PopulationConstants]],
    path: Path,
) -> ExchangedNetwork:
    """Give all populations one set of constants. If thresholds differ, they become 1, and each neuron's weights are divided by its own.

    Raises DataError if the time constants differ, or if numbers are beyond float64.
    """
    _, first = populations[0]
    for where, population in populations[1:]:
        for key in ("tau_mem_ms", "tau_syn_ms"):
            if getattr(population, key) != getattr(first, key):
                raise DataError(
                    f"{where}: {key}: found {getattr(population, key):g}, the first layer has {getattr(first, key):g}; "
                    "needed is one for all"
                )
    thresholds = np.concatenate([population.threshold for _, population in populations])
    threshold = float(thresholds[0]) if np.all(thresholds == thresholds[0]) else 1.0
    scaled = [
        matrix * (population.factor * (threshold / population.threshold))[:, None]
        for matrix, (_, population) in zip(weights, populations, strict=True)
    ]
    if not np.isfinite(threshold) or not all(np.isfinite(matrix).all() for matrix in scaled):
        raise DataError(
            f"{path}: found numbers whose products are beyond float64, allowed are smaller weights, factors and thresholds"
        )
    return ExchangedNetwork(scaled, first.tau_mem_ms, first.tau_syn_ms, threshold)
