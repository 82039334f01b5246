"""Values of both losses: by hand, and for scores of any distance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from extreme_scores import judged, reference
from spinn2sim.mirror.loss_values import LossConstants, first_spike_losses, max_over_time_losses

T = 10
Judged = tuple[NDArray[np.float64], NDArray[np.int64]]


def test_loss_by_hand() -> None:
    """L = -log softmax(-t / xi)[label] + a (exp(t_label / b) - 1), with T for a silent output."""
    times, label = [3, 5, T], 1
    p = math.exp(-5 / 1.5) / sum(math.exp(-t / 1.5) for t in times)

    loss = first_spike_losses(np.array([times]), np.array([label]), LossConstants(1.5, 0.01, 100.0))

    assert loss[0] == pytest.approx(-math.log(p) + 0.01 * (math.exp(5 / 100) - 1), rel=1e-14)


def test_loss_of_late_spikes_stays_finite() -> None:
    """A tiny xi and late spikes make exp(-t / xi) zero: the loss must not become NaN."""
    loss = first_spike_losses(np.array([[4000, 4001]]), np.array([0]), LossConstants(0.02, 0.0, 1.0))

    assert loss[0] == pytest.approx(0.0, abs=1e-12)


@given(judged(0.0))
def test_first_spike_losses_are_finite_for_any_times(drawn: Judged) -> None:
    """However far the first spikes are apart, the loss is finite and scipy's cross-entropy."""
    times, labels = drawn

    found = first_spike_losses(times, labels, LossConstants(1.0, 0.0, 1.0))

    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, reference(-times, labels), rtol=1e-12, atol=1e-12)


@given(judged())
def test_max_over_time_losses_are_finite_for_any_maxima(drawn: Judged) -> None:
    """However far the maxima are apart, the loss is finite and scipy's cross-entropy."""
    peaks, labels = drawn

    found = max_over_time_losses(peaks, labels, 1.0)

    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, reference(peaks, labels), rtol=1e-12, atol=1e-12)
