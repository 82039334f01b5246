"""Accuracy, silence and loss of a part, compared with results by hand, and laws that hold for any spikes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spinn2sim.mirror.loss_values import LossConstants
from spinn2sim.training.score import score, score_peaks

T = 10
LOSS = LossConstants(xi=1.5, a=0.01, b=100.0)


def shares(first_spike: list[int], label: int) -> tuple[float | None, ...]:
    """Return (accuracy, accuracy_strict, silent_label, silent_all) of one sample."""
    found = score(np.array([first_spike]), np.array([label]), T, LOSS)
    return found.accuracy, found.accuracy_strict, found.silent_label, found.silent_all


@pytest.mark.parametrize(
    ("first_spike", "label", "expected"),
    [
        ([3, 5, T], 0, (1, 1, 0, 0)),
        ([3, 5, T], 1, (0, 0, 0, 0)),
        ([3, 3, 5], 0, (1, 0, 0, 0)),  # a tie goes to the lowest index, and is never strictly right
        ([3, 3, 5], 1, (0, 0, 0, 0)),
        ([4, 3, T], 2, (0, 0, 1, 0)),
        ([T, T, T], 0, (0, 0, 1, 1)),  # argmin would call this class 0 and right
        ([T, T, T], 2, (0, 0, 1, 1)),
        ([T - 1, T, T], 0, (1, 1, 0, 0)),  # a spike in the last step is a spike
    ],
)
def test_one_sample_by_hand(first_spike: list[int], label: int, expected: tuple[float, ...]) -> None:
    """A sample whose label neuron is silent is wrong, ties go to the lowest index, and strict accuracy allows no tie."""
    assert shares(first_spike, label) == expected


@pytest.mark.parametrize(
    ("peaks", "label", "expected"),
    [
        ([0.3, 0.2, 0.0], 0, (1, 1, 0, 0)),
        ([0.3, 0.2, 0.0], 1, (0, 0, 0, 0)),
        ([0.3, 0.3, 0.1], 0, (1, 0, 0, 0)),  # a tie goes to the lowest index, and is never strictly right
        ([0.3, 0.3, 0.1], 1, (0, 0, 0, 0)),
        ([0.3, 0.0, 0.1], 1, (0, 0, 1, 0)),
        ([0.0, 0.0, 0.0], 0, (0, 0, 1, 1)),  # argmax would call this class 0 and right
    ],
)
def test_highest_voltages_by_hand(peaks: list[float], label: int, expected: tuple[float, ...]) -> None:
    """The highest voltage decides, and ties go to the lowest index; a label neuron that was never above rest is silent and wrong."""
    found = score_peaks(np.array([peaks]), np.array([label]), 0.5)

    assert (found.accuracy, found.accuracy_strict, found.silent_label, found.silent_all) == expected
    terms = [math.exp(2 * m) for m in peaks]
    assert found.loss == pytest.approx(-math.log(terms[label] / sum(terms)), rel=1e-12)


def test_no_samples_give_nulls() -> None:
    """An empty part has no accuracy, not NaN."""
    found = score(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), T, LOSS)

    assert (found.samples, found.accuracy, found.loss) == (0, None, None)


@given(arrays(np.int64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, T)), st.data())
def test_shares_keep_their_order(first_spike: np.ndarray, data: st.DataObject) -> None:
    """For any first spikes, strict <= accuracy <= 1 - silent_label and silent_all <= silent_label."""
    labels = data.draw(arrays(np.int64, len(first_spike), elements=st.integers(0, 2)))

    found = score(first_spike, labels, T, LOSS)

    assert found.accuracy_strict <= found.accuracy <= 1 - found.silent_label + 1e-15
    assert found.silent_all <= found.silent_label
    assert found.accuracy == sum(shares(t, k)[0] for t, k in zip(first_spike.tolist(), labels, strict=True)) / len(
        labels
    )
