"""Measures of how well two arrays agree: relative differences, spikes in common, the angle between gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def largest_difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """max|found - expected| / max|expected|; max|found - expected| if expected is all zero; infinite if the shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    if expected.size == 0:
        return 0.0
    scale = float(np.abs(expected).max())
    difference = float(np.abs(np.asarray(found, np.float64) - expected).max())
    return difference / scale if scale > 0 else difference


def relative_error(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """|found - expected| / |expected| in the Euclidean norm; |found - expected| if expected is zero."""
    norm = float(np.linalg.norm(expected))
    difference = float(np.linalg.norm(found - expected))
    return difference / norm if norm > 0 else difference


def spike_agreement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """|A and B| / |A or B| over (step, sample, neuron); 1 if both are empty."""
    fired_a, fired_b = a.astype(bool), b.astype(bool)
    union = int(np.count_nonzero(fired_a | fired_b))
    return int(np.count_nonzero(fired_a & fired_b)) / union if union else 1.0


def gradient_cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Cosine of the angle between two gradients; 1 if both are zero, 0 if one is."""
    norm_a, norm_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if norm_a == 0 or norm_b == 0:
        return 1.0 if norm_a == norm_b else 0.0
    return float(np.vdot(a / norm_a, b / norm_b))
