"""Checks a script's network that was read from a run directory, before anything is computed with it: its files may be anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList


def check_description(described: Mapping[str, Any]) -> None:
    """Raise ValueError, or KeyError for what is missing, if a network.json has not the numbers and words of a run."""
    for name in ("ticks", "period_q"):
        _need(type(described[name]) is int and described[name] >= 1, f"{name} {described[name]!r}")
    _need(isinstance(described["name"], str) and isinstance(described["engine"], str), "name or engine")
    _need(isinstance(described["losses"], list) and all(isinstance(n, str) for n in described["losses"]), "losses")


def check_network(graph: Graph, spikes: Mapping[int, NDArray[Any]], ticks: int) -> None:
    """Raise ValueError if sizes, numbers of neurons or arrays of a network do not fit to each other."""
    for number, population in enumerate(graph.populations):
        what = f"population {number}"
        assert isinstance(population, ModelPopulation)  # noqa: S101 - others are not read
        _check_population(population, what)
        for name, values in population.parameters.items():
            _need(
                values.shape == (population.size,) and values.dtype.kind in "iuf",
                f"{what}: {name} of shape {values.shape}",
            )
        if number in spikes:
            rows = spikes[number]
            _need(
                rows.ndim == 2 and rows.shape[1] == 2 and rows.dtype.kind in "iu",
                f"{what}: spikes of shape {rows.shape}",
            )
            _need(_within(rows[:, 0], ticks) and _within(rows[:, 1], population.size), f"{what}: a spike outside of it")
    for number, projection in enumerate(graph.projections):
        _check_projection(graph, projection, f"projection {number}")


def _check_population(p: ModelPopulation, what: str) -> None:
    _need(type(p.size) is int and p.size >= 1, f"{what}: size {p.size!r}")
    _need(p.kind in ("input", "lif"), f"{what}: kind {p.kind!r}")
    words = (p.name, p.model, *p.record)
    _need(all(isinstance(word, str) for word in words), f"{what}: name, model or record {words!r}")
    for number in (p.neurons_per_pe, p.neuron_bytes, p.pe_bytes):
        _need(type(number) is int and number >= 0, f"{what}: found {number!r}")


def _check_projection(graph: Graph, q: Any, what: str) -> None:
    for side, end in (("pre", q.pre), ("post", q.post)):
        _need(type(end) is int and 0 <= end < len(graph.populations), f"{what}: {side} {end!r}")
    pre, post = graph.sizes[q.pre], graph.sizes[q.post]
    if isinstance(q, SynapseList):
        columns = (q.source, q.target, q.delay, q.weight)
        _need(
            len({column.shape for column in columns}) == 1 and q.source.ndim == 1, f"{what}: columns of unlike shapes"
        )
        whole = all(column.dtype.kind in "iu" for column in columns[:3])
        _need(whole and q.weight.dtype.kind in "iuf", f"{what}: columns that are no numbers")
        _need(
            _within(q.source, pre) and _within(q.target, post) and _within(q.delay, 1 << 10),
            f"{what}: a synapse outside",
        )
    elif isinstance(q, Convolution):
        _check_convolution(q, pre, post, what)


def _check_convolution(q: Convolution, pre: int, post: int, what: str) -> None:
    kernel, sizes = q.kernel, (q.height, q.width, *q.stride, *q.pool)
    _need(
        kernel.ndim == 4 and kernel.dtype.kind in "iuf" and kernel.size > 0, f"{what}: a kernel of shape {kernel.shape}"
    )
    _need((len(q.stride), len(q.pool), len(q.pad)) == (2, 2, 4), f"{what}: stride, pool or pad")
    _need(
        min(sizes) >= 1 and min(q.pad) >= 0 and min(q.pooled) >= 1 and min(q.image) >= 1,
        f"{what}: sizes {sizes}, {q.pad}",
    )
    _need(max(q.pad) < 1 << 8, f"{what}: pad {q.pad}")
    fits = kernel.shape[0] * q.height * q.width == pre and kernel.shape[1] * q.image[0] * q.image[1] == post
    _need(
        fits and bool(np.isfinite(kernel).all()),
        f"{what}: a kernel of shape {kernel.shape} for {pre} and {post} neurons",
    )


def _within(numbers: NDArray[Any], end: int) -> bool:
    """Whether all numbers are 0 .. end - 1."""
    return not len(numbers) or bool(int(numbers.min()) >= 0 and int(numbers.max()) < end)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
