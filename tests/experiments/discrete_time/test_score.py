"""The cross-entropy of a recurrent network's readout for maxima of any distance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from numpy.typing import NDArray

from extreme_scores import assert_cross_entropy, judged
from spinn2sim.experiments.discrete_time.batch import empty_sums, score
from spinn2sim.experiments.discrete_time.forward import empty_trace
from spinn2sim.experiments.discrete_time.network import Recurrent


@given(judged(0.0))
def test_cross_entropy_is_finite_for_any_maxima(drawn: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
    """However far the maxima are apart, loss and gradient are scipy's, and the gradient sums to zero."""
    peaks, labels = drawn
    samples, classes = peaks.shape
    net = Recurrent(1, 1, classes, 1e-3, 20e-3, 5e-3)
    losses, gradients = np.zeros(samples), np.zeros(peaks.shape)
    for k in range(samples):
        trace, sums = empty_trace(1, 1, classes), empty_sums(net)
        trace.peak[:] = peaks[k]
        score(labels[k], 1, trace, gradients[k], sums)
        losses[k] = sums.loss[0]

    assert_cross_entropy(losses, gradients, peaks, labels)
