"""The membrane voltages of one sample in float64, in plain numpy, so that a few of them can be shown without compiling anything.

The equations are those of `float_graph` (docs/reference/equations.md); sums are added in another order, so that the last bits may differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Delays, Graph
from spinn2sim.mirror.constants import FloatConstants, float_constants
from spinn2sim.scenario.keys import Scenario

Floats = NDArray[np.float64]


class Membrane:
    """A network whose voltages are computed step by step, given its weights, (n_post, n_pre) per projection, and delays in steps."""

    def __init__(
        self, scenario: Scenario, graph: Graph, weights: Sequence[Floats], delays: Delays | None = None
    ) -> None:
        self._graph, self._weights = graph, weights
        self._steps = scenario.network.steps
        self._constants: FloatConstants = float_constants(scenario, graph)
        self._delays = [_whole(d) for d in (delays or [None] * len(weights))]
        ends = np.cumsum([0, *(0 if p.kind == "input" else p.size for p in graph.populations)])
        self._neurons = [slice(int(low), int(high)) for low, high in pairwise(ends)]

    def run(self, inputs: NDArray[np.uint8]) -> list[Floats | None]:
        """Return U before the reset, [T, n] per population, None for inputs, for the input spikes [T, n_inputs] of a sample."""
        sizes, steps = self._graph.sizes, self._steps
        spikes = [np.zeros((steps, n), np.uint8) for n in sizes]
        for p, first in self._graph.first_input.items():
            spikes[p][:] = inputs[:, first : first + sizes[p]]
        shown = [None if p.kind == "input" else np.zeros((steps, p.size)) for p in self._graph.populations]
        arriving = [np.zeros((steps + 1, n)) for n in sizes]
        current, voltage = ([np.zeros(n) for n in sizes] for _ in range(2))
        for i in range(steps):
            for q, projection in enumerate(self._graph.projections):
                if i > 0:
                    self._send(q, np.flatnonzero(spikes[projection.pre][i - 1]), i, arriving[projection.post])
            for p, values in enumerate(shown):
                if values is not None:
                    current[p] = self._constants.alpha[self._neurons[p]] * current[p] + arriving[p][i]
                    voltage[p] = self._step(p, voltage[p], current[p], spikes[p], i)
                    values[i] = voltage[p]
                    voltage[p] = np.where(spikes[p][i], 0.0, voltage[p])
        return shown

    def _send(self, q: int, fired: NDArray[np.int64], i: int, arriving: Floats) -> None:
        """Add the weights of the sources that fired in step i - 1 to the sums of the steps in which they act."""
        rows, delays = self._weights[q][:, fired], self._delays[q]
        if delays is None:
            arriving[i] += rows.sum(axis=1)
            return
        at = np.minimum(i + delays[:, fired], len(arriving) - 1)
        target = np.broadcast_to(np.arange(len(rows))[:, None], rows.shape)
        np.add.at(arriving, (at, target), rows)

    def _step(self, p: int, voltage: Floats, current: Floats, spikes: NDArray[np.uint8], i: int) -> Floats:
        """Return U of step i, 0 where a neuron rests, and note which neurons fire."""
        c, own, population = self._constants, self._neurons[p], self._graph.populations[p]
        u: Floats = c.beta[own] * voltage + c.beta_rest[own] * current
        if population.refractory_steps:
            u[spikes[max(0, i - population.refractory_steps) : i].any(axis=0)] = 0.0
        if population.kind == "lif":
            spikes[i] = u > c.threshold
        return u


def _whole(delays: Floats | None) -> NDArray[np.int64] | None:
    return None if delays is None else np.floor(delays + 0.5).astype(np.int64)
