"""The mirror of a script's network: the same ticks without packets, in float32 with `>=` as the chip, or in float64 with `>`.

It shares nothing with the PEs' program: spikes of all populations go into one buffer of the ticks to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList
from spinn2sim.mirror.convolution_mirror import DenseConvolution
from spinn2sim.mirror.script_neurons import EXACT, REFERENCES, Moment, Reference

Ints = NDArray[np.int64]
SpikeLists = Mapping[int, Ints]
AHEAD = 8


class MirrorResult(NamedTuple):
    """By population: spikes as rows (tick, neuron), sorted, voltages [tick, neuron] after the reset, and other recorded states by name."""

    spikes: tuple[Ints, ...]
    voltages: tuple[NDArray[Any], ...]
    states: tuple[dict[str, NDArray[Any]], ...]


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
    """The neurons of a population, with their states and what is recorded of them."""

    def __init__(
        self, population: ModelPopulation, reference: Reference, number: Any, strict: bool, ticks: int
    ) -> None:
        given = {**population.parameters, "reset": np.full(population.size, population.subtracts)}
        self.p = {name: v if name in EXACT else v.astype(number) for name, v in given.items()}
        self.x = {name: v.astype(number) for name, v in reference.start(self.p, population.size).items()}
        self.at = Moment(0, strict, self.p.get("seed"), np.arange(population.size))
        self.reference = reference
        self.record = {
            name: np.zeros((ticks, population.size), number) for name in self.x if name in (*population.record, "v")
        }

    def step(self, exc: NDArray[Any], inh: NDArray[Any]) -> NDArray[np.bool_]:
        """Update the neurons with the input of a tick, and return which fire."""
        fires: NDArray[np.bool_] = self.reference.step(self.p, self.x, exc, inh, self.at)
        for name, values in self.record.items():
            values[self.at.tick] = self.x[name]
        self.at = self.at._replace(tick=self.at.tick + 1)
        return fires


def mirror_network(
    graph: Graph, spikes: SpikeLists, ticks: int, chip: bool = True, quantize: bool = True,
    own: Mapping[str, Reference] | None = None,
) -> MirrorResult:  # fmt: skip
    """Run a network: as the `chip` in float32 and firing at v >= threshold, otherwise in float64 and firing at v > threshold.

    `quantize` cuts weights to integers; `own` are the references of models that are not built in, by name.
    """
    number: Any = np.float32 if chip else np.float64
    firsts = np.cumsum([0, *graph.sizes])
    references = {**REFERENCES, **(own or {})}
    neurons = [
        (slice(first, first + p.size), _Neurons(p, references[p.model], number, not chip, ticks))
        for first, p in zip(firsts[:-1].tolist(), graph.populations, strict=True)
        if isinstance(p, ModelPopulation) and p.kind != "input"
    ]
    synapses = _synapses(graph, firsts, number, quantize)
    images = [DenseConvolution(q, quantize) for q in graph.projections if isinstance(q, Convolution)]
    fired = np.zeros((ticks, firsts[-1]), np.bool_)
    for population, rows in spikes.items():
        fired[rows[:, 0], firsts[population] + rows[:, 1]] = True
    ahead = np.zeros((AHEAD, 2, firsts[-1]), number)  # by tick to come and sign
    for tick in range(ticks):
        if tick:
            acting = synapses.of(np.flatnonzero(fired[tick - 1]))
            weight, slot = synapses.weight[acting], (tick + synapses.delay[acting]) % AHEAD
            np.add.at(ahead, (slot, (weight < 0).astype(np.int64), synapses.target[acting]), np.abs(weight))
        now = ahead[tick % AHEAD]
        for q in images if tick else ():
            before = fired[tick - 1, firsts[q.pre] : firsts[q.pre + 1]]
            if before.any():
                now[:, firsts[q.post] : firsts[q.post + 1]] += q.sums(before).astype(number)
        for here, some in neurons:
            fired[tick, here] = some.step(now[0, here], now[1, here])
        now[:] = 0
    records = {here.start: some.record for here, some in neurons}
    states = [records.get(int(first), {}) for first in firsts[:-1]]
    return MirrorResult(
        tuple(np.argwhere(fired[:, a:b]) for a, b in pairwise(firsts)),
        tuple(x.get("v", np.zeros((ticks, n), number)) for x, n in zip(states, graph.sizes, strict=True)),
        tuple(states),
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
