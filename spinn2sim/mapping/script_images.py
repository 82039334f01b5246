"""Which slices of an image hear which: a slice of pixels has synapses to those whose windows cover one of its pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Convolution, Graph
from spinn2sim.mapping.cuts import Cut

Ints = NDArray[np.int64]
Pixels = NDArray[np.bool_]


def convolution_pairs(graph: Graph, cuts: Sequence[Sequence[Cut]]) -> Ints:
    """Return sender * slices + taker for each pair of slices that a convolution joins. Slices are numbered over all populations."""
    begins = np.cumsum([0, *(len(own) for own in cuts)])
    found = [np.zeros(0, np.int64)]
    for q in graph.projections:
        if isinstance(q, Convolution):
            sent = np.array([reach(q, _pixels(cut, (q.height, q.width))).reshape(-1) for cut in cuts[q.pre]])
            taken = np.array([_pixels(cut, q.image).reshape(-1) for cut in cuts[q.post]])
            sender, taker = np.nonzero(sent.astype(np.int64) @ taken.T.astype(np.int64))
            found.append((begins[q.pre] + sender) * begins[-1] + begins[q.post] + taker)
    return np.concatenate(found)


def _pixels(cut: Cut, image: tuple[int, int]) -> Pixels:
    """Return [row, column]: whether a slice has the pixel in any of its channels."""
    size = image[0] * image[1]
    have = np.zeros(size, np.bool_)
    have[np.arange(cut.first, min(cut.last, cut.first + size)) % size] = True
    return have.reshape(image)


def reach(q: Convolution, pixels: Pixels) -> Pixels:
    """Return the pixels [row, column] of `post` whose windows cover one of these pixels of `pre`."""
    (high, wide), (down, across), (top, bottom, left, right) = q.pooled, q.pool, q.pad
    sums: Pixels = pixels[: high * down, : wide * across].reshape(high, down, wide, across).max(axis=(1, 3))
    framed = np.pad(sums, ((top, bottom), (left, right)))
    size = (q.kernel.shape[2], q.kernel.shape[3])
    windows = np.lib.stride_tricks.sliding_window_view(framed, size)[:: q.stride[0], :: q.stride[1]]
    covered: Pixels = windows.max(axis=(2, 3))
    return covered
