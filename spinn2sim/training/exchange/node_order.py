"""Puts the nodes of a NIR graph in the order in which spikes pass them. A graph that is not a chain is refused."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.hdf5_reader import Tree

LINEAR, NEURONS = ("Linear", "Affine"), ("CubaLIF", "LIF")
# What a network needs in place of a node that is not supported.
REPLACEMENTS = {
    "AvgPool2d": "a Linear node with the same matrix",
    "Conv1d": "a Linear node with the same matrix",
    "Conv2d": "a Linear node with the same matrix",
    "CubaLI": "a CubaLIF node: the loss reads first spikes, not membranes",
    "Delay": "no delay: on the chip every spike acts one time step later",
    "Flatten": "data that are flat already",
    "I": "a LIF or CubaLIF node: the chip's neurons leak and fire",
    "IF": "a LIF or CubaLIF node: the chip's neurons leak",
    "LI": "a CubaLIF node: the loss reads first spikes, not membranes",
    "NIRGraph": "its nodes in the graph itself, none of them recurrent",
    "Scale": "a Linear node with its factors in the weights",
    "SumPool2d": "a Linear node with the same matrix",
    "Threshold": "a LIF or CubaLIF node, which has a threshold of its own",
}


def node_order(tree: Tree, path: Path) -> list[str]:
    """Return the names of the nodes: Input, (Linear or Affine, CubaLIF or LIF), ..., Output.

    Raises DataError that names a node if the graph is not such a chain.
    """
    nodes, kind = tree.get("nodes"), tree.get("type")
    if not isinstance(kind, str) or kind != "NIRGraph" or not isinstance(nodes, dict):
        raise DataError(f"{path}: found no NIRGraph in it, allowed is a NIR file of a graph")
    graph = _build_graph(tree, nodes, path)
    _refuse_cycle(graph, path)
    for name in nodes:
        _refuse_type(nodes, name, path)
    order = _follow_edges(graph, nodes, path)
    _refuse_order(order, nodes, path)
    return order


def node_type(nodes: Tree, name: str) -> str:
    """Return the type of a node, "" if the file names none."""
    node = nodes[name]
    found = node.get("type") if isinstance(node, dict) else None
    return found if isinstance(found, str) else ""


def _build_graph(tree: Tree, nodes: Tree, path: Path) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    edges = tree.get("edges")
    shape = getattr(edges, "shape", None)
    if edges is None or shape is None or len(shape) != 2 or shape[1] != 2 or edges.dtype.kind != "U":
        raise DataError(f"{path}: edges: found {shape or 'none'}, allowed are pairs of node names")
    for source, target in edges.tolist():
        for name in (source, target):
            if name not in nodes:
                raise DataError(f"{path}: edge {quoted(source)} to {quoted(target)}: there is no node {quoted(name)}")
        graph.add_edge(source, target)
    return graph


def _refuse_cycle(graph: nx.DiGraph, path: Path) -> None:
    try:
        cycle = [source for source, _ in nx.find_cycle(graph)]
    except nx.NetworkXNoCycle:
        return
    names = " to ".join(map(repr, [*cycle, cycle[0]]))
    raise DataError(f"{path}: found a cycle: {names}; allowed are feed-forward graphs, recurrence is not modelled")


def _refuse_type(nodes: Tree, name: str, path: Path) -> None:
    found = node_type(nodes, name)
    if found not in ("Input", "Output", *LINEAR, *NEURONS):
        needed = REPLACEMENTS.get(found, f"one of Input, {', '.join(LINEAR + NEURONS)}, Output")
        raise DataError(
            f"{path}: node {quoted(name)}: {found or 'a type that is not named'} is not supported; needed is {needed}"
        )


def _follow_edges(graph: nx.DiGraph, nodes: Tree, path: Path) -> list[str]:
    """Return the nodes from the Input node on. Raises DataError if the path branches or misses a node."""
    starts = [name for name in nodes if node_type(nodes, name) == "Input"]
    if len(starts) != 1:
        raise DataError(f"{path}: found {len(starts)} Input nodes, allowed is one")
    for name in nodes:
        for count, way in ((graph.in_degree(name), "into"), (graph.out_degree(name), "out of")):
            if count > 1:
                raise DataError(
                    f"{path}: node {quoted(name)}: found {count} edges {way} it, allowed is one: layers in a row"
                )
    order = starts
    while below := list(graph.successors(order[-1])):
        order.append(below[0])
    beside = [name for name in nodes if name not in order]
    if beside:
        raise DataError(f"{path}: node {quoted(beside[0])}: no way leads to it from {quoted(order[0])}")
    return order


def _refuse_order(order: list[str], nodes: Tree, path: Path) -> None:
    expected: tuple[str, ...] = LINEAR
    for name in order[1:-1]:
        found = node_type(nodes, name)
        if found not in expected:
            raise DataError(
                f"{path}: node {quoted(name)}: found {found} in this place, allowed is {' or '.join(expected)}"
            )
        expected = NEURONS if expected is LINEAR else LINEAR
    if node_type(nodes, order[-1]) != "Output" or expected is not LINEAR or len(order) < 4:
        last = order[-1]
        raise DataError(
            f"{path}: node {quoted(last)}: found {node_type(nodes, last)} as the end, allowed is Output after CubaLIF or LIF"
        )
