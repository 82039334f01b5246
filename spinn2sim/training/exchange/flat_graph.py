"""The nodes and edges of a NIR graph without nested graphs."""

from __future__ import annotations

from typing import Any, NamedTuple


class FlatGraph(NamedTuple):
    """Nodes by name, in the order of the graph, and edges between names; those of nested graphs have names with dots."""

    nodes: dict[str, Any]
    edges: list[tuple[str, str]]

    def kind(self, name: str) -> str:
        """Return the type of a node, such as "LIF"."""
        return type(self.nodes[name]).__name__

    def before(self, name: str) -> list[str]:
        """Return the nodes with an edge to a node."""
        return [source for source, target in self.edges if target == name]

    def behind(self, name: str) -> list[str]:
        """Return the nodes with an edge from a node."""
        return [target for source, target in self.edges if source == name]


def flatten(graph: Any) -> FlatGraph:
    """Flatten nested graphs: an edge to a nested graph leads to what its input leads to. Names of what is in them have dots."""
    nodes, edges, inner = _gather(graph, "")
    for name in inner:
        before = [source for source, target in edges if target == name and source != name]
        behind = [target for source, target in edges if source == name and target != name]
        edges = [edge for edge in edges if name not in edge] + [(a, b) for a in before for b in behind]
        del nodes[name]
    return FlatGraph(nodes, list(dict.fromkeys(edges)))


def _gather(graph: Any, prefix: str) -> tuple[dict[str, Any], list[tuple[str, str]], list[str]]:
    """Collect the nodes and edges of a graph and of those in it, and the names of inputs and outputs that only pass on."""
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    passing: list[str] = []
    entry: dict[str, list[str]] = {}
    leave: dict[str, list[str]] = {}
    for name, node in graph.nodes.items():
        whole = f"{prefix}{name}"
        if type(node).__name__ != "NIRGraph":
            nodes[whole] = node
            continue
        inside, ways, deeper = _gather(node, f"{whole}.")
        own = {n: type(inside[n]).__name__ for n in (f"{whole}.{key}" for key in node.nodes) if n in inside}
        entry[whole] = [n for n, kind in own.items() if kind == "Input"]
        leave[whole] = [n for n, kind in own.items() if kind == "Output"]
        nodes |= inside
        edges += ways
        passing += [*deeper, *entry[whole], *leave[whole]]
    for source, target in graph.edges:
        a, b = f"{prefix}{source}", f"{prefix}{target}"
        edges += [(x, y) for x in leave.get(a, [a]) for y in entry.get(b, [b])]
    return nodes, edges, passing
