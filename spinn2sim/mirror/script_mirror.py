"""The mirror of a script's network: the same ticks without packets, in float32 with `>=` as the chip, or in float64 with `>`.

It shares nothing with the PEs' program: a network is one array of neurons, whose spikes go into a buffer of the ticks to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph, ModelPopulation, SynapseList

Ints = NDArray[np.int64]
SpikeLists = Mapping[int, Ints]
PARAMETERS = ("alpha_decay", "threshold", "i_offset", "v_reset", "v_init", "exc_decay", "inh_decay", "t_refrac")
AHEAD = 8


class MirrorResult(NamedTuple):
    """By population: spikes as rows (tick, neuron), sorted, and voltages [tick, neuron] after the reset."""

    spikes: tuple[Ints, ...]
    voltages: tuple[NDArray[Any], ...]


class _Synapses(NamedTuple):
    """The synapses of all projections, sorted by source; those of source n are [begin[n], begin[n + 1])."""

    begin: Ints
    target: Ints
    weight: NDArray[Any]
    delay: Ints

    def of(self, sources: Ints) -> Ints:
        """Return the numbers of the synapses of some sources."""
        first, count = self.begin[sources], self.begin[sources + 1] - self.begin[sources]
        skipped = np.repeat(np.cumsum(count) - count, count)
        found: Ints = np.repeat(first, count) + np.arange(len(skipped)) - skipped
        return found


class _Neurons:
    """The neurons of all populations, one after the other, with their state."""

    def __init__(self, populations: list[ModelPopulation], number: Any, strict: bool) -> None:
        sizes = [p.size for p in populations]
        values = {
            name: np.concatenate([p.parameters.get(name, np.zeros(p.size)) for p in populations]).astype(number)
            for name in PARAMETERS
        }
        self.alpha, self.threshold, self.offset, self.v_reset, v_init, self.exc_decay, self.inh_decay, t_refrac = (
            values[name] for name in PARAMETERS
        )
        self.refractory = t_refrac.astype(np.int64)
        self.passive = np.repeat([p.kind == "input" for p in populations], sizes)
        self.subtracts = np.repeat([p.subtracts for p in populations], sizes)
        self.strict = strict
        self.v = v_init.copy()
        self.exc, self.inh = np.zeros_like(self.v), np.zeros_like(self.v)
        self.silent = np.zeros(len(self.v), np.int64)

    def step(self, exc: NDArray[Any], inh: NDArray[Any]) -> NDArray[np.bool_]:
        """Update the neurons with the input of a tick, and return which fire. Without decays the currents are the input alone."""
        self.exc = self.exc_decay * self.exc + exc
        self.inh = self.inh_decay * self.inh + inh
        moved = self.v * self.alpha + ((self.exc - self.inh) + self.offset)
        self.v = np.where(self.silent > 0, self.v, moved)
        self.silent = np.maximum(self.silent - 1, 0)
        fires: NDArray[np.bool_] = (
            self.v > self.threshold if self.strict else self.v >= self.threshold
        ) & ~self.passive
        self.v = np.where(fires, np.where(self.subtracts, self.v - self.threshold, self.v_reset), self.v)
        self.silent = np.where(fires, self.refractory, self.silent)
        return fires


def mirror_network(
    graph: Graph, spikes: SpikeLists, ticks: int, chip: bool = True, quantize: bool = True
) -> MirrorResult:
    """Run a network: as the `chip` in float32 and firing at v >= threshold, otherwise in float64 and firing at v > threshold.

    `quantize` cuts weights to integers.
    """
    number: Any = np.float32 if chip else np.float64
    firsts = np.cumsum([0, *graph.sizes])
    neurons = _Neurons([p for p in graph.populations if isinstance(p, ModelPopulation)], number, strict=not chip)
    synapses = _synapses(graph, firsts, number, quantize)
    fired = np.zeros((ticks, firsts[-1]), np.bool_)
    for population, rows in spikes.items():
        fired[rows[:, 0], firsts[population] + rows[:, 1]] = True
    voltages = np.zeros((ticks, firsts[-1]), number)
    ahead = np.zeros((AHEAD, 2, firsts[-1]), number)  # by tick to come and sign
    for tick in range(ticks):
        if tick:
            acting = synapses.of(np.flatnonzero(fired[tick - 1]))
            weight, slot = synapses.weight[acting], (tick + synapses.delay[acting]) % AHEAD
            np.add.at(ahead, (slot, (weight < 0).astype(np.int64), synapses.target[acting]), np.abs(weight))
        now = ahead[tick % AHEAD]
        fired[tick] |= neurons.step(now[0], now[1])
        now[:] = 0
        voltages[tick] = neurons.v
    return MirrorResult(
        tuple(np.argwhere(fired[:, a:b]) for a, b in pairwise(firsts)),
        tuple(voltages[:, a:b] for a, b in pairwise(firsts)),
    )


def _synapses(graph: Graph, firsts: Ints, number: Any, quantize: bool) -> _Synapses:
    """Sort the synapses of all projections by source."""
    lists = [q for q in graph.projections if isinstance(q, SynapseList)]
    none: Any = np.zeros(0, np.int64)
    source = np.concatenate([none, *(q.source + firsts[q.pre] for q in lists)])
    target = np.concatenate([none, *(q.target + firsts[q.post] for q in lists)])
    weight = np.concatenate([np.zeros(0), *(q.weight for q in lists)])
    delay = np.concatenate([none, *(q.delay for q in lists)])
    order = np.argsort(source, kind="stable")
    begin = np.searchsorted(source[order], np.arange(firsts[-1] + 1))
    return _Synapses(
        begin, target[order], (np.trunc(weight) if quantize else weight)[order].astype(number), delay[order]
    )
