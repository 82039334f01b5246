"""A NIR file as a Model, refused by the name of the node that does not fit; it writes nothing.

The file is read with h5py and no class of `nir` is built from it: that package takes any size and follows any link.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinn2sim.errors import DataError
from spinn2sim.training.exchange.hdf5 import Tree, read_tree
from spinn2sim.training.exchange.model import SPIKES, Model, Spikes
from spinn2sim.training.exchange.neurons import Neurons, neurons_of, weight_of
from spinn2sim.training.exchange.node_order import chain

SCENARIO, CONVENTION = (
    "spinn2sim_scenario",
    "spinn2sim_spikes",
)  # in the graph's metadata, where this simulator wrote it


@dataclass(frozen=True)
class Graph:
    """A NIR graph that has the right nodes; its numbers are not looked at yet."""

    path: Path
    nodes: Tree
    order: list[str]
    scenario: str | None  # TOML
    spikes: Spikes

    def model(self, spikes: Spikes, dt_ms: float) -> Model:
        """The graph in this simulator's terms, for steps of dt_ms. Raises DataError by node name."""
        weights, layers = [], list[tuple[str, Neurons]]()
        width = _width(self.nodes, self.order[0], self.path)
        for linear, neurons in zip(self.order[1:-1:2], self.order[2:-1:2], strict=True):
            where = f"{self.path}: node {linear!r}"
            matrix = weight_of(self.nodes[linear], where)
            if matrix.shape[1] != width:
                raise DataError(f"{where}: weight: found {matrix.shape[1]} inputs, the node before it has {width}")
            width, where = matrix.shape[0], f"{self.path}: node {neurons!r}"
            weights.append(matrix)
            layers.append((where, neurons_of(self.nodes[neurons], width, spikes, dt_ms, where)))
        return _joined(weights, layers)


def read_graph(path: Path) -> Graph:
    """A NIR file's graph. Raises DataError: not NIR, too large, a cycle, a node that is not supported."""
    tree = read_tree(path, "node")
    order = chain(tree, path)
    metadata = tree.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    scenario, spikes = known.get(SCENARIO), known.get(CONVENTION)
    return Graph(
        path, tree["nodes"], order, scenario if isinstance(scenario, str) else None,
        spikes if spikes in SPIKES else SPIKES[0],
    )  # fmt: skip


def _width(nodes: Tree, name: str, path: Path) -> int:
    shape = np.ravel(nodes[name].get("shape", np.zeros(0)))
    if shape.size != 1 or shape.dtype.kind not in "iuf":
        raise DataError(f"{path}: node {name!r}: found shape {shape.tolist()}, allowed is one number of inputs")
    return int(shape[0])


def _joined(
    weights: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], layers: list[tuple[str, Neurons]]
) -> Model:
    """One set of constants for all layers; thresholds that differ become 1, the weights of their neurons by as much smaller."""
    _, first = layers[0]
    for where, layer in layers[1:]:
        for key in ("tau_mem_ms", "tau_syn_ms"):
            if getattr(layer, key) != getattr(first, key):
                raise DataError(
                    f"{where}: {key}: found {getattr(layer, key):g}, the first layer has {getattr(first, key):g}; needed is one for all"
                )
    thresholds = np.concatenate([layer.threshold for _, layer in layers])
    threshold = float(thresholds[0]) if np.all(thresholds == thresholds[0]) else 1.0
    scaled = [
        matrix * (layer.factor * (threshold / layer.threshold))[:, None]
        for matrix, (_, layer) in zip(weights, layers, strict=True)
    ]
    return Model(scaled, first.tau_mem_ms, first.tau_syn_ms, threshold)
