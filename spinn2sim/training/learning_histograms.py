"""Histograms of weights, of their changes in an epoch and of gradients, by sign and octave, as rows of the table `learning`.

An octave k holds the sizes from 2^k up to 2^(k + 1); zeros have sign 0 and octave 0. So one set of bins serves all sizes, and epochs and
runs can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.keys import Optimizer
from spinn2sim.trace.tables import LEARNING, Columns
from spinn2sim.training.gradient_sizes import gradient_sizes
from spinn2sim.training.trainer import Trainer

QUANTITIES = LEARNING.words["quantity"]


def octaves(values: NDArray[np.float64]) -> list[tuple[int, int, int]]:
    """Return (sign, octave, how many) of the finite values, in ascending order of sign and octave."""
    finite = values[np.isfinite(values)]
    sign = np.sign(finite).astype(np.int64)
    octave = np.where(sign == 0, 0, np.frexp(finite)[1] - 1)
    pairs, counts = np.unique(np.stack([sign.ravel(), octave.ravel()]), axis=1, return_counts=True)
    return [(int(s), int(o), int(n)) for s, o, n in zip(*pairs, counts, strict=True)]


def learning_columns(
    names: Sequence[str], before: Sequence[NDArray[np.float64]], trainer: Trainer, optimizer: Optimizer
) -> Columns:
    """Return the rows of an epoch, given the weights before it and the names of the projections."""
    rows = list(_rows(names, before, trainer, optimizer))
    number, quantity, sign, octave, count = (np.array(column) for column in zip(*rows, strict=True))
    return {
        "projection": np.array(names, object)[number],
        "quantity": quantity.astype(np.int8),
        "sign": sign.astype(np.int16),
        "octave": octave.astype(np.int16),
        "synapses": count.astype(np.int64),
    }


def _rows(
    names: Sequence[str], before: Sequence[NDArray[np.float64]], trainer: Trainer, optimizer: Optimizer
) -> Iterator[tuple[int, int, int, int, int]]:
    weights, gradients = trainer.weights, gradient_sizes(optimizer, trainer.moments).gradients
    for q in range(len(names)):
        change = weights[q] - before[q]
        found = {"weight": weights[q], "change": change, "gradient": None if gradients is None else gradients[q]}
        for number, name in enumerate(QUANTITIES):
            values = found[name]
            if values is not None:
                yield from ((q, number, *bar) for bar in octaves(np.asarray(values, np.float64)))
