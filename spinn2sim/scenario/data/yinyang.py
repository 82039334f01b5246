"""The Yin-Yang data set, byte for byte as published, in any size and with any seed.

Kriener, Goeltz, Petrovici, NICE 2022, doi:10.1145/3517343.3517380. The generator of lkriener/yin_yang_data_set (MIT), rewritten.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

N_VALUES = 4
N_CLASSES = 3
R_BIG, R_SMALL = 0.5, 0.1


def generate(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw n samples: values [n, 4] = (x, y, 1 - x, 1 - y) in 0..1 and labels [n]: 0 yin, 1 yang, 2 dot. Seeds are 0 to 2^32 - 1."""
    random = np.random.RandomState(seed)  # the published bytes come from this frozen stream
    labels = np.empty(n, np.int64)
    points = np.empty((n, 2))
    for sample in range(n):
        labels[sample] = goal = random.randint(3)
        points[sample] = _point_of(goal, random)
    return np.hstack([points, 1 - points]), labels


def rotate(values: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Rotate samples [n, 4] counter-clockwise about the centre of the disc; 0 degrees changes no bit."""
    if degrees == 0:
        return values
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.clip((values[:, :2] - R_BIG) @ turn + R_BIG, 0, 1)  # rounding may leave the disc
    return np.hstack([points, 1 - points])


def _point_of(goal: int, random: np.random.RandomState) -> tuple[float, float]:
    while True:
        x, y = (random.rand(2) * 2 * R_BIG).tolist()
        if sqrt((x - R_BIG) ** 2 + (y - R_BIG) ** 2) <= R_BIG and class_of(x, y) == goal:
            return x, y


def class_of(x: float, y: float) -> int:
    """Return the class of a point inside the disc: 2 in a dot, 1 in yang, otherwise 0."""
    right = sqrt((x - 1.5 * R_BIG) ** 2 + (y - R_BIG) ** 2)
    left = sqrt((x - 0.5 * R_BIG) ** 2 + (y - R_BIG) ** 2)
    if right < R_SMALL or left < R_SMALL:
        return 2
    yang = right <= R_SMALL or R_SMALL < left <= 0.5 * R_BIG or (y > R_BIG and right > 0.5 * R_BIG)
    return 1 if yang else 0
