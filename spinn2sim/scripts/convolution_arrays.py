"""Makes the arrays of the convolutions of a script's program: for each PE the kernels of its channels, once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.script_convolution import FIELDS
from spinn2sim.graph import Convolution
from spinn2sim.mapping.script_slices import Slicing


def convolution_arrays(slicing: Slicing) -> dict[str, NDArray[Any]]:
    """Make `convolution_first` and `convolution_last` [pe, population], `convolution` [convolution, field] and `kernel`."""
    firsts, lasts = [], []
    fields: list[list[int]] = []
    kernels = [np.zeros(0, np.int8)]
    weights = 0
    for population, cuts in enumerate(slicing.cuts):
        into = sorted(slicing.graph.convolutions(population), key=lambda q: q.pre)
        sources = np.array([q.pre for q in into], np.int64)
        every = np.arange(len(slicing.cuts))
        for cut in cuts:
            firsts.append(len(fields) + np.searchsorted(sources, every, side="left"))
            lasts.append(len(fields) + np.searchsorted(sources, every, side="right"))
            for q in into:
                first, last = q.channels(cut.first, cut.last)
                fields.append(_fields(q, first, last, weights))
                kernels.append(q.kernel[:, first:last].reshape(-1).astype(np.int8))
                weights += len(kernels[-1])
    return {
        "convolution_first": np.array(firsts, np.int64),
        "convolution_last": np.array(lasts, np.int64),
        "convolution": np.array(fields, np.int64).reshape(-1, FIELDS),
        "kernel": np.concatenate(kernels),
    }


def _fields(q: Convolution, first: int, last: int, weights: int) -> list[int]:
    """Return the fields of a convolution in the order of firmware_models/programs/script_convolution.py."""
    frame = (q.pad[0], q.pad[2])
    return [
        q.height, q.width, *q.pool, *q.pooled, *frame, *q.stride, q.kernel.shape[2], q.kernel.shape[3], *q.image,
        first, last - first, weights,
    ]  # fmt: skip
