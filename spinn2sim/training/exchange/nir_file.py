"""Reads NIR files, which anyone may have made, as graphs for `s2_nir.from_nir`; the package `nir` is not needed.

The file is read by `hdf5_reader` and not with the package `nir`, which accepts any size and follows any link, and refuses files of its
older versions. A refusal names the node.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, how_to_install, quoted
from spinn2sim.files.hdf5_reader import Tree, read_tree

GRAPH = "node"  # the name of the group that holds the graph
MOST_DEPTH = 20
# What a node of a kind must have, and what it may leave out with what is taken then.
NEEDED: dict[str, tuple[str, ...]] = {
    "Input": ("shape",), "Output": (), "Linear": ("weight",), "Affine": ("weight",), "Conv2d": ("weight",), "Delay": ("delay",),
    "LIF": ("tau", "r", "v_leak", "v_threshold"), "IF": ("r", "v_threshold"),
    "CubaLIF": ("tau_mem", "tau_syn", "r", "v_leak", "v_threshold"), "SumPool2d": ("kernel_size", "stride"), "Flatten": (),
}  # fmt: skip
LEFT_OUT: dict[str, dict[str, Any]] = {
    "Affine": {"bias": 0.0}, "LIF": {"v_reset": 0.0}, "IF": {"v_reset": 0.0}, "CubaLIF": {"v_reset": 0.0, "w_in": 1.0},
    "Conv2d": {"bias": 0.0, "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "input_shape": None},
    "SumPool2d": {"padding": 0}, "Flatten": {"start_dim": 0, "end_dim": -1}, "Output": {"shape": None},
}  # fmt: skip
POSITIVE = ("tau", "tau_mem", "tau_syn")
TEXT_ALLOWED = ("padding",)
# Fields that no conversion reads.
IGNORED = ("type", "metadata", "name", "version", "input_type", "output_type", "shape")


class NirNode:
    """A node of a graph, with the attributes that a node of the package `nir` has; its class has the name of its kind."""

    input_type: Any
    output_type: Any

    def __init__(self, fields: dict[str, Any]) -> None:
        vars(self).update(fields)


def read_nir(path: Path | str) -> Any:
    """Read the graph of a NIR file. Raises DataError, which names the node, for a file that cannot be used, or without h5py."""
    try:
        tree = read_tree(Path(path), [GRAPH], "a NIR file")[GRAPH]
    except ModuleNotFoundError as error:
        raise DataError(f"{path}: {error.name} is not installed; NIR files need it: {how_to_install('nir')}") from None
    return _graph(tree, str(path), 0)


def metadata_of(graph: Any) -> dict[str, Any]:
    """Return the metadata of a graph that `read_nir` read."""
    return dict(graph.metadata)


def _graph(tree: object, where: str, depth: int) -> Any:
    if not isinstance(tree, dict) or not isinstance(tree.get("nodes"), dict) or _type(tree) != "NIRGraph":
        raise DataError(f"{where}: found no NIRGraph in it, allowed is a NIR file of a graph")
    if depth > MOST_DEPTH:
        raise DataError(f"{where}: found graphs in graphs, more than {MOST_DEPTH} deep")
    nodes = {name: _node(node, f"{where}: node {quoted(name)}", depth) for name, node in tree["nodes"].items()}
    if not nodes:
        raise DataError(f"{where}: found a graph without nodes, allowed are one or more")
    metadata = tree.get("metadata", {})
    if not isinstance(metadata, dict):
        raise DataError(f"{where}: metadata: found a value, allowed is a group")
    edges = _edges(tree.get("edges"), nodes, where)
    return _made("NIRGraph", {"nodes": nodes, "edges": edges, "metadata": metadata})


def _type(node: object) -> str | None:
    """Return the kind of node that a group says it is; None if it says nothing that is a text."""
    kind = node.get("type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else None


def _edges(found: Any, nodes: dict[str, Any], where: str) -> list[tuple[str, str]]:
    """Return the edges. Raises DataError for anything but pairs of names of nodes."""
    shape = getattr(found, "shape", None)
    if shape is None or len(shape) != 2 or shape[1] != 2 or found.dtype.kind != "U":
        raise DataError(f"{where}: edges: found {shape or 'none'}, allowed are pairs of node names")
    edges = [(str(a), str(b)) for a, b in found.tolist()]
    for source, target in edges:
        for name in (source, target):
            if name not in nodes:
                raise DataError(f"{where}: edge {quoted(source)} to {quoted(target)}: there is no node {quoted(name)}")
    return edges


def _node(node: Tree, where: str, depth: int) -> Any:
    kind = _type(node)
    if kind is None:
        raise DataError(f"{where}: found no type, allowed is a node of NIR")
    if kind == "NIRGraph":
        return _graph(node, where, depth + 1)
    fields: dict[str, Any] = {"input_type": {"input": None}, "output_type": {"output": None}, "kind": kind}
    if kind not in NEEDED:  # what is done with it is up to the conversion, which refuses it by name
        return _made(kind if kind.isidentifier() else "Node", fields)
    given = {**LEFT_OUT.get(kind, {}), **{name: node[name] for name in NEEDED[kind] if name in node}}
    given |= {name: node[name] for name in LEFT_OUT.get(kind, {}) if name in node}
    missing = [name for name in NEEDED[kind] if name not in given]
    if missing:
        raise DataError(f"{where}: {missing[0]} is missing, which {kind} needs")
    fields |= {name: value if value is None else _numbers(value, name, where) for name, value in given.items()}
    if kind in ("Input", "Output"):
        shape = None if fields["shape"] is None else _shape(fields["shape"], where)
        fields |= {"input_type": {"input": shape}, "output_type": {"output": shape}}
    _refuse_weights(kind, fields, where)
    return _made(kind, fields)


def _numbers(value: Any, name: str, where: str) -> Any:
    """Return an array of finite numbers, or a text where one is allowed. Raises DataError."""
    if isinstance(value, str) and name in TEXT_ALLOWED:
        return value
    if isinstance(value, str | dict) or np.asarray(value).dtype.kind not in "biuf" or np.size(value) == 0:
        raise DataError(f"{where}: {name}: found {quoted(value)}, allowed are numbers")
    found: NDArray[Any] = np.asarray(value)
    if not np.isfinite(found).all():
        raise DataError(f"{where}: {name}: found {found[~np.isfinite(found)].flat[0]}, allowed are finite numbers")
    if name in POSITIVE and (found <= 0).any():
        raise DataError(f"{where}: {name}: found {float(found.min()):g} s, allowed are times above 0")
    if name in ("r", "w_in") and (found == 0).any():
        raise DataError(f"{where}: {name}: found 0, allowed are other numbers")
    return found


def _shape(found: NDArray[Any], where: str) -> NDArray[np.int64]:
    shape = np.ravel(found)
    if (shape < 1).any() or (shape != np.rint(shape)).any() or float(np.prod(shape.astype(np.float64))) > 1 << 18:
        raise DataError(f"{where}: shape: found {quoted(found)}, allowed are whole numbers, of 1 to {1 << 18} neurons")
    return shape.astype(np.int64)


def _refuse_weights(kind: str, fields: dict[str, Any], where: str) -> None:
    dimensions = {"Linear": 2, "Affine": 2, "Conv2d": 4}.get(kind)
    if dimensions is not None and fields["weight"].ndim != dimensions:
        raise DataError(f"{where}: weight: found shape {fields['weight'].shape}, allowed are {dimensions} dimensions")


def _made(kind: str, fields: dict[str, Any]) -> NirNode:
    made: NirNode = type(kind, (NirNode,), {})(fields)
    return made
