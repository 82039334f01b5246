"""The surrogate gradient of a spike time: its forward pass is the chip's, its backward pass what each reading says, and fig4's claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinn2sim.experiments.runner.protocol import Options
from spinn2sim.experiments.runner.reproduce import reproduce
from spinn2sim.experiments.tasks.synapse import chip_scheme, surrogate_slope
from spinn2sim.experiments.tasks.synapse.closed_form import WEIGHTS
from spinn2sim.experiments.tasks.synapse.scheme_errors import best_factor


@pytest.mark.parametrize("steps", [16, 256])
def test_its_spikes_are_the_mirrors(steps: int) -> None:
    """Its forward pass is EventProp's: every first spike is in the same step."""
    times, _ = surrogate_slope.time_and_slope(WEIGHTS, steps, "decoder", 20)
    np.testing.assert_array_equal(times, chip_scheme.in_float64(WEIGHTS, steps)[0])


def smoothed_first_spike(weight: float, steps: int, beta: float) -> float:
    """dL/dw of the reading "first" by autograd's rules written out: forward spikes, a loss over all products, backward by hand."""
    unit, end = surrogate_slope.unit_response(steps), surrogate_slope.END * steps
    first = int(np.flatnonzero(weight * unit > 1)[0])
    z = np.zeros(end)
    z[first] = 1
    following = surrogate_slope.next_spike(weight, first, steps)
    if following < end:
        z[following] = 1

    def loss(train: np.ndarray) -> float:
        before = np.cumprod(np.concatenate([[1.0], 1 - train]))
        return float(np.sum(np.arange(end) * train * before[:-1]) + end * before[-1]) / steps

    slope = 0.0
    for k in range(first + 1):  # the loss is linear in each z[k] alone
        on, off = z.copy(), z.copy()
        on[k], off[k] = 1, 0
        slope += (loss(on) - loss(off)) * unit[k] / (1 + beta * abs(weight * unit[k] - 1)) ** 2
    return slope


@settings(max_examples=20)
@given(st.floats(2.8, 30), st.sampled_from([16, 32]), st.sampled_from([5.0, 100.0]))
def test_first_is_the_derivative_of_its_loss(weight: float, steps: int, beta: float) -> None:
    """dL/dz of "first" is what differences of its loss over spike trains give, for every step up to the spike."""
    _, slopes = surrogate_slope.time_and_slope(np.array([weight]), steps, "first", beta)
    assert slopes[0] == pytest.approx(smoothed_first_spike(weight, steps, beta), rel=1e-9)


def test_the_decoders_limit() -> None:
    """With dt the decoder's estimate goes to -1/w, whatever beta is: not to the slope of the spike time."""
    weights = np.array([3.0, 5.0])
    for beta in (5, 100):
        _, slopes = surrogate_slope.time_and_slope(weights, 2**15, "decoder", beta)
        np.testing.assert_allclose(slopes, -1 / weights, rtol=0.02)


def test_the_best_factor() -> None:
    """Equal ratios are mended, a wrong sign is not."""
    assert best_factor(np.array([4.0, 4.0])) == 0.25
    assert best_factor(np.array([-1.0, -2.0])) == best_factor(np.zeros(2)) == 0


def test_fig4_in_reduced_size(tmp_path: Path) -> None:
    """EventProp's error falls with dt; no surrogate comes near the gradient at any dt, whatever it is multiplied by."""
    found = reproduce("fig4", tmp_path / "out", Options(quick=True))
    ours = {(value["row"], value["quantity"]): value["ours"]["value"] for value in found.data["values"]}
    rows = dict.fromkeys(row for row, _ in ours)
    assert len(rows) == 10
    least = {row: ours[row, "smallest error at any dt, w >= 1.1 e"] for row in rows}
    scaled = {row: ours[row, "the same after the best factor, dt = tau/1024"] for row in rows}
    assert least.pop("EventProp") < 0.01 < 0.1 < min(least.values())
    assert scaled.pop("EventProp") < 0.01 < 0.1 < min(scaled.values())
    assert (tmp_path / "out" / "fig4.png").exists()
