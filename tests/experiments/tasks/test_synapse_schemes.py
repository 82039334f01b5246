"""One synapse: the closed form, the order of each scheme, the chip's fixed point, and fig1 in reduced size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.experiments.runner.protocol import Options
from spinn2sim.experiments.runner.reproduce import reproduce
from spinn2sim.experiments.tasks.synapse import chip_scheme, euler, interpolated
from spinn2sim.experiments.tasks.synapse.closed_form import AWAY, WEIGHTS, Array, closed_form
from spinn2sim.experiments.tasks.synapse.convergence import convergence_order
from spinn2sim.experiments.tasks.synapse.scheme_errors import SchemeErrors

GRIDS = (64, 128, 256, 512, 1024)


def measured_order(scheme: Callable[[Array, int], tuple[Array, Array]]) -> float:
    """The order of a scheme's gradient over the weights from 1.1 e on."""
    weights = WEIGHTS[WEIGHTS >= AWAY]
    found = [dict(zip(("times", "slopes"), scheme(weights, n), strict=True)) for n in GRIDS]
    return convergence_order(GRIDS, [SchemeErrors.of({"weights": weights, **result}).away for result in found])


def test_the_closed_form_is_the_reference(golden: Path) -> None:
    """Weights, spike times and slopes are those of the table that was made outside this project."""
    table = np.genfromtxt(golden / "analytic_gradient.csv", delimiter=",", names=True)
    times, slopes = closed_form(WEIGHTS)
    for ours, name in ((WEIGHTS, "w"), (times, "t_spike"), (slopes, "dt_dw_analytic")):
        np.testing.assert_allclose(ours, table[name], rtol=1e-11)
    with pytest.raises(ValueError, match="gives no spike"):
        closed_form(np.array([2.7]))


def test_euler_is_of_first_order() -> None:
    """The poster's scheme converges with order 1."""
    assert 0.9 <= measured_order(euler.time_and_slope) <= 1.1


@pytest.mark.parametrize("place", [0.0, 0.37, 0.999])
def test_interpolated_crossings_are_of_second_order(place: float) -> None:
    """Order 2, wherever between two grid points the input spike comes."""
    assert 1.85 <= measured_order(lambda w, n: interpolated.time_and_slope(w, n, place / n)) <= 2.15


@given(
    st.floats(0, 3),
    st.tuples(*[st.floats(-5, 5)] * 2),
    st.tuples(*[st.floats(-5, 5)] * 2),
)
def test_the_adjoint_is_the_transposed(span: float, state: tuple[float, float], adjoint: tuple[float, float]) -> None:
    """<adjoint, state a time later> = <adjoint a time earlier, state>: what backpropagation over a step without spikes is."""
    v, i = interpolated.decay(np.array([state[0]]), np.array([state[1]]), span)
    lv, li = interpolated.decay_adjoint(np.array([adjoint[0]]), np.array([adjoint[1]]), span)
    assert adjoint[0] * v + adjoint[1] * i == pytest.approx(lv * state[0] + li * state[1], abs=1e-9)


@pytest.mark.parametrize("weight", [2.9, 4.0, 11.0])
def test_a_slope_is_the_difference_of_spike_times(weight: float) -> None:
    """The interpolated scheme's dt/dw is what its own spike times do when the weight changes."""
    step = 1e-3 * weight
    times, slopes = interpolated.time_and_slope(np.array([weight - step, weight, weight + step]), 1024)
    assert slopes[1] == pytest.approx((times[2] - times[0]) / (2 * step), rel=1e-3)


def test_a_silent_neuron_has_no_slope() -> None:
    """Below w = e all schemes say nan, not a number."""
    quiet = np.array([2.6, 3.0])
    for scheme in (euler.time_and_slope, interpolated.time_and_slope):
        times, slopes = scheme(quiet, 64)
        assert np.isnan([times[0], slopes[0]]).all()
        assert np.isfinite([times[1], slopes[1]]).all()


def test_the_chip_follows_its_scheme() -> None:
    """In fixed point on the simulated chip: the spike times of the float64 mirror, slopes within 1 % of it at tau / 64."""
    weights = WEIGHTS[3::19]
    times, slopes = chip_scheme.on_chip(weights, 64)
    exact_times, exact_slopes = chip_scheme.in_float64(weights, 64)
    np.testing.assert_array_equal(times, exact_times)
    np.testing.assert_allclose(slopes, exact_slopes, rtol=0.01)


@pytest.mark.slow
def test_fig1_in_reduced_size(tmp_path: Path) -> None:
    """All schemes come nearer to the closed form with dt; the second-order one is far ahead."""
    here = reproduce("fig1", tmp_path / "here", Options(quick=True))
    ours = {(value["row"], value["quantity"]): value["ours"]["value"] for value in here.data["values"]}
    error = "error at dt = tau/1024, w >= 1.1 e"
    assert 0.7 < ours["chip's scheme, float64 mirror", "order in dt, w >= 1.1 e"] < 1.2
    assert 1.8 < ours["second order, interpolated crossings", "order in dt, w >= 1.1 e"] < 2.2
    assert ours["second order, interpolated crossings", error] < 1e-5 < ours["explicit Euler, as the poster", error]
    assert {"fig1.png", "table.csv", "summary.json"} <= {file.name for file in (tmp_path / "here").iterdir()}
