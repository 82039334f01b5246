"""What changes a batch's gradient before the optimizer: the rate_penalty and both limits, in both arithmetics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chain_mirror import chain_layout, chain_mirror
from spinn2sim.mirror import record_batch
from spinn2sim.mirror.gradient_transforms import (
    FixedTransforms,
    FloatTransforms,
    transform_fixed_gradient,
    transform_float_gradient,
)
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Scenario

MakeScenario = Callable[..., Scenario]
BOTH = pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
INF = float("inf")
NO_COUNTS, ONES = np.zeros(4, np.int64), np.ones(4)
WORDS = st.lists(st.integers(-(2**40), 2**40), min_size=4, max_size=4)
SGD = {"kind": "sgd", "learning_rate": 1.0}


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.floats(0.01, 10), st.floats(0, 4), st.floats(0, 4))
def test_rate_penalty_is_the_derivative_of_its_penalty(
    counts: list[int], strength: float, low: float, width: float
) -> None:
    """What each incoming weight's gradient gains is dR/dr_j by central differences of the penalty, the same for every source."""
    samples, layout = 5, chain_layout(3, 4)
    grad = np.zeros(12)
    transforms = FloatTransforms(True, np.full(4, strength), low, low + width, samples, False, np.full(4, INF), INF)
    transform_float_gradient(transforms, layout, np.array(counts, np.int64), grad)

    def penalty(r: float) -> float:
        return strength / 2 * (max(0.0, low - r) ** 2 + max(0.0, r - low - width) ** 2)

    for j, count in enumerate(counts):
        r, h = count / samples, 1e-4
        slope = (penalty(r + h) - penalty(r - h)) / (2 * h)
        assert grad.reshape(3, 4)[:, j] == pytest.approx(np.full(3, slope), abs=strength * h)


@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=4), st.integers(1, 2**30), st.integers(0, 9), st.integers(0, 9)
)
def test_rate_penalty_in_fixed_point_is_whole(counts: list[int], strength: int, low: int, width: int) -> None:
    """In gradient words it is strength times the spikes of the batch beyond the bounds, exactly."""
    grad = np.arange(12)
    size = np.full(4, strength)
    transforms = FixedTransforms(True, size, low, low + width, False, np.ones(4, np.int64), INF, ONES)
    transform_fixed_gradient(transforms, chain_layout(3, 4), np.array(counts, np.int64), grad)
    beyond = [max(0, c - low - width) - max(0, low - c) for c in counts]
    assert grad.tolist() == (np.arange(12).reshape(3, 4) + strength * np.array(beyond)).ravel().tolist()


@given(WORDS, st.integers(1, 2**41))
def test_clip_limits_each_gradient(words: list[int], clip: int) -> None:
    """Each gradient is clipped within the limit, what lies inside stays as it is, and the clipped ones are counted, alike in both."""
    exact, real = np.array(words, np.int64), np.array(words, np.float64)
    layout = chain_layout(2, 2)
    clipped = transform_fixed_gradient(
        FixedTransforms(False, NO_COUNTS, 0, 0, True, np.full(2, clip), INF, ONES), layout, NO_COUNTS, exact
    )
    assert (
        transform_float_gradient(
            FloatTransforms(False, ONES, 0.0, 0.0, 1, True, np.full(2, float(clip)), INF), layout, NO_COUNTS, real
        )
        == clipped
    )
    assert exact.tolist() == real.tolist() == np.clip(words, -clip, clip).tolist()
    assert clipped == sum(abs(w) > clip for w in words)


@given(WORDS, st.floats(0.5, 2.0**42))
def test_clip_norm_keeps_the_direction(words: list[int], limit: float) -> None:
    """The Euclidean norm over all gradients ends at the limit at most, each one scaled alike; fixed point rounds to whole words."""
    exact, real = np.array(words, np.int64), np.array(words, np.float64)
    norm, layout = float(np.linalg.norm(real)), chain_layout(2, 2)
    expected = real * min(1.0, limit / norm) if norm else real
    clipped = transform_float_gradient(
        FloatTransforms(False, ONES, 0.0, 0.0, 1, False, ONES, limit), layout, NO_COUNTS, real
    )
    assert (
        transform_fixed_gradient(
            FixedTransforms(False, NO_COUNTS, 0, 0, False, NO_COUNTS, limit, ONES), layout, NO_COUNTS, exact
        )
        == clipped
    )
    np.testing.assert_allclose(real, expected, rtol=1e-12)
    np.testing.assert_allclose(exact, expected, rtol=1e-12, atol=0.5)


def samples_of_two() -> Dataset:
    """Input 0 in step 1; input 1 in step 2."""
    return dataset_from_steps(np.array([[1, -1], [-1, 2]]), np.array([0, 1]), 2)


def moved(
    scenario: Scenario, weights: list[NDArray[Any]], arithmetic: Literal["float64", "fixed"]
) -> list[NDArray[Any]]:
    """What one batch changes on each weight."""
    mirror = chain_mirror(scenario, (2, 2, 2), weights, arithmetic)
    mirror.train_batch(samples_of_two(), np.array([0, 1]))
    return [after - before for after, before in zip(mirror.weights, weights, strict=True)]


@BOTH
def test_rate_penalty_moves_weights_by_the_spikes_beyond_its_range(
    make_scenario: MakeScenario, arithmetic: Any
) -> None:
    """With plain SGD a silent neuron's weights rise by guard_step low, and a busy one's fall by guard_step (r - high)."""
    training = {"silent_guard": "rate", "guard_step": 0.25, "rate_range": (0.5, 1.0), "copies": 2}
    weights = [np.array([[60.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2))]
    scenario = make_scenario(optimizer=SGD, training=training)
    spikes = record_batch(
        chain_mirror(scenario, (2, 2, 2), weights, arithmetic), samples_of_two(), np.array([0, 1])
    ).spikes[0]
    r = spikes[:-1, :, 0].sum() / 2
    assert r > 1.0
    found = moved(scenario, weights, arithmetic)
    np.testing.assert_allclose(found[0], [[-0.25 * (r - 1.0)] * 2, [0.125] * 2], atol=2**-14)
    np.testing.assert_allclose(found[1], np.full((2, 2), 0.125), atol=2**-14)


@BOTH
@pytest.mark.parametrize("key", ["clip", "clip_norm"])
def test_limits_act_on_the_batch(make_scenario: MakeScenario, arithmetic: Any, key: str) -> None:
    """Through a whole batch, plain SGD moves no weight by more than the limit (times the rate), and it does act."""
    training = {"silent_guard": "rate", "guard_step": 0.25, "rate_range": (0.5, 1.0), "copies": 2}
    weights = [np.zeros((2, 2)), np.zeros((2, 2))]
    free = moved(make_scenario(optimizer=SGD, training=training), weights, arithmetic)
    clipped = moved(make_scenario(optimizer=SGD | {key: 1e-3}, training=training), weights, arithmetic)
    size = {"clip": lambda change: max(np.abs(w).max() for w in change),
            "clip_norm": lambda change: np.sqrt(sum((w**2).sum() for w in change))}[key]  # fmt: skip
    assert size(free) > 2e-3
    assert size(clipped) == pytest.approx(1e-3, abs=2**-14)
