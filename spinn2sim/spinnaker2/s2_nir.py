"""Converts NIR graphs to networks of scripts: LIF, IF and CubaLIF nodes to populations, weights between them to projections."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.spinnaker2.ann2snn_helpers import connection_list_for_sumpool2d
from spinn2sim.spinnaker2.model_table import MODELS
from spinn2sim.spinnaker2.nir_nodes import MERGED, NEURONS, WEIGHTS, FlatGraph, flatten_graph
from spinn2sim.spinnaker2.notices import notice
from spinn2sim.spinnaker2.snn import Network, Population, Projection

MOST_WEIGHT = MODELS["lif_no_delay"].most_weight
# A time step of more than this share of a time constant is worth a notice.
LARGE_STEP = 0.2
Array = NDArray[Any]


class HardwareConstraintError(ScriptError):
    """A graph has a structure that the chip cannot run."""


class IntegratorMethod(Enum):
    """How a step of a differential equation is made: p = 1 - exp(-dt / tau), or p = dt / tau."""

    EXPONENTIAL = "exponential"
    FORWARD = "forward"


class ResetMethod(Enum):
    """What a spike does to the voltage: it loses the threshold, or becomes 0."""

    SUBTRACT = "subtract"
    ZERO = "zero"


@dataclass
class ConversionConfig:
    """How a graph is converted. `dt` is the length of a tick in the graph's unit of time, seconds in most files."""

    dt: float = 1.0
    output_record: list[str] = field(default_factory=lambda: ["spikes"])
    conn_delay: int = 1
    scale_weights: bool = False
    integrator: IntegratorMethod = IntegratorMethod.EXPONENTIAL
    reset: ResetMethod = ResetMethod.SUBTRACT

    def share(self, tau: Array, what: str) -> Array:
        """Return the share p of a time constant that a tick makes."""
        if (self.dt > LARGE_STEP * tau).any():
            notice(
                f"{what}: a tick of {self.dt:g} is large against the shortest time constant, {float(np.min(tau)):g} (dt)"
            )
        if self.integrator is IntegratorMethod.FORWARD:
            return np.asarray(self.dt / tau)
        return np.asarray(1 - np.exp(-self.dt / tau))


def from_nir(graph: Any, config: ConversionConfig | None = None) -> tuple[Network, list[Population], list[Population]]:
    """Convert a nir.NIRGraph. Returns the network, its input populations, and the populations with an edge to an output.

    Raises HardwareConstraintError (a ValueError) for two weight nodes in a row, NotImplementedError for a node that is not supported.
    """
    config = ConversionConfig() if config is None else config
    flat = flatten_graph(graph)
    net = Network("nir")
    made: dict[str, Population] = {}
    for name in flat.nodes:
        if flat.kind(name) in ("Input", *NEURONS):
            made[name] = _population(flat, name, config)
            net.add(made[name])
    for name in flat.nodes:
        if flat.kind(name) in WEIGHTS:
            net.add(*_projections(flat, name, made, config))
    net.add(*_direct(flat, made, config))
    outputs = [made[name] for name in made if any(flat.kind(n) == "Output" for n in flat.behind(name))]
    return net, [made[name] for name in made if flat.kind(name) == "Input"], outputs


def _population(flat: FlatGraph, name: str, config: ConversionConfig) -> Population:
    """Make the population of an input or of a node of neurons."""
    node, kind = flat.nodes[name], flat.kind(name)
    ends = any(flat.kind(behind) == "Output" for behind in flat.behind(name))
    record = list(config.output_record) if ends else []
    if kind == "Input":
        size = int(np.prod(np.asarray(node.input_type["input"])))
        return Population(size, "spike_list", {}, name, [what for what in record if what == "spikes"])
    weights = [flat.nodes[w] for w in flat.before(name) if flat.kind(w) in WEIGHTS]
    size = int(np.asarray(weights[0].weight).shape[0]) if weights else int(np.size(node.v_threshold))
    biases = [np.asarray(w.bias) for w in weights if type(w).__name__ == "Affine"]
    w_scale = _weight_scale(weights) if config.scale_weights else 1.0
    bias = sum(biases[1:], biases[0]) * w_scale if biases else 0.0
    model, params, v_scale = _parameters(node, kind, config, (w_scale, bias, name))
    if np.any(np.asarray(getattr(node, "v_reset", None) if getattr(node, "v_reset", None) is not None else 0) != 0):
        notice(f"node {name}: v_reset of the file is not 0 and is ignored: ConversionConfig.reset decides")
    reset = "reset_by_subtraction" if config.reset is ResetMethod.SUBTRACT else "reset_to_v_reset"
    values = {key: np.broadcast_to(np.ravel(value), size).copy() for key, value in params.items()}
    population = Population(size, model, {**values, "v_init": 0.0, "v_reset": 0.0, "reset": reset}, name, record)
    population.nir_v_scale = np.broadcast_to(np.ravel(v_scale), size).copy()
    population.nir_w_scale = w_scale
    return population


def _weight_scale(weights: list[Any]) -> float:
    """Return the factor that makes the largest weight 127."""
    largest = max((float(np.abs(np.asarray(w.weight)).max(initial=0)) for w in weights), default=0.0)
    return MOST_WEIGHT / largest if largest else 1.0


def _parameters(
    node: Any, kind: str, config: ConversionConfig, scale: tuple[float, Any, str]
) -> tuple[str, dict[str, Array], Array]:
    """Return the model, its parameters, and the factor from the node's voltages to the chip's; in the precision of the file."""
    w_scale, bias, name = scale
    r, threshold = np.asarray(node.r), np.asarray(node.v_threshold)
    if kind == "IF":
        v_scale = w_scale / r
        return (
            "lif_no_delay",
            {"alpha_decay": np.ones(1), "threshold": threshold * v_scale, "i_offset": bias + 0 * r},
            v_scale,
        )
    leak = np.asarray(node.v_leak)
    if kind == "LIF":
        share = config.share(np.asarray(node.tau), f"node {name}")
        v_scale = w_scale / (share * r)
        offset = share * leak * v_scale + bias
        return "lif_no_delay", {"alpha_decay": 1 - share, "threshold": threshold * v_scale, "i_offset": offset}, v_scale
    membrane = config.share(np.asarray(node.tau_mem), f"node {name}")
    synapse = config.share(np.asarray(node.tau_syn), f"node {name}")
    v_scale = w_scale / (membrane * r * synapse * np.asarray(node.w_in))
    params = {
        "alpha_decay": 1 - membrane,
        "threshold": threshold * v_scale,
        "i_offset": membrane * leak * v_scale + bias / synapse,
        "exc_decay": 1 - synapse,
        "inh_decay": 1 - synapse,
        "t_refrac": np.zeros(1),
    }
    return "lif_curr_exp_no_delay", params, v_scale


def _projections(flat: FlatGraph, name: str, made: dict[str, Population], config: ConversionConfig) -> list[Projection]:
    """Make the projections of a weight node: from each population before it, through nodes that are merged, to each behind it."""
    targets = flat.behind(name)
    for target in targets:
        if flat.kind(target) in (*WEIGHTS, *MERGED):
            raise HardwareConstraintError(
                f"node {name}: found {flat.kind(target)} {target} behind {flat.kind(name)}, allowed are neurons between weights"
            )
        if target not in made:
            raise HardwareConstraintError(f"node {name}: found {flat.kind(target)} behind it, allowed are neurons")
    weight = np.asarray(flat.nodes[name].weight)
    found = []
    for source, merged in _sources(flat, name):
        for target in targets:
            matrix = weight.reshape(weight.shape[0], -1).T * made[target].nir_w_scale
            for node in merged:
                matrix = _pooled(flat.nodes[node], matrix) if flat.kind(node) == "SumPool2d" else matrix
            found.append(_dense(made[source], made[target], matrix, config.conn_delay, name))
    return found


def _sources(flat: FlatGraph, name: str) -> list[tuple[str, list[str]]]:
    """Return the populations before a node, each with the merged nodes on the way, nearest to the weights first."""
    found: list[tuple[str, list[str]]] = []
    for before in flat.before(name):
        if flat.kind(before) in WEIGHTS:
            raise HardwareConstraintError(
                f"node {name}: found {flat.kind(before)} {before} before it, allowed are neurons between weights"
            )
        if flat.kind(before) in MERGED:
            found += [(source, [before, *merged]) for source, merged in _sources(flat, before)]
        else:
            found.append((before, []))
    return found


def _pooled(node: Any, matrix: Array) -> Array:
    """Return weights from the neurons before a pooling node to those behind weights `matrix` from its sums."""
    shape = tuple(int(n) for n in np.asarray(node.input_type["input"]))
    rows, _ = connection_list_for_sumpool2d(
        (shape[0], shape[1], shape[2]), node.stride, node.kernel_size, node.padding, 0
    )
    sums = np.zeros((int(np.prod(shape)), matrix.shape[1]), matrix.dtype)
    pairs = np.array([row[:2] for row in rows], np.int64).reshape(-1, 2)
    np.add.at(sums, pairs[:, 0], matrix[pairs[:, 1]])
    return sums


def _dense(pre: Population, post: Population, matrix: Array, delay: int, name: str) -> Projection:
    """Make a projection of all weights [pre, post], cut toward zero."""
    if matrix.shape != (pre.size, post.size):
        raise HardwareConstraintError(
            f"node {name}: found weights of shape {matrix.shape[::-1]}, between {pre.name} and {post.name} "
            f"allowed is {(post.size, pre.size)}"
        )
    source, target = np.indices(matrix.shape).reshape(2, -1)
    columns = (source, target, np.trunc(matrix).reshape(-1), np.full(matrix.size, delay))
    return Projection(pre, post, np.stack(columns, axis=1).astype(np.float64), name)


def _direct(flat: FlatGraph, made: dict[str, Population], config: ConversionConfig) -> list[Projection]:
    """Make a projection of weight 1 for each edge between populations without weights on it."""
    found = []
    for name in made:
        if flat.kind(name) in NEURONS:
            sources = [b for b in flat.before(name) if b in made or flat.kind(b) in MERGED]
            for before in sources:
                ways = _sources(flat, before) if before not in made else [(before, [])]
                for source, _ in ways:
                    matrix = np.eye(made[source].size) * made[name].nir_w_scale
                    found.append(_dense(made[source], made[name], matrix, config.conn_delay, f"{before} to {name}"))
    return found


def add_output_to_node(node: Any, graph: Any, new_name: str) -> Any:
    """Add an output named `new_name` behind a node, given by its name or as the node itself. Returns the graph, which is changed."""
    import nir

    name = node if isinstance(node, str) else next((n for n, found in graph.nodes.items() if found is node), None)
    if name not in graph.nodes or new_name in graph.nodes:
        wrong = new_name if new_name in graph.nodes else node
        raise ScriptError(f"add_output_to_node: found {quoted(wrong)}, allowed is a node of the graph, and a new name")
    graph.nodes[new_name] = nir.Output({"output": graph.nodes[name].output_type["output"]})
    graph.edges.append((name, new_name))
    return graph


def model_summary(graph: Any) -> None:
    """Print a line for each node of a graph, and its edges."""
    flat = flatten_graph(graph)
    for name in flat.nodes:
        sys.stdout.write(f"{name:<20} {flat.kind(name):<10} -> {', '.join(flat.behind(name)) or '-'}\n")
