"""Scores of classes so far apart that the softmax of most is 0 in float64, and the cross-entropy that scipy gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.special import log_softmax

APART = 1e6  # a probability underflows at a distance of 745
Floats = NDArray[np.float64]


@st.composite
def judged(draw: Any, lowest: float = -APART / 2) -> tuple[Floats, NDArray[np.int64]]:
    """Scores [n, classes] that are at most APART apart, from `lowest` on, and a label for each sample."""
    samples, classes = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    near = st.floats(lowest, lowest + 10.0)
    scores = draw(arrays(np.float64, (samples, classes), elements=near | st.floats(lowest, lowest + APART)))
    return scores, draw(arrays(np.int64, samples, elements=st.integers(0, classes - 1)))


def reference(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """-log softmax(scores)[label] of each sample."""
    return -np.asarray(log_softmax(scores, axis=1))[np.arange(len(labels)), labels]


def slopes(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """dL/dscore of each sample and class: softmax(scores) - [class = label]."""
    found = np.exp(log_softmax(scores, axis=1))
    found[np.arange(len(labels)), labels] -= 1.0
    return found


def assert_cross_entropy(found: Floats, gradients: Floats, scores: Floats, labels: NDArray[np.int64]) -> None:
    """The losses [n] are finite and scipy's; the gradients [n, classes], dL/dscore, are scipy's and sum to zero."""
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, reference(scores, labels), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients, slopes(scores, labels), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradients.sum(axis=1), 0.0, atol=1e-12)
