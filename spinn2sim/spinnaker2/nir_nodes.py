"""The nodes and edges of a NIR graph without nested graphs, as a conversion needs them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

from spinn2sim.errors import NotModelledError, ScriptError
from spinn2sim.training.exchange.flat_graph import FlatGraph as FlatGraph
from spinn2sim.training.exchange.flat_graph import flatten

NEURONS, WEIGHTS = ("LIF", "IF", "CubaLIF"), ("Linear", "Affine", "Conv2d")
# Nodes that change the shape or the order of what passes, and are merged into the projection behind them.
MERGED = ("Flatten", "SumPool2d")
SUPPORTED = ("Input", "Output", *NEURONS, *WEIGHTS, *MERGED, "Delay", "NIRGraph")


class HardwareConstraintError(ScriptError):
    """A graph has a structure that the chip cannot run."""


class UnsupportedNodeError(NotModelledError, NotImplementedError):
    """A graph has a node, or a node a parameter, that there is not."""


def flatten_graph(graph: Any) -> FlatGraph:
    """Flatten nested graphs. Raises UnsupportedNodeError for other nodes, HardwareConstraintError for a cycle without neurons."""
    flat = flatten(graph)
    for name in flat.nodes:
        kind = flat.kind(name)
        if kind not in SUPPORTED:
            raise UnsupportedNodeError(f"node {name}: {kind} is not supported; there are {', '.join(SUPPORTED)}")
    _refuse_cycle(flat)
    return flat


def _refuse_cycle(flat: FlatGraph) -> None:
    """Raise HardwareConstraintError for a cycle of nodes that are merged into weights: no neurons are on it."""
    before = {
        name: [b for b in flat.before(name) if flat.kind(b) in MERGED]
        for name in flat.nodes
        if flat.kind(name) in MERGED
    }
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        names = " to ".join(reversed(error.args[1]))
        raise HardwareConstraintError(
            f"nodes {names}: found a cycle without neurons, allowed are cycles with neurons"
        ) from None
