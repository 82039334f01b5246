"""Computes the loss of each sample from the network's answer: first-spike times, or the maxima of voltages over time.

These values are only reported; training does not use them. Every cross-entropy is computed from shifted scores,
log p_k = s_k - max s - log(sum exp(s - max s)), so that it is finite for finite scores, however far apart they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.integer[Any] | np.floating[Any]]


@dataclass(frozen=True)
class LossConstants:
    """The constants of the loss on first spikes; xi and b in steps (in seconds if the times are)."""

    xi: float
    a: float
    b: float


def first_spike_losses(
    first_spike: Numbers, labels: NDArray[np.integer[Any]], loss: LossConstants
) -> NDArray[np.float64]:
    """L = -log p_label + a (exp(t_label / b) - 1) per sample, p = softmax(-t / xi): first_spike [n, n_out] -> [n]."""
    values = _cross_entropies(-(first_spike - first_spike.min(axis=1, keepdims=True)) / loss.xi, labels)
    if loss.a > 0:  # otherwise a tiny b would give 0 times infinity
        values += loss.a * np.expm1(first_spike[np.arange(len(labels)), labels] / loss.b)
    return values


def max_over_time_losses(
    peaks: NDArray[np.float64], labels: NDArray[np.integer[Any]], temperature: float
) -> NDArray[np.float64]:
    """L = -log p_label per sample, p = softmax(m / temperature): peaks m [n, n_out] -> [n]."""
    return _cross_entropies((peaks - peaks.max(axis=1, keepdims=True)) / temperature, labels)


def _cross_entropies(shifted: NDArray[np.float64], labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """-log softmax(scores)[label] per sample, from scores [n, n_out] of which the largest per sample is 0."""
    return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels], np.float64)
