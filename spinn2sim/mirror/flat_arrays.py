"""The positions of each population's neurons and weights in the mirror's flat arrays.

Population 0 is the input. Weights into population l (1, 2, ...) are stored transposed, [n_in, n_out] in C order, as a spike adds one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)


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
        """The input neuron of each event; [events]."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The label of each sample; [n]."""


class Layout(NamedTuple):
    """Offsets into the flat arrays of a network of L populations after its input."""

    # [L + 1], neurons per population, input first
    sizes: NDArray[np.int64]
    # [L + 2], the first neuron of population l >= 1; the input has none: [0, 0, n_1, n_1 + n_2, ...]
    neuron_at: NDArray[np.int64]
    # [L + 2], the first weight word into population l >= 1, likewise
    weight_at: NDArray[np.int64]
    # Whether the last population is a readout, which never spikes: it has no guard, and the loss is on the maxima of its voltages.
    readout: bool


def make_layout(sizes: Sequence[int], readout: bool = False) -> Layout:
    """Compute the offsets for a network of these sizes, input first; with `readout` the last population never spikes."""
    n = np.asarray(sizes, np.int64)
    neuron_at = np.concatenate(([0, 0], np.cumsum(n[1:])))
    weight_at = np.concatenate(([0, 0], np.cumsum(n[1:] * n[:-1])))
    return Layout(n, neuron_at.astype(np.int64), weight_at.astype(np.int64), readout)


def flatten(layout: Layout, weights: Sequence[NDArray[S]]) -> NDArray[S]:
    """Convert weights (n_out, n_in) per population to one flat array, with [n_in, n_out] per population."""
    shapes = [(int(layout.sizes[k + 1]), int(layout.sizes[k])) for k in range(len(layout.sizes) - 1)]
    if [w.shape for w in weights] != shapes:
        raise ValueError(f"weights have shapes {[w.shape for w in weights]}; the network needs {shapes}")
    return np.concatenate([np.ascontiguousarray(w.T).ravel() for w in weights])


def unflatten(layout: Layout, flat: NDArray[S]) -> list[NDArray[S]]:
    """Convert a flat array back to matrices. Leading axes are kept: (..., words) gives (..., n_out, n_in) per population."""
    matrices = []
    for layer in range(1, len(layout.sizes)):
        part = flat[..., layout.weight_at[layer] : layout.weight_at[layer + 1]]
        shape = (*flat.shape[:-1], int(layout.sizes[layer - 1]), int(layout.sizes[layer]))
        matrices.append(np.ascontiguousarray(np.swapaxes(part.reshape(shape), -1, -2)))
    return matrices
