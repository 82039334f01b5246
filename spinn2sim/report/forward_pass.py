"""Runs samples forward through a network with numpy in float64: for spikes and voltages of single neurons, which a run does not keep.

It needs nothing compiled. The equations are those of docs/reference/networks.md, Forward; in fixed point a chip may round a few spikes
into other steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Delays, Graph, Population, Projection, Weights
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario

Spikes = NDArray[np.bool_]
# The most samples that are run, and the most words of spikes and multiplications that they may take.
MOST_SAMPLES, MOST_WORDS, MOST_PRODUCTS = 500, 40_000_000, 20_000_000_000


@dataclass(frozen=True)
class Activity:
    """The spikes of some samples: one entry for each population of the graph."""

    samples: int
    # [size], spikes of each neuron, and in how many samples it fired, over all samples
    spikes: list[NDArray[np.int64]]
    fired: list[NDArray[np.int64]]
    # [T], spikes of all neurons in each step, over all samples
    by_step: list[NDArray[np.int64]]


@dataclass(frozen=True)
class _ForwardNeurons:
    """The state of a population's neurons, [B, n], and their decay factors, one or [n]."""

    population: Population
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    current: NDArray[np.float64]
    voltage: NDArray[np.float64]
    inputs: list[_DelayedSynapses] = field(default_factory=list)


@dataclass(frozen=True)
class _DelayedSynapses:
    """Synapses from population `pre`: weights [n_pre, n] of those whose delay is `steps`, one number or one for each source, [n_pre]."""

    pre: int
    steps: int | NDArray[np.int64]
    weights: NDArray[np.float64]

    def arriving(self, spikes: Spikes, i: int) -> Spikes | None:
        """Return which sources [B, n_pre] act in step i, of the spikes [T, B, n_pre] so far; None if none does."""
        if isinstance(self.steps, int):
            found = spikes[i - 1 - self.steps] if i > self.steps else None
        else:
            when = i - 1 - self.steps
            found = spikes[np.maximum(when, 0), :, np.arange(len(when))].T & (when >= 0)
        return None if found is None or not found.any() else found


def chosen_samples(scenario: Scenario, graph: Graph, available: int) -> NDArray[np.int64]:
    """Choose samples at even distances: as many as are run within a few seconds."""
    steps, passes = scenario.network.steps, [1 if q.learn == "axonal" else 1 + q.delay_max for q in graph.projections]
    synapses = sum(a * b * times for (a, b), times in zip(graph.weight_shapes, passes, strict=True))
    most = min(MOST_SAMPLES, MOST_WORDS // (steps * sum(graph.sizes)), MOST_PRODUCTS // (steps * max(1, synapses)))
    count = min(available, max(1, most))
    return np.arange(count, dtype=np.int64) * available // max(1, count)


def run_forward(
    scenario: Scenario, graph: Graph, weights: Weights, delays: Delays | None, data: Dataset, samples: NDArray[np.int64]
) -> Activity:
    """Run the samples of `data` and count their spikes. `weights` and `delays` are (n_post, n_pre) of each projection."""
    spikes, _ = forward_states(scenario, graph, weights, delays, data, samples)
    return Activity(
        len(samples),
        [z.sum(axis=(0, 1)) for z in spikes],
        [z.any(axis=0).sum(axis=0) for z in spikes],
        [z.sum(axis=(1, 2)) for z in spikes],
    )


def forward_states(
    scenario: Scenario,
    graph: Graph,
    weights: Weights,
    delays: Delays | None,
    data: Dataset,
    samples: NDArray[np.int64],
    shown: int = 0,
) -> tuple[list[Spikes], dict[int, NDArray[np.float64]]]:
    """Return the spikes of each population as [T, B, n], those of readouts all False, and the voltages of its first `shown` neurons.

    Voltages are U before the reset, [T, B, at most shown], by the population's number; inputs have none.
    """
    steps = scenario.network.steps
    events = data.dense(samples, steps).astype(bool)
    spikes = [np.zeros((steps, len(samples), size), bool) for size in graph.sizes]
    for p, first in graph.first_input.items():
        spikes[p][...] = events[:, :, first : first + graph.sizes[p]]
    neurons = _neurons(scenario, graph, weights, delays, len(samples))
    voltages = {p: np.zeros((steps, len(samples), min(shown, graph.sizes[p]))) for p in neurons}
    for i in range(1, steps):
        for p, own in neurons.items():
            own.current[...] *= own.alpha
            for synapses in own.inputs:
                sources = synapses.arriving(spikes[synapses.pre], i)
                if sources is not None:
                    own.current[...] += sources.astype(np.float64) @ synapses.weights
            own.voltage[...] = own.beta * own.voltage + (1 - own.beta) * own.current
            rest = own.population.refractory_steps
            if rest:
                own.voltage[spikes[p][max(0, i - rest) : i].any(axis=0)] = 0.0
            voltages[p][i] = own.voltage[:, :shown]
            if own.population.kind == "lif":
                spikes[p][i] = own.voltage > scenario.network.threshold
                own.voltage[spikes[p][i]] = 0.0
    return spikes, voltages


def _neurons(
    scenario: Scenario, graph: Graph, weights: Weights, delays: Delays | None, samples: int
) -> dict[int, _ForwardNeurons]:
    found = {}
    for p, population in enumerate(graph.populations):
        if population.kind == "input":
            continue
        mem, syn = (np.array(taus) for taus in (population.tau_mem_ms, population.tau_syn_ms))
        state = np.zeros((2, samples, population.size))
        dt = scenario.network.dt_ms
        found[p] = _ForwardNeurons(population, np.exp(-dt / syn), np.exp(-dt / mem), state[0], state[1])
    for q, projection in enumerate(graph.projections):
        matrix = weights[q] if projection.exists is None else np.where(projection.exists, weights[q], 0.0)
        delay = delays[q] if delays is not None else None
        found[projection.post].inputs.extend(_synapses(projection, matrix, delay))
    return found


def _synapses(
    projection: Projection, matrix: NDArray[np.float64], delay: NDArray[np.float64] | None
) -> Iterator[_DelayedSynapses]:
    """Yield the synapses of a projection by their delays."""
    if delay is None or not delay.any():
        yield _DelayedSynapses(projection.pre, 0, np.ascontiguousarray(matrix.T))
        return
    steps = np.floor(delay + 0.5).astype(np.int64)
    exists = np.ones(matrix.shape, bool) if projection.exists is None else projection.exists
    longest = np.where(exists, steps, 0).max(axis=0)
    if (steps == longest)[exists].all():
        yield _DelayedSynapses(projection.pre, longest, np.ascontiguousarray(matrix.T))
        return
    for more in np.unique(steps[exists]):
        yield _DelayedSynapses(projection.pre, int(more), np.ascontiguousarray(np.where(steps == more, matrix, 0.0).T))
