"""The positions of neurons, weights and delays in the mirror's flat arrays.

A population's weights are stored by rows (see spinn2sim.graph), [rows, n] in C order, as a spike adds one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain as joined
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph
from spinn2sim.mirror.components import components

S = TypeVar("S", bound=np.generic)
Ints = NDArray[np.int64]
INPUT, LIF, READOUT = range(3)
KINDS = {"input": INPUT, "lif": LIF, "readout": READOUT}


class Samples(Protocol):
    """Spike events per sample, sorted by step, and labels. The events of sample s are [first[s], first[s + 1])."""

    @property
    def first(self) -> NDArray[np.int64]:
        """The first event of each sample, and the number of all events; [n + 1]."""

    @property
    def step(self) -> NDArray[np.int32]:
        """The step of each event; [events]."""

    @property
    def source(self) -> NDArray[np.int32]:
        """The neuron of each event, counted over all input populations; [events]."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The label of each sample; [n]."""


class Layout(NamedTuple):
    """Offsets into the flat arrays of a network of P populations and Q projections, which are sorted by their `post`."""

    # [P], neurons, and INPUT, LIF or READOUT
    sizes: Ints
    kind: Ints
    # [P + 1], the first neuron, and the first weight word, of a population; an input has none.
    neuron_at: Ints
    weight_at: Ints
    # [P], the number of an input's first neuron among the events of a sample
    first_input: Ints
    # The population that answers, and whether it is a readout.
    output: int
    readout: bool
    # [P + 1], the projections into population p are [incoming[p], incoming[p + 1])
    incoming: Ints
    # [Q], the population of the sources, and the row of `post` at which they begin
    pre: Ints
    first_row: Ints
    # [Q], whether its sources get errors for their spikes: all but inputs do
    errors: NDArray[np.bool_]
    # [P], whether any spike that comes into a population needs its error: for its source, or for the gradient of a delay
    needs_errors: NDArray[np.bool_]
    # [Q + 1], the first of its synapses among those that may have a delay; a projection without delays has none.
    reach_at: Ints
    # [Q + 1], the first of its words among the delays that the optimizer has: one per synapse, or one per source if it is axonal
    delay_at: Ints
    # [Q], the largest delay that is allowed, whether delays belong to axons, and whether they are learned
    delay_max: Ints
    axonal: NDArray[np.bool_]
    learns_delays: NDArray[np.bool_]
    # [P], the largest delay_max of the projections into a population
    longest: Ints
    # The populations in the order in which they run; component k is order[order_at[k]:order_at[k + 1]].
    order: Ints
    order_at: Ints
    # [P], for how many steps a neuron rests after a spike
    rest: Ints
    # The weight words that the optimizer must not change: those of synapses that do not exist, which are 0, and of others.
    frozen: Ints
    absent: Ints
    held: Ints


class ChainLayout(Layout):
    """The layout of a network of chains: one projection without delays into each population, no cycle; neurons are alike and never rest.

    The class alone says so: for it the kernels are compiled in a shorter form, which gives the same bits.
    """

    __slots__ = ()


def starts(counts: Sequence[int] | Ints) -> Ints:
    """Return where each of some consecutive parts begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(np.asarray(counts, np.int64)))).astype(np.int64)


def make_layout(graph: Graph) -> Layout:
    """Compute the offsets for a network."""
    sizes = np.array(graph.sizes, np.int64)
    kind = np.array([KINDS[p.kind] for p in graph.populations], np.int64)
    posts, pre = (np.array([getattr(q, end) for q in graph.projections], np.int64) for end in ("post", "pre"))
    if (np.diff(posts) < 0).any():
        raise ValueError("the projections of a graph must be sorted by the population that they go to")
    incoming = starts(np.bincount(posts, minlength=len(sizes)))
    before = starts(sizes[pre])
    rows = before[incoming[1:]] - before[incoming[:-1]]
    limits = np.array([q.delay_max for q in graph.projections], np.int64)
    axonal = np.array([q.learn == "axonal" for q in graph.projections], bool)
    synapses = np.where(limits > 0, sizes[pre] * sizes[posts], 0)
    longest = np.zeros(len(sizes), np.int64)
    np.maximum.at(longest, posts, limits)
    errors = kind[pre] != INPUT
    learns = np.array([q.learns_delays for q in graph.projections], bool) & (limits > 0)
    needs = np.zeros(len(sizes), bool)
    np.logical_or.at(needs, posts, errors | learns)
    first_input = np.array([graph.first_input.get(p, 0) for p in range(len(sizes))], np.int64)
    parts = components(graph)
    layout = Layout(
        sizes, kind, starts(np.where(kind == INPUT, 0, sizes)), starts(rows * sizes), first_input, graph.output,
        graph.has_readout, incoming, pre, before[:-1] - before[incoming[posts]], errors, needs, starts(synapses),
        starts(np.where(axonal & (limits > 0), sizes[pre], synapses)), limits, axonal,
        learns, longest,
        np.array(list(joined.from_iterable(parts)), np.int64), starts([len(part) for part in parts]),
        np.array([p.refractory_steps for p in graph.populations], np.int64), *[np.zeros(0, np.int64)] * 3,
    )  # fmt: skip
    frozen, absent = _frozen(graph, layout), _absent(graph, layout)
    layout = layout._replace(frozen=frozen, absent=absent, held=np.setdiff1d(frozen, absent))
    return ChainLayout(*layout) if _is_chain(graph, layout) else layout


def _is_chain(graph: Graph, layout: Layout) -> bool:
    """Return whether a network is what ChainLayout says."""
    one_source = bool((np.diff(layout.incoming)[layout.kind != INPUT] == 1).all())
    no_cycle = layout.order.size == layout.order_at.size - 1 and not (layout.pre == _posts(layout)).any()
    alike = all(len(p.time_constants) <= 1 for p in graph.populations)
    return one_source and no_cycle and alike and not (layout.delay_max.any() or layout.rest.any())


def _posts(layout: Layout) -> Ints:
    """Return the population that each projection goes to."""
    return np.repeat(np.arange(layout.sizes.size), np.diff(layout.incoming))


def _frozen(graph: Graph, layout: Layout) -> Ints:
    """Return the weight words of synapses that do not exist, or whose weights are not learned."""
    learned = [
        np.broadcast_to(q.learns_weights & (True if q.exists is None else q.exists), graph.shape(k))
        for k, q in enumerate(graph.projections)
    ]
    return np.flatnonzero(~flatten(layout, learned)).astype(np.int64)


def _absent(graph: Graph, layout: Layout) -> Ints:
    """Return the weight words of synapses that do not exist."""
    exist = [
        np.broadcast_to(np.True_ if q.exists is None else q.exists, graph.shape(k))
        for k, q in enumerate(graph.projections)
    ]
    return np.flatnonzero(~flatten(layout, exist)).astype(np.int64)


def flatten(layout: Layout, matrices: Sequence[NDArray[S]]) -> NDArray[S]:
    """Convert a matrix (n_post, n_pre) per projection to one flat array, with [rows, n] per population."""
    shapes = [(int(layout.sizes[p]), int(layout.sizes[layout.pre[q]])) for p, q in _projections(layout)]
    if [matrix.shape for matrix in matrices] != shapes:
        raise ValueError(f"weights have shapes {[m.shape for m in matrices]}; the network needs {shapes}")
    return np.concatenate([np.ascontiguousarray(matrix.T).ravel() for matrix in matrices])


def unflatten(layout: Layout, flat: NDArray[S]) -> list[NDArray[S]]:
    """Convert a flat array back to matrices. Leading axes are kept: (..., words) gives (..., n_post, n_pre) per projection."""
    matrices = []
    for p, q in _projections(layout):
        n, n_pre = int(layout.sizes[p]), int(layout.sizes[layout.pre[q]])
        first = int(layout.weight_at[p] + layout.first_row[q] * n)
        part = flat[..., first : first + n_pre * n].reshape((*flat.shape[:-1], n_pre, n))
        matrices.append(np.ascontiguousarray(np.swapaxes(part, -1, -2)))
    return matrices


def per_word(layout: Layout, values: NDArray[S]) -> NDArray[S]:
    """Repeat a value of each neuron, [neurons], for each weight word into it, [words]."""
    cuts, rows = layout.neuron_at, np.diff(layout.weight_at) // layout.sizes
    return np.concatenate([np.tile(values[cuts[p] : cuts[p + 1]], rows[p]) for p in range(len(layout.sizes))])


def _projections(layout: Layout) -> list[tuple[int, int]]:
    """Return (post, projection) of each projection."""
    return [(p, q) for p in range(len(layout.sizes)) for q in range(layout.incoming[p], layout.incoming[p + 1])]
