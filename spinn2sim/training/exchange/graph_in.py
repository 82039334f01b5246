"""Reads NIR graphs that are no chain as networks that can be trained: recurrence, branches, delays, biases, and graphs in graphs.

A bias is the weight of an input that fires in every step: NIR adds it to the input of each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.training.exchange.exchanged_network import Spikes, jump
from spinn2sim.training.exchange.flat_graph import FlatGraph, flatten
from spinn2sim.training.exchange.neurons import PopulationConstants, read_neurons
from spinn2sim.training.exchange.nir_file import read_nir
from spinn2sim.training.exchange.node_order import LINEAR, NEURONS, REPLACEMENTS

BIAS = "bias"
DELAY = "Delay"
TRAINED = ("Input", "Output", *LINEAR, *NEURONS, DELAY)
Matrix = NDArray[np.float64]
DrawnTimes = Mapping[str, tuple[Matrix, Matrix]]


@dataclass
class ExchangedProjection:
    """Synapses between two populations: weights (n_post, n_pre), delays in steps, and which synapses exist."""

    pre: str
    post: str
    weights: Matrix
    delays: NDArray[np.int64]
    exists: NDArray[np.bool_]


class ExchangedGraph(NamedTuple):
    """A network of LIF neurons: sizes of inputs and of populations of neurons by name, and (tau_mem, tau_syn) of these in ms."""

    inputs: dict[str, int]
    sizes: dict[str, int]
    times: dict[str, tuple[float, float]]
    projections: list[ExchangedProjection]
    output: str
    threshold: float
    # The populations whose time constants are those that the scenario draws.
    drawn: set[str]
    # Whether BIAS is an input that is not among `inputs`, and fires in every step.
    has_bias: bool


def read_graph_to_train(path: Path, spikes: Spikes, dt_ms: float, drawn: DrawnTimes) -> ExchangedGraph:
    """Read a NIR file for time steps of dt_ms. Raises DataError that names the node for what cannot be trained.

    `drawn` has (tau_mem, tau_syn) of each neuron, in ms, of populations whose time constants a scenario draws: only there may they differ.
    """
    flat = flatten(read_nir(path))
    for name in flat.nodes:
        kind = flat.kind(name)
        if kind not in TRAINED:
            needed = REPLACEMENTS.get(kind, f"one of {', '.join(TRAINED)}")
            raise DataError(f"{path}: node {quoted(name)}: {kind} is not supported; needed is {needed}")
    with np.errstate(all="ignore"):  # numbers that overflow are refused when all are known
        return _TrainableGraph(flat, path, (spikes, dt_ms), drawn).read()


class _Way(NamedTuple):
    """A way from a population over a weight node to another: the delays of its sources and targets are [n] in steps."""

    pre: str
    post: str
    node: str
    delays: NDArray[np.int64]


class _TrainableGraph:
    def __init__(self, flat: FlatGraph, path: Path, steps: tuple[Spikes, float], drawn: DrawnTimes) -> None:
        self._flat, self._path, self._drawn = flat, path, drawn
        self._spikes, self._dt_ms = steps
        self._with_drawn_times: set[str] = set()
        kinds = {name: flat.kind(name) for name in flat.nodes}
        self._sizes = {name: self._input_size(name) for name, kind in kinds.items() if kind == "Input"}
        self._inputs = dict(self._sizes)
        self._neurons = [name for name, kind in kinds.items() if kind in NEURONS]
        self._weights = [name for name, kind in kinds.items() if kind in LINEAR]
        self._names = self._safe_names()

    def read(self) -> ExchangedGraph:
        """Convert all nodes. Raises DataError."""
        for name in self._neurons:
            self._sizes[name] = self._neuron_count(name)
        output = self._output()
        constants = {name: self._constants(name, self._spikes) for name in self._neurons}
        thresholds = np.concatenate([c.threshold for c in constants.values()])
        threshold = float(thresholds[0]) if np.all(thresholds == thresholds[0]) else 1.0
        projections = self._projections(constants, threshold)
        biases = self._biases(threshold)
        found = [*projections, *biases]
        if not np.isfinite(threshold) or not all(np.isfinite(p.weights).all() for p in found):
            raise DataError(f"{self._path}: found numbers whose products are beyond float64, allowed are smaller ones")
        times = {self._names[name]: (c.tau_mem_ms, c.tau_syn_ms) for name, c in constants.items()}
        sizes = {self._names[name]: self._sizes[name] for name in self._neurons}
        inputs = {self._names[name]: size for name, size in self._inputs.items()}
        return ExchangedGraph(
            inputs, sizes, times, found, self._names[output], threshold, self._with_drawn_times, bool(biases)
        )

    def _where(self, name: str) -> str:
        return f"{self._path}: node {quoted(name)}"

    def _safe_names(self) -> dict[str, str]:
        """Name populations with letters, digits, _ and - alone, each its own."""
        taken = {BIAS}
        names = {}
        for name in (*self._inputs, *self._neurons):
            plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:70] or "population"
            number, found = 2, plain
            while found in taken:
                found, number = f"{plain}_{number}", number + 1
            names[name] = found
            taken.add(found)
        return names

    def _input_size(self, name: str) -> int:
        return int(np.prod(self._flat.nodes[name].input_type["input"]))

    def _neuron_count(self, name: str) -> int:
        """Return the number of neurons: that of the targets of the weights before it."""
        for way in self._ways(name):
            return int(self._flat.nodes[way[0]].weight.shape[0])
        raise DataError(f"{self._where(name)}: found no weights before it, allowed are Linear or Affine")

    def _constants(self, name: str, spikes: Spikes) -> PopulationConstants:
        node = {**vars(self._flat.nodes[name]), "type": self._flat.kind(name)}
        for key in ("kind", "input_type", "output_type"):
            node.pop(key)
        self._take_drawn_times(name, node)
        return read_neurons(node, self._sizes[name], spikes, self._dt_ms, self._where(name))

    def _take_drawn_times(self, name: str, node: dict[str, Any]) -> None:
        """If a node has the time constants that a scenario draws, give it those of the first neuron, and their jumps to w_in."""
        drawn = self._drawn.get(self._names[name])
        if drawn is None or node["type"] != "CubaLIF":
            return
        found = [np.ravel(node[key]).astype(np.float64) * 1000 for key in ("tau_mem", "tau_syn")]
        if all(a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=0) for a, b in zip(found, drawn, strict=True)):
            gain = np.array([jump(self._spikes, tau / 1000, self._dt_ms / 1000) for tau in drawn[1].tolist()])
            first = {"tau_mem": drawn[0][:1] / 1000, "tau_syn": drawn[1][:1] / 1000}
            node |= {**first, "w_in": np.asarray(node["w_in"], np.float64) * (gain / gain[0])}
            self._with_drawn_times.add(self._names[name])

    def _output(self) -> str:
        ends = [name for name in self._neurons if any(self._flat.kind(b) == "Output" for b in self._flat.behind(name))]
        if len(ends) != 1:
            raise DataError(f"{self._path}: found {len(ends)} nodes of neurons before an Output, allowed is one")
        return ends[0]

    def _steps(self, name: str) -> NDArray[np.int64]:
        """Return the delays of a Delay node in steps. Raises DataError for a negative one or a very long one."""
        steps = np.rint(np.ravel(self._flat.nodes[name].delay).astype(np.float64) * 1000 / self._dt_ms)
        if (steps < 0).any() or (steps > 1 << 16).any():
            raise DataError(
                f"{self._where(name)}: delay: found {steps.min():g} to {steps.max():g} steps, allowed are 0 on"
            )
        return steps.astype(np.int64)

    def _over_delays(self, name: str, forwards: bool) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Yield what a node's edges lead to, or come from, over Delay nodes, with the sum of their delays, [n] or [1]."""
        waiting: list[tuple[str, NDArray[np.int64], int]] = [(name, np.zeros(1, np.int64), 0)]
        while waiting:
            at, steps, depth = waiting.pop()
            for other in self._flat.behind(at) if forwards else self._flat.before(at):
                if self._flat.kind(other) != DELAY:
                    yield other, steps
                    continue
                own = self._steps(other)
                if depth > len(self._flat.nodes) or (len(own) != len(steps) and 1 not in (len(own), len(steps))):
                    found = (
                        "a cycle of delays"
                        if depth > len(self._flat.nodes)
                        else f"{len(own)} delays behind {len(steps)}"
                    )
                    raise DataError(f"{self._where(other)}: found {found}, allowed is one delay for each neuron")
                waiting.append((other, steps + own, depth + 1))

    def _ways(self, name: str) -> list[tuple[str, NDArray[np.int64]]]:
        """Return the weight nodes before a node of neurons, with the delays of its neurons. Raises DataError for other nodes."""
        found = list(self._over_delays(name, forwards=False))
        for before, _ in found:
            if before not in self._weights:
                raise DataError(
                    f"{self._where(name)}: found {self._flat.kind(before)} {quoted(before)} before it, allowed are weights"
                )
        return found

    def _all_ways(self) -> Iterator[_Way]:
        for post in self._neurons:
            for node, late in self._ways(post):
                shape = self._flat.nodes[node].weight.shape
                for pre, early in self._over_delays(node, forwards=False):
                    if pre not in self._sizes:
                        raise DataError(
                            f"{self._where(node)}: found {self._flat.kind(pre)} {quoted(pre)} before it, allowed are inputs and neurons"
                        )
                    if shape != (self._sizes[post], self._sizes[pre]):
                        raise DataError(
                            f"{self._where(node)}: weight: found shape {shape}, allowed is {(self._sizes[post], self._sizes[pre])} "
                            f"from {quoted(pre)} to {quoted(post)}"
                        )
                    if len(late) not in (1, shape[0]) or len(early) not in (1, shape[1]):
                        found = max(len(late), len(early))
                        raise DataError(
                            f"{self._where(node)}: found {found} delays beside it, allowed is one for each neuron"
                        )
                    yield _Way(pre, post, node, np.broadcast_to(late[:, None] + early, shape))

    def _projections(self, constants: dict[str, PopulationConstants], threshold: float) -> list[ExchangedProjection]:
        """Return one projection for each pair of populations: ways whose delays differ share it if no synapse is on two of them."""
        found: dict[tuple[str, str], ExchangedProjection] = {}
        for way in self._all_ways():
            post = constants[way.post]
            weights = np.asarray(self._flat.nodes[way.node].weight, np.float64)
            weights = weights * (post.factor * (threshold / post.threshold))[:, None]
            here = weights != 0
            ends = (self._names[way.pre], self._names[way.post])
            if ends not in found:
                found[ends] = ExchangedProjection(*ends, weights, np.array(way.delays), here)
                continue
            known = found[ends]
            if (here & known.exists & (known.delays != way.delays)).any():
                raise DataError(
                    f"{self._where(way.node)}: found a second delay between two neurons of {quoted(way.pre)} and {quoted(way.post)}, "
                    "allowed is one for each synapse"
                )
            known.delays = np.where(here, way.delays, known.delays)
            known.weights = known.weights + weights
            known.exists = known.exists | here
        for projection in found.values():
            projection.delays = np.where(projection.exists, projection.delays, 0)
        return list(found.values())

    def _biases(self, threshold: float) -> list[ExchangedProjection]:
        """Return a projection from the input that fires in every step to each population with a bias other than 0."""
        found = []
        for post in self._neurons:
            total = np.zeros(self._sizes[post])
            for node, _ in self._ways(post):
                bias: Any = np.asarray(getattr(self._flat.nodes[node], "bias", 0.0), np.float64)
                if np.size(bias) not in (1, len(total)):
                    raise DataError(
                        f"{self._where(node)}: bias: found {np.size(bias)} numbers, allowed are {len(total)}"
                    )
                total = total + np.ravel(bias)
            if total.any():
                constants = self._constants(post, "step")
                weights = (total * constants.factor * (threshold / constants.threshold))[:, None]
                found.append(
                    ExchangedProjection(
                        BIAS, self._names[post], weights, np.zeros(weights.shape, np.int64), weights != 0
                    )
                )
        return found
