"""Computes accuracy, silence and loss from the network's answers, by the one definition that all results use.

First spikes: t_k is the first step with a spike of output k, T if there is none (in continuous time, the first time in seconds). Highest
voltages: m_k is 0 if output k was never above rest, which counts as silent. A sample whose label neuron is silent is always wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.loss_values import LossConstants, Numbers, first_spike_losses, max_over_time_losses


@dataclass(frozen=True)
class Score:
    """Shares of samples (0..1) and the mean loss; None if there were no samples."""

    samples: int
    # The label neuron fires, and no output fires earlier (or is higher); ties go to the lowest index.
    accuracy: float | None
    # The label neuron fires, and no other output fires in the same step or earlier (or is as high).
    accuracy_strict: float | None
    silent_label: float | None
    silent_all: float | None
    loss: float | None


def score(first_spike: Numbers, labels: NDArray[np.integer], steps: float, loss: LossConstants) -> Score:
    """Score n samples by first spikes: first_spike [n, n_out], T = `steps` for a silent output; labels [n]."""
    n = len(labels)
    if n == 0:
        return Score(0, None, None, None, None, None)
    own = first_spike[np.arange(n), labels]
    fires = own < steps
    winner: NDArray[np.int64] = np.argmin(first_spike, axis=1)
    right = fires & np.equal(winner, labels)
    earliest_step: Numbers = first_spike.min(axis=1)
    as_early = np.count_nonzero(first_spike <= own[:, None], axis=1)
    return Score(
        samples=n,
        accuracy=_share(right),
        accuracy_strict=_share(fires & (as_early == 1)),
        silent_label=_share(~fires),
        silent_all=_share(earliest_step >= steps),
        loss=float(first_spike_losses(first_spike, labels, loss).mean()),
    )


def score_peaks(
    peaks: NDArray[np.float64], labels: NDArray[np.integer], temperature: float, lowest: float = 0.0
) -> Score:
    """Score n samples by highest voltages: peaks [n, n_out], 0 if V was never above rest; labels [n].

    Outputs at `lowest` or below are silent; -inf: none is, as with average voltages.
    """
    n = len(labels)
    if n == 0:
        return Score(0, None, None, None, None, None)
    own = peaks[np.arange(n), labels]
    rose = own > lowest
    winner: NDArray[np.int64] = np.argmax(peaks, axis=1)
    as_high = np.count_nonzero(peaks >= own[:, None], axis=1)
    return Score(
        samples=n,
        accuracy=_share(rose & np.equal(winner, labels)),
        accuracy_strict=_share(rose & (as_high == 1)),
        silent_label=_share(~rose),
        silent_all=_share(peaks.max(axis=1) <= lowest),
        loss=float(max_over_time_losses(peaks, labels, temperature).mean()),
    )


def _share(of: NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(of)) / len(of)
