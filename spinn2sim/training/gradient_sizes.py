"""Reads from the state that an optimizer keeps how large the gradients of the last batches were, and how far the last update went."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.keys import Optimizer

Matrices = list[NDArray[np.float64]]


class Moments(NamedTuple):
    """Adam's two moments of each synapse, (n_post, n_pre) of each projection, with beta1^t and beta2^t after t updates.

    SGD keeps its velocity in `first`, and nothing in `second`.
    """

    first: Matrices
    second: Matrices
    powers: tuple[float, float]


class GradientSizes(NamedTuple):
    """What an optimizer's state tells, (n_post, n_pre) of each projection; None for what it does not tell."""

    # The root mean square of the gradient, over about the last 1 / (1 - beta2) batches.
    gradients: Matrices | None
    # The size of the last update, as a multiple of the learning rate.
    updates: Matrices | None


def gradient_sizes(optimizer: Optimizer, moments: Moments) -> GradientSizes:
    """Return the sizes of gradients and of the last update by Adam (Kingma & Ba 2015, arXiv:1412.6980) or SGD."""
    if optimizer.kind != "adam":
        return GradientSizes(None, [np.abs(m) for m in moments.first] if optimizer.momentum else None)
    first, second = (1.0 - power for power in moments.powers)
    if first <= 0 or second <= 0:  # before the first update
        return GradientSizes(None, None)
    gradients = [np.sqrt(np.maximum(v, 0.0) / second) for v in moments.second]
    updates = [np.abs(m / first) / (size + optimizer.epsilon) for m, size in zip(moments.first, gradients, strict=True)]
    return GradientSizes(gradients, updates)
