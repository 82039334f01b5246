"""Cuts the populations of a script's network into slices for PEs: as the script asks, otherwise into the fewest that fit into SRAM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import MappingError
from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList
from spinn2sim.mapping.cuts import Cut

Ints = NDArray[np.int64]
# Neuron models whose neurons have 8 bits in a synapse: how many one PE holds.
MOST_NEURONS = 250
# The kernels of a convolution name no neuron, so that more fit: scripts ask for 256. Assumed.
MOST_PIXELS = 512


class SliceCounts(NamedTuple):
    """What one PE would hold, in counts."""

    neurons: int
    # Source neurons with a synapse here, and 32-bit words of their synapses, two to a word.
    sources: int
    synapse_words: int
    # Spikes of a spike list.
    spikes: int
    # Convolutions, and the weights of their kernels.
    convolutions: int = 0
    kernel_weights: int = 0


# The bytes of a PE, by region, for a population, what it holds, and the ticks of the run.
Memory = Callable[[ModelPopulation, SliceCounts, int], dict[str, int]]


@dataclass(frozen=True, eq=False)
class Sources:
    """The synapses into a population: `source` numbers the neurons of all populations one after the other."""

    source: Ints
    target: Ints
    weight: Ints
    delay: Ints


def gather_sources(graph: Graph) -> tuple[Sources, ...]:
    """Collect the synapses into each population."""
    firsts = np.cumsum([0, *graph.sizes])
    found = []
    for population in range(len(graph.populations)):
        lists = [q for n in graph.incoming(population) if isinstance(q := graph.projections[n], SynapseList)]
        columns = [(q.source + firsts[q.pre], q.target, np.trunc(q.weight).astype(np.int64), q.delay) for q in lists]
        if columns:
            found.append(Sources(*(np.concatenate(column) for column in zip(*columns, strict=True))))
        else:
            found.append(Sources(*(np.zeros(0, np.int64) for _ in range(4))))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Slicing:
    """The slices of a network by population, and what each holds."""

    graph: Graph
    sources: tuple[Sources, ...]
    cuts: tuple[tuple[Cut, ...], ...]
    counts: tuple[tuple[SliceCounts, ...], ...]


def cut_network(
    graph: Graph,
    spikes: dict[int, Ints],
    ticks: int,
    memory: Memory,
    capacity: int,
    known: Sequence[Sequence[int]] | None = None,
) -> Slicing:
    """Cut all populations. `spikes` has the number of spikes of each neuron of a spike list, `capacity` is the bytes of a PE.

    `known` has the edges of the slices of each population if they are known. Raises MappingError if a slice does not fit into a PE.
    """
    sources = gather_sources(graph)
    cuts, counts = [], []
    for number, population in enumerate(graph.populations):
        assert isinstance(population, ModelPopulation)  # noqa: S101 - other populations are not given
        cutter = _Cutter(
            population, sources[number], graph.convolutions(number), spikes.get(number), ticks, memory, capacity
        )
        if known is not None:
            edges = np.array(known[number], np.int64)
        else:
            edges = cutter.asked() if population.neurons_per_pe else cutter.fewest()
        cuts.append(tuple(Cut(int(first), int(last)) for first, last in pairwise(edges)))
        counts.append(tuple(cutter.counts(edges)))
    return Slicing(graph, sources, tuple(cuts), tuple(counts))


@dataclass(frozen=True, eq=False)
class _Cutter:
    population: ModelPopulation
    sources: Sources
    convolutions: tuple[Convolution, ...]
    spikes: Ints | None
    ticks: int
    memory: Memory
    capacity: int

    def counts(self, edges: Ints) -> list[SliceCounts]:
        """Count what the slices between `edges` hold."""
        parts = len(edges) - 1
        part = np.searchsorted(edges, self.sources.target, side="right") - 1
        pairs, lengths = np.unique(self.sources.source * parts + part, return_counts=True)
        rows = np.bincount(pairs % parts, minlength=parts)
        words = np.bincount(pairs % parts, -(-lengths // 2), minlength=parts)
        spikes = np.zeros(parts, np.int64) if self.spikes is None else np.add.reduceat(self.spikes, edges[:-1])
        convolutions = np.full(parts, len(self.convolutions))
        columns = (np.diff(edges), rows, words.astype(np.int64), spikes, convolutions, self._kernel_weights(edges))
        return [SliceCounts(*numbers) for numbers in zip(*(column.tolist() for column in columns), strict=True)]

    def _kernel_weights(self, edges: Ints) -> Ints:
        """Count the weights of the kernels of the channels of each slice."""
        found = np.zeros(len(edges) - 1, np.int64)
        for q in self.convolutions:
            channels = [q.channels(int(a), int(b)) for a, b in pairwise(edges)]
            found += np.array([last - first for first, last in channels]) * (q.kernel.size // q.kernel.shape[1])
        return found

    def fit(self, edges: Ints) -> bool:
        """Whether every slice between `edges` fits into a PE."""
        return all(self._bytes(counts) <= self.capacity for counts in self.counts(edges))

    def _bytes(self, counts: SliceCounts) -> int:
        return sum(self.memory(self.population, counts, self.ticks).values())

    def asked(self) -> Ints:
        """Return the edges of slices of as many neurons as the script asks for. Raises MappingError with the most that fit."""
        asked = min(self.population.neurons_per_pe, self.population.size)
        edges = self._edges(asked)
        if asked <= self._limit and self.fit(edges):
            return edges
        most = _largest(min(asked, self._limit), lambda n: self.fit(self._edges(n)))
        raise MappingError(
            f"population {self.population.name}: found {asked} neurons per PE, allowed are 1 to {most} "
            f"({self._limit} by its model, the rest by {self.capacity} bytes of SRAM)"
            if most
            else self._too_large()
        )

    def fewest(self) -> Ints:
        """Return the edges of the fewest even slices that fit. Raises MappingError if a single neuron does not."""
        most = _largest(min(self._limit, self.population.size), lambda n: self.fit(self._even(n)))
        if not most:
            raise MappingError(self._too_large())
        return self._even(most)

    @property
    def _limit(self) -> int:
        return most_neurons(self.population)

    def _edges(self, neurons: int) -> Ints:
        return np.append(np.arange(0, self.population.size, neurons), self.population.size)

    def _even(self, neurons: int) -> Ints:
        parts = -(-self.population.size // neurons)
        return np.arange(parts + 1) * self.population.size // parts

    def _too_large(self) -> str:
        neurons = self.counts(self._edges(1))
        need = max(self._bytes(counts) for counts in neurons)
        return (
            f"population {self.population.name}: found a neuron that needs {need} bytes of a PE, allowed are {self.capacity}; "
            "run fewer ticks, record less, or give it fewer synapses"
        )


def most_neurons(population: ModelPopulation) -> int:
    """Return the most neurons of a population that one PE may have, whatever they take."""
    if population.kind == "input":
        return population.size
    return MOST_PIXELS if population.model == "lif_conv2d" else MOST_NEURONS


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number from 1 to `most` that fits, 0 if none does, by halving: more never fit where fewer do not."""
    if fits(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
