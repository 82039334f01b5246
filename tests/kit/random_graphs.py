"""Random networks: populations, some of which rest, projections with delays and masks, cycles; with samples in which much fires."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from spinn2sim.graph import Graph, Kind, Learn, Population, Projection
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.training.run_inputs import RunInputs
from tiny_networks import tiny_scenario

STEPS, COPIES = 14, 3
READOUT = {"loss.kind": "max_voltage", "loss.temperature": 0.5, "loss.xi_ms": None, "loss.a": None, "loss.b_ms": None}
AVERAGE = {**READOUT, "loss.kind": "average_voltage", "loss.temperature": 0.05, "numerics.adjoint": "s13.18"}
RECIPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "stochastic": {"numerics.rounding": "stochastic"},
    "sgd, no master": {"optimizer.kind": "sgd", "optimizer.momentum": 0.9, "optimizer.master": False},
    "push": {"training.silent_guard": "push", "training.guard_step": 1e-4},
    "raise": {"training.silent_guard": "raise_weights", "training.guard_step": 0.02},
    "rate": {"training.silent_guard": "rate", "training.guard_step": 1e-5, "training.rate_range": (0.5, 1.0)},
    "clip": {"optimizer.clip": 1e-6, "optimizer.weight_decay": 1e-4},
}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """One or two inputs, up to three populations and an output, each population reached by a projection; cycles and skips."""
    inputs, inner = draw(st.integers(1, 2)), draw(st.integers(0, 3))
    readout = draw(st.booleans())
    kinds: list[Kind] = ["input"] * inputs + ["lif"] * inner + ["readout" if readout else "lif"]
    last = len(kinds) - 1
    ways = {(draw(st.integers(0, post - 1)), post) for post in range(inputs, last + 1)}
    ways |= {(pre, pre + 1 if pre >= inputs else inputs) for pre in range(last)}  # so that every population leads on
    sources = last if readout else last + 1
    extra = draw(st.lists(st.tuples(st.integers(0, sources - 1), st.integers(inputs, last)), max_size=4))
    projections = sorted([*ways, *extra], key=lambda way: way[1])
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    populations = tuple(_population(k, kind, draw, rng) for k, kind in enumerate(kinds))
    found = tuple(_projection(pre, post, populations, draw, rng) for pre, post in projections)
    return Graph(populations, found, last)


def _population(k: int, kind: Kind, draw: st.DrawFn, rng: np.random.Generator) -> Population:
    size = draw(st.integers(1, 5))
    if kind == "input":
        return Population(f"in{k}", size, kind)
    rest = draw(st.sampled_from((0, 0, 1, 2, STEPS))) if kind == "lif" else 0
    if draw(st.booleans()):
        taus = draw(st.sampled_from((20.0, 9.5))), draw(st.sampled_from((5.0, 3.0)))
        return Population(f"p{k}", size, kind, *taus, rest)
    return Population(f"p{k}", size, kind, tuple(rng.uniform(8, 30, size)), tuple(rng.uniform(2, 7, size)), rest)


def _projection(
    pre: int, post: int, populations: tuple[Population, ...], draw: st.DrawFn, rng: np.random.Generator
) -> Projection:
    delay_max = draw(st.sampled_from((0, 0, 1, 3, STEPS)))
    learn: Learn = draw(
        st.sampled_from(("weights", "none", "both", "delays", "axonal") if delay_max else ("weights", "none"))
    )
    exists = rng.random((populations[post].size, populations[pre].size)) < 0.6 if draw(st.booleans()) else None
    return Projection(pre, post, learn, delay_max, exists)


def run_inputs(graph: Graph, changes: dict[str, Any], seed: int) -> RunInputs:
    """Samples with up to three spikes of an input, strong weights, and delays; a readout output gets one of its losses."""
    rng = np.random.default_rng(seed)
    scenario = tiny_scenario(
        {
            "network.steps": STEPS, "training.copies": COPIES, "optimizer.delay_rate": 0.7,
            **((READOUT if seed % 2 else AVERAGE) if graph.has_readout else {}), **changes,
        }
    )  # fmt: skip
    data = _samples(2 * COPIES + 1, sum(graph.sizes[k] for k in graph.inputs), graph.sizes[graph.output], rng)
    weights, delays = [], []
    for q, projection in enumerate(graph.projections):
        shape = graph.shape(q)
        exists = np.ones(shape, bool) if projection.exists is None else projection.exists
        weights.append(rng.normal(9.0 / shape[1], 9.0 / shape[1], shape) * exists)
        drawn = rng.uniform(0, projection.delay_max, (1 if projection.learn == "axonal" else shape[0], shape[1]))
        whole = np.broadcast_to(drawn, shape).astype(np.float32).astype(np.float64)
        delays.append(whole * exists if projection.delay_max else None)
    return RunInputs(scenario, data, data, weights, delays=delays, given_graph=graph)


def _samples(n: int, inputs: int, classes: int, rng: np.random.Generator) -> Dataset:
    events = sorted({tuple(e) for e in rng.integers(0, (n, STEPS // 2, inputs), (3 * n * inputs, 3)).tolist()})
    sample, step, source = np.array(events).T
    first = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=n), out=first[1:])
    labels = rng.integers(0, classes, n)
    return Dataset(first, step.astype(np.int32), source.astype(np.int32), labels, inputs, classes)
