"""data.rotation_deg, which rotates the points of Yin-Yang about the centre of the disc."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load_text
from spinn2sim.scenario.data.splits import load_dataset
from spinn2sim.scenario.data.yinyang import generate, rotate


@given(st.floats(-360, 360), st.integers(0, 2**32 - 1))
def test_a_rotation_keeps_distances_and_comes_back(degrees: float, seed: int) -> None:
    """Rotated points keep their distance from the centre and stay in 0..1; the opposite rotation restores them."""
    values, _ = generate(20, seed)
    turned = rotate(values, degrees)
    assert np.allclose(np.hypot(*(turned[:, :2] - 0.5).T), np.hypot(*(values[:, :2] - 0.5).T), atol=1e-12)
    assert turned.min() >= 0
    assert turned.max() <= 1
    assert np.array_equal(turned[:, 2:], 1 - turned[:, :2])
    assert np.allclose(rotate(turned, -degrees), values, atol=1e-12)


def test_a_quarter_turn_is_counter_clockwise() -> None:
    """A rotation by 90 degrees moves a point on the right of the centre to a place above it."""
    assert np.allclose(rotate(np.array([[0.9, 0.5, 0.1, 0.5]]), 90), [[0.5, 0.9, 0.5, 0.1]])


def test_the_scenario_turns_both_splits_and_no_label() -> None:
    """Training and test samples are both rotated, labels are not changed, and 0 degrees gives the same bytes as no rotation."""
    plain, same, turned = (
        load_dataset(load_text(SMALL, changed))
        for changed in ({}, {"data.rotation_deg": 0.0}, {"data.rotation_deg": 30.0})
    )
    for before, zero, after in zip(plain, same, turned, strict=True):
        assert before.values is not None
        assert after.values is not None
        assert np.array_equal(before.values, zero.values)
        assert np.allclose(after.values, rotate(before.values, 30))
        assert np.array_equal(before.labels, after.labels)


def test_other_data_cannot_be_turned() -> None:
    """For other data than Yin-Yang, where it would have no effect, the key is refused."""
    with pytest.raises(ScenarioError, match=r"data\.rotation_deg: found 30"):
        load_text(SMALL, {"data.source": "npz", "data.path": "x.npz", "data.rotation_deg": 30.0})
