"""Converts NIR graphs to networks of scripts: LIF, IF and CubaLIF nodes to populations, weights between them to projections."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.spinnaker2.model_table import MODELS
from spinn2sim.spinnaker2.nir_delays import without_delays
from spinn2sim.spinnaker2.nir_images import (
    image_behind,
    spread,
)
from spinn2sim.spinnaker2.nir_nodes import (
    NEURONS,
    WEIGHTS,
    FlatGraph,
    HardwareConstraintError,
    flatten_graph,
)
from spinn2sim.spinnaker2.nir_projections import direct_projections, weight_projections
from spinn2sim.spinnaker2.notices import notice
from spinn2sim.spinnaker2.snn import Network, Population
from spinn2sim.training.exchange.nir_file import read_nir as read_nir

MOST_WEIGHT, MOST_DELAYED_WEIGHT = MODELS["lif_no_delay"].most_weight, MODELS["lif"].most_weight
# A time step of more than this share of a time constant is worth a notice.
LARGE_STEP = 0.2
# The parameters of each kind of neurons; v_reset is not used.
GIVEN = {
    "IF": ("r", "v_threshold"),
    "LIF": ("tau", "r", "v_leak", "v_threshold"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "w_in"),
}
Array = NDArray[Any]


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

    Raises HardwareConstraintError (a ValueError) for two weight nodes in a row and what else does not fit,
    UnsupportedNodeError (a NotImplementedError) for a node that is not supported.
    """
    config = ConversionConfig() if config is None else config
    flat, waits = without_delays(flatten_graph(graph), config.dt, config.conn_delay)
    net = Network("nir")
    made: dict[str, Population] = {}
    for name in flat.nodes:
        if flat.kind(name) in ("Input", *NEURONS):
            made[name] = _population(flat, name, config, waits.before(flat, name))
            net.add(made[name])
    for name in flat.nodes:
        if flat.kind(name) in WEIGHTS:
            net.add(*weight_projections(flat, name, made, waits))
    net.add(*direct_projections(flat, made, waits))
    outputs = [made[name] for name in made if any(flat.kind(n) == "Output" for n in flat.behind(name))]
    return net, [made[name] for name in made if flat.kind(name) == "Input"], outputs


def _population(flat: FlatGraph, name: str, config: ConversionConfig, waits: bool) -> Population:
    """Make the population of an input or of a node of neurons. Where spikes wait, its model is one with delays."""
    node, kind = flat.nodes[name], flat.kind(name)
    ends = any(flat.kind(behind) == "Output" for behind in flat.behind(name))
    record = list(config.output_record) if ends else []
    if kind == "Input":
        size = int(np.prod(np.asarray(node.input_type["input"])))
        return Population(size, "spike_list", {}, name, [what for what in record if what == "spikes"])
    before = [w for w in flat.before(name) if flat.kind(w) in WEIGHTS]
    weights = [flat.nodes[w] for w in before]
    size = _size(flat, name, before)
    biases = [_bias(flat, w, size) for w in before if flat.kind(w) != "Linear"]
    w_scale = _weight_scale(weights, MOST_DELAYED_WEIGHT if waits else MOST_WEIGHT) if config.scale_weights else 1.0
    bias = sum(biases[1:], biases[0]) * w_scale if biases else 0.0
    image = image_behind(flat, name)
    given = {key: spread(getattr(node, key), size, image, f"node {name}: {key}") for key in GIVEN[kind]}
    model, params, v_scale = _parameters(given, kind, config, (w_scale, bias, name))
    if waits:
        model = model.removesuffix("_no_delay")
    if any(flat.kind(w) == "Conv2d" for w in before):
        if waits:
            raise HardwareConstraintError(f"node {name}: found a Delay beside Conv2d, allowed are no delays")
        if kind == "CubaLIF":
            raise HardwareConstraintError(f"node {name}: found CubaLIF behind Conv2d, allowed are IF and LIF")
        model = "lif_conv2d"
    if np.any(np.asarray(getattr(node, "v_reset", None) if getattr(node, "v_reset", None) is not None else 0) != 0):
        notice(f"node {name}: v_reset of the file is not 0 and is ignored: ConversionConfig.reset decides")
    reset = "reset_by_subtraction" if config.reset is ResetMethod.SUBTRACT else "reset_to_v_reset"
    values = {key: spread(value, size, image, f"node {name}: {key}") for key, value in params.items()}
    population = Population(size, model, {**values, "v_init": 0.0, "v_reset": 0.0, "reset": reset}, name, record)
    population.nir_v_scale = spread(v_scale, size, image, f"node {name}: r")
    population.nir_w_scale = w_scale
    return population


def _size(flat: FlatGraph, name: str, weights: list[str]) -> int:
    """Return the number of neurons of a node: as many as the weights before it have targets."""
    if not weights:
        image = image_behind(flat, name) if np.size(flat.nodes[name].v_threshold) == 1 else None
        return math.prod(image) if image is not None else int(np.size(flat.nodes[name].v_threshold))
    if flat.kind(weights[0]) != "Conv2d":
        return int(np.asarray(flat.nodes[weights[0]].weight).shape[0])
    image = image_behind(flat, weights[0])
    if image is None:
        raise HardwareConstraintError(
            f"node {weights[0]}: found no shape of its image; infer_types of the graph gives it one"
        )
    return math.prod(image)


def _bias(flat: FlatGraph, name: str, size: int) -> Array:
    """Return the bias of a weight node for each neuron; a convolution has one for each channel."""
    image = image_behind(flat, name) if flat.kind(name) == "Conv2d" else None
    return spread(flat.nodes[name].bias, size, image, f"node {name}: bias")


def _weight_scale(weights: list[Any], most: int) -> float:
    """Return the factor that makes the largest weight `most`."""
    largest = max((float(np.abs(np.asarray(w.weight)).max(initial=0)) for w in weights), default=0.0)
    return most / largest if largest else 1.0


def _parameters(
    given: Mapping[str, Array], kind: str, config: ConversionConfig, scale: tuple[float, Any, str]
) -> tuple[str, dict[str, Array], Array]:
    """Return the model, its parameters, and the factor from the node's voltages to the chip's; in the precision of the file."""
    w_scale, bias, name = scale
    r, threshold = given["r"], given["v_threshold"]
    if kind == "IF":
        v_scale = w_scale / r
        return (
            "lif_no_delay",
            {"alpha_decay": np.ones(1), "threshold": threshold * v_scale, "i_offset": bias + 0 * r},
            v_scale,
        )
    leak = given["v_leak"]
    if kind == "LIF":
        share = config.share(given["tau"], f"node {name}")
        v_scale = w_scale / (share * r)
        offset = share * leak * v_scale + bias
        return "lif_no_delay", {"alpha_decay": 1 - share, "threshold": threshold * v_scale, "i_offset": offset}, v_scale
    membrane = config.share(given["tau_mem"], f"node {name}")
    synapse = config.share(given["tau_syn"], f"node {name}")
    v_scale = w_scale / (membrane * r * synapse * given["w_in"])
    params = {
        "alpha_decay": 1 - membrane,
        "threshold": threshold * v_scale,
        "i_offset": membrane * leak * v_scale + bias / synapse,
        "exc_decay": 1 - synapse,
        "inh_decay": 1 - synapse,
        "t_refrac": np.zeros(1),
    }
    return "lif_curr_exp_no_delay", params, v_scale


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
