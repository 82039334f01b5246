"""Draws splits in which each class has its share of the samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw(
    classes: NDArray[np.int64], count: int, random: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw `count` of n samples; return the positions of these and of the others, both in a random order.

    Of each class its share is drawn, rounded by the largest remainders. A class with two samples or more keeps one among the others.
    """
    order = random.permutation(len(classes))
    quota = _quotas(np.bincount(classes), count)
    rank = np.empty(len(classes), np.int64)
    for label in range(len(quota)):
        members = order[classes[order] == label]
        rank[members] = np.arange(len(members))
    chosen = rank[order] < quota[classes[order]]
    return order[chosen], order[~chosen]


def _quotas(sizes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return how many samples of each class are drawn; their sum is `count`, at most that of `sizes`."""
    exact = sizes * (count / max(1, int(sizes.sum())))
    quota: NDArray[np.int64] = np.minimum(np.floor(exact).astype(np.int64), sizes)
    most = np.maximum(sizes - 1, 0)
    by_remainder = np.argsort(-(exact - quota), kind="stable")
    for limit in (most, sizes):  # the last sample of a class is drawn only if there is no other way
        while quota.sum() < count and (quota < limit).any():
            for label in by_remainder:
                if quota.sum() < count and quota[label] < limit[label]:
                    quota[label] += 1
    return quota
