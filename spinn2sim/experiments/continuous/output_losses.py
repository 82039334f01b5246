"""Losses on the output of a network: on its first-spike times, or on the maxima over time of its membrane potentials.

The loss of a batch is the mean over its samples, so the derivatives carry 1/B.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.circuits import Floats
from spinn2sim.experiments.continuous.spikes import Spikes

Labels = NDArray[np.int64]


class SpikeLoss(NamedTuple):
    """`loss` (samples,), and `g` (spikes,): dL/dt of every output spike, which is 0 except for first spikes."""

    loss: Floats
    g: Floats


class MaxOverTimeLoss(NamedTuple):
    """`loss` (samples,), and `p` (samples, classes): dL/dVmax."""

    loss: Floats
    p: Floats


def first_spikes(spikes: Spikes, t_silent: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return first spike times (`t_silent` if none) and the indices of those spikes (-1 if none), (samples, neurons) each."""
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    neurons_of_samples, first = np.unique(sample * spikes.size + spikes.neurons, return_index=True)
    times, index = np.full(spikes.samples * spikes.size, t_silent), np.full(spikes.samples * spikes.size, -1, np.int64)
    times[neurons_of_samples], index[neurons_of_samples] = spikes.times[first], first
    shape = (spikes.samples, spikes.size)
    return times.reshape(shape), index.reshape(shape)


class ClassProbabilities(NamedTuple):
    """The softmax p over the last axis, and log p, which is finite for finite scores even where p underflows to 0."""

    p: Floats
    log_p: Floats


def softmax(scores: Floats) -> ClassProbabilities:
    """Compute the softmax over the last axis; log p comes from the shifted scores, not from p."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    return ClassProbabilities(np.asarray(powers / total), np.asarray(shifted - np.log(total)))


def first_spike_loss(output: Spikes, labels: Labels, t_end: float, xi: float, alpha: float, beta: float) -> SpikeLoss:
    """Cross-entropy of softmax(-t/xi), plus alpha (exp(t_label/beta) - 1); xi, beta and t_end in seconds.

    A silent neuron has t = t_end and no gradient. The loss is that of docs/reference/equations.md (Goeltz et al. 2021, eq. 3; Wunderlich &
    Pehle 2021, methods), in seconds instead of steps.
    """
    times, index = first_spikes(output, t_end)
    rows = np.arange(len(labels))
    p, log_p = softmax(-times / xi)
    t_label = times[rows, labels]
    loss, label_slope = -log_p[rows, labels], np.full(len(labels), 1.0 / xi)
    if alpha > 0.0:  # otherwise a tiny beta would give 0 times infinity
        loss += alpha * np.expm1(t_label / beta)
        label_slope += alpha / beta * np.exp(t_label / beta)
    slope = -p / xi
    slope[rows, labels] += label_slope
    g = np.zeros(len(output.times))
    fired = index >= 0
    g[index[fired]] = slope[fired] / len(labels)
    return SpikeLoss(loss, g)


def max_over_time_loss(values: Floats, labels: Labels, scale: float = 1.0) -> MaxOverTimeLoss:
    """Cross-entropy of softmax(scale Vmax); `values` are the maxima Vmax, (samples, classes)."""
    rows = np.arange(len(labels))
    probability, log_probability = softmax(scale * values)
    p = probability * scale / len(labels)
    p[rows, labels] -= scale / len(labels)
    return MaxOverTimeLoss(-log_probability[rows, labels], p)
