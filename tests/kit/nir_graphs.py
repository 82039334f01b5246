"""NIR graphs of random feed-forward networks, and a reference integrator of NIR's equations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def cuba(size: int, **changed: Any) -> nir.CubaLIF:
    """A CubaLIF node; `changed` numbers hold for every neuron, arrays as they are."""
    values = {
        "tau_mem": 0.02,
        "tau_syn": 0.005,
        "r": 1.0,
        "v_leak": 0.0,
        "v_reset": 0.0,
        "v_threshold": 1.0,
        "w_in": 5.0,
    } | changed
    return nir.CubaLIF(**{key: np.array(np.broadcast_to(value, (size,)), np.float64) for key, value in values.items()})


def lif(size: int, **changed: Any) -> nir.LIF:
    """A LIF node, as `cuba`."""
    values = {"tau": 0.02, "r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0} | changed
    return nir.LIF(**{key: np.array(np.broadcast_to(value, (size,)), np.float64) for key, value in values.items()})


def row(*nodes: nir.NIRNode, inputs: int = 5) -> nir.NIRGraph:
    """Input, the nodes, Output, in a row."""
    return nir.NIRGraph.from_list(nir.Input(input_type={"input": np.array([inputs])}), *nodes)


def nmnist(rng: np.random.Generator) -> nir.NIRGraph:
    """The shape of the NIR paper's graph for 34 x 34 x 2 events, with random weights: three convolutions, two dense layers, IF neurons."""

    def neurons(threshold: float, *shape: int) -> nir.IF:
        return nir.IF(r=np.ones(shape, np.float32), v_threshold=np.full(shape, threshold, np.float32))

    def conv(high: int, stride: int, *shape: int) -> nir.Conv2d:
        weight, bias = rng.normal(0.1, 0.4, shape).astype(np.float32), np.zeros(shape[0], np.float32)
        return nir.Conv2d((high, high), weight, stride, 1, 1, 1, bias)

    def pool() -> nir.SumPool2d:
        return nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))

    def linear(*shape: int) -> nir.Linear:
        return nir.Linear(rng.normal(0.05, 0.3, shape).astype(np.float32))

    nodes = [
        nir.Input({"input": np.array([2, 34, 34])}),
        conv(34, 2, 16, 2, 5, 5), neurons(2, 16, 16, 16), conv(16, 1, 16, 16, 3, 3), neurons(3, 16, 16, 16), pool(),
        conv(8, 1, 8, 16, 3, 3), neurons(4, 8, 8, 8), pool(), nir.Flatten({"input": np.array([8, 4, 4])}, 0),
        linear(256, 128), neurons(2, 256), linear(10, 256), neurons(3, 10), nir.Output({"output": np.array([10])}),
    ]  # fmt: skip
    names = ["input", *(str(n) for n in range(len(nodes) - 2)), "output"]
    return nir.NIRGraph(dict(zip(names, nodes, strict=True)), list(pairwise(names)))


def integrate(graph: nir.NIRGraph, spikes: list[tuple[float, int]], end: float, dt: float) -> list[list[float]]:
    """First-spike times in s (inf: none) per layer and neuron of NIR's own equations, S a sum of Dirac impulses.

    Exact for the current, Heun's second order for the membrane, in steps of dt. `spikes` are (time in s, input).
    """
    names = list(graph.nodes)
    layers = [(graph.nodes[a].weight, graph.nodes[b]) for a, b in zip(names[1:-1:2], names[2:-1:2], strict=True)]
    steps = round(end / dt)
    fired = np.zeros((steps + 1, layers[0][0].shape[1]))
    for time, source in spikes:
        fired[round(time / dt), source] += 1
    firsts = []
    for weight, node in layers:
        fired = _layer(weight, node, fired, dt)
        firsts.append([float(np.argmax(f)) * dt if f.any() else np.inf for f in fired.T])
    return firsts


def _layer(weight: Vector, node: Any, fired: Vector, dt: float) -> Vector:
    current, v = np.zeros(len(weight)), np.array(node.v_leak)
    out = np.zeros((len(fired), len(weight)))
    instant = isinstance(node, nir.LIF)
    tau = node.tau if instant else node.tau_mem
    decay = 0.0 if instant else np.exp(-dt / node.tau_syn)
    for step, spikes in enumerate(fired):
        drive = weight @ spikes
        before = current + (0.0 if instant else node.w_in * drive / node.tau_syn)
        current = before * decay
        slope = (node.v_leak - v + node.r * before) / tau
        slope_after = (node.v_leak - (v + dt * slope) + node.r * current) / tau
        v = v + dt * (slope + slope_after) / 2 + (node.r * drive / tau if instant else 0.0)
        out[step] = v > node.v_threshold
        v = np.where(v > node.v_threshold, node.v_reset, v)
    return out
