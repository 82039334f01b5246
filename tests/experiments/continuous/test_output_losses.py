"""Cross-entropies of first spikes and of maxima for scores of any distance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from extreme_scores import assert_cross_entropy, judged
from spinn2sim.experiments.continuous.output_losses import first_spike_loss, max_over_time_loss
from spinn2sim.experiments.continuous.spikes import Spikes

Judged = tuple[NDArray[np.float64], NDArray[np.int64]]


@given(judged())
def test_max_over_time_loss_is_finite_for_any_maxima(drawn: Judged) -> None:
    """However far the maxima are apart, loss and gradient are scipy's, and the gradient sums to zero."""
    values, labels = drawn

    found = max_over_time_loss(values, labels)

    assert_cross_entropy(found.loss, found.p * len(labels), values, labels)


@given(judged(0.0))
def test_first_spike_loss_is_finite_for_any_times(drawn: Judged) -> None:
    """However far the first spikes are apart, loss and gradient are scipy's; without a late term the gradient sums to zero."""
    times, labels = drawn
    order = np.argsort(times, axis=1, kind="stable")
    samples, size = times.shape
    ends = np.arange(samples + 1, dtype=np.int64) * size
    spikes = Spikes(np.take_along_axis(times, order, axis=1).ravel(), order.ravel().astype(np.int32), ends, size)

    found = first_spike_loss(spikes, labels, 2e6, 1.0, 0.0, 1.0)

    slopes = np.zeros_like(times)
    np.put_along_axis(slopes, order, found.g.reshape(samples, size), axis=1)
    assert_cross_entropy(found.loss, -slopes * samples, -times, labels)
