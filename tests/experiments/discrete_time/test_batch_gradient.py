"""The cross-entropy of a recurrent network's readout for maxima of any distance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from extreme_scores import assert_cross_entropy, judged
from spinn2sim.experiments.discrete_time.batch_gradient import add_max_over_time_loss, empty_totals
from spinn2sim.experiments.discrete_time.recurrent_network import RecurrentNetwork
from spinn2sim.experiments.discrete_time.working_memory import empty_record


@given(judged(0.0))
def test_cross_entropy_is_finite_for_any_maxima(drawn: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
    """However far the maxima are apart, loss and gradient are scipy's, and the gradient totals to zero."""
    peaks, labels = drawn
    samples, classes = peaks.shape
    net = RecurrentNetwork(1, 1, classes, 1e-3, 20e-3, 5e-3)
    losses, gradients = np.zeros(samples), np.zeros(peaks.shape)
    for k in range(samples):
        record, totals = empty_record(1, 1, classes), empty_totals(net)
        record.peak[:] = peaks[k]
        add_max_over_time_loss(labels[k], 1, record, gradients[k], totals)
        losses[k] = totals.loss[0]

    assert_cross_entropy(losses, gradients, peaks, labels)
