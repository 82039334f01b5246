"""Delays as flat arrays: words of the optimizer, and for each synapse how far ahead its sum lies in a window of steps.

A window is an array [steps, n] of a population. A spike of step s acts over a synapse with delay d on neuron k in row s + 1 + d, so that
d n + k, its reach, is all that a kernel has to add to the start of row s + 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.graph import Delays, Graph
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel

Reach = NDArray[np.int32]


@kernel
def clamp_delays(layout: Layout, delays: Any) -> None:
    """Clamp delays [words] to 0 .. delay_max of their projection."""
    for q in range(layout.delay_max.size):
        for word in range(layout.delay_at[q], layout.delay_at[q + 1]):
            delays[word] = min(max(delays[word], delays.dtype.type(0)), delays.dtype.type(layout.delay_max[q]))


@inlined
def whole_delay(delay: Any, largest: Word) -> Word:
    """Return clamp(floor(delay + 1/2), 0, largest)."""
    return min(max(np.int64(np.floor(np.float64(delay) + 0.5)), 0), largest)


@kernel
def find_reach(layout: Layout, delays: Any, reach: Reach) -> None:
    """reach = d n + k with d = clamp(floor(delay + 1/2), 0, delay_max), computed exactly. Reads delays [words], writes reach [synapses]."""
    for p in range(layout.sizes.size):
        n = layout.sizes[p]
        for q in range(layout.incoming[p], layout.incoming[p + 1]):
            if layout.delay_max[q] > 0:
                for j in range(layout.sizes[layout.pre[q]]):
                    at = layout.reach_at[q] + j * n
                    if layout.axonal[q]:
                        d = whole_delay(delays[layout.delay_at[q] + j], layout.delay_max[q])
                        for k in range(n):
                            reach[at + k] = d * n + k
                    else:
                        for k in range(n):
                            d = whole_delay(delays[layout.delay_at[q] + j * n + k], layout.delay_max[q])
                            reach[at + k] = d * n + k


def make_reach(layout: Layout, delays: NDArray[Any]) -> Reach:
    """Return the reach of each synapse that may have a delay, given the optimizer's delays [words]."""
    reach = np.zeros(int(layout.reach_at[-1]), np.int32)
    find_reach(layout, delays, reach)
    return reach


def flatten_delays(graph: Graph, layout: Layout, delays: Delays | None) -> NDArray[np.float64]:
    """Convert a matrix (n_post, n_pre) per projection, None for no delays, to the optimizer's words.

    Raises ValueError for a wrong shape, a delay out of range, and an axon with several delays.
    """
    given: Delays = [None] * len(graph.projections) if delays is None else delays
    if len(given) != len(graph.projections):
        raise ValueError(f"delays of {len(given)} projections; the network has {len(graph.projections)}")
    return np.concatenate([np.zeros(0), *(_words(graph, q, matrix) for q, matrix in enumerate(given))])


def _words(graph: Graph, q: int, delays: NDArray[np.float64] | None) -> NDArray[np.float64]:
    projection, shape = graph.projections[q], graph.shape(q)
    matrix = np.zeros(shape) if delays is None else np.asarray(delays, np.float64)
    if matrix.shape != shape:
        raise ValueError(f"delays of projection {q} have shape {matrix.shape}; the network needs {shape}")
    exists = np.broadcast_to(True if projection.exists is None else projection.exists, shape)
    matrix = np.where(exists, matrix, 0.0)
    if not (matrix.min(initial=0) >= 0 and matrix.max(initial=0) <= projection.delay_max):
        raise ValueError(
            f"delays of projection {q} are {matrix.min()} to {matrix.max()}, allowed are 0 to {projection.delay_max}"
        )
    if projection.delay_max == 0:
        return np.zeros(0)
    if projection.learn != "axonal":
        return np.ascontiguousarray(matrix.T).ravel()
    axons = matrix.max(axis=0, initial=0)
    if (exists & (matrix != axons)).any():
        raise ValueError(f"projection {q} learns one delay per source, but the synapses of a source have several")
    return np.asarray(axons, np.float64)


def unflatten_delays(layout: Layout, flat: NDArray[Any]) -> list[NDArray[Any] | None]:
    """Convert words of delays to matrices: (..., words) gives (..., n_post, n_pre) per projection, None for one without delays."""
    matrices: list[NDArray[Any] | None] = []
    for p in range(len(layout.sizes)):
        n = int(layout.sizes[p])
        for q in range(layout.incoming[p], layout.incoming[p + 1]):
            words = flat[..., layout.delay_at[q] : layout.delay_at[q + 1]]
            n_pre = int(layout.sizes[layout.pre[q]])
            if layout.delay_max[q] == 0:
                matrices.append(None)
            elif layout.axonal[q]:
                shape = (*flat.shape[:-1], n, n_pre)
                matrices.append(np.ascontiguousarray(np.broadcast_to(words[..., None, :], shape)))
            else:
                part = words.reshape((*flat.shape[:-1], n_pre, n))
                matrices.append(np.ascontiguousarray(np.swapaxes(part, -1, -2)))
    return matrices


def delay_gradients(layout: Layout, flat: NDArray[Any]) -> list[NDArray[Any] | None]:
    """Convert gradient words of delays: (..., n_post, n_pre) per projection, (..., 1, n_pre) for axons, None if no delay is learned."""
    matrices = unflatten_delays(layout, flat)
    return [
        None if m is None or not layout.learns_delays[q] else m[..., :1, :] if layout.axonal[q] else m
        for q, m in enumerate(matrices)
    ]
