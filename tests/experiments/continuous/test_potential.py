"""One neuron between two events: its closed forms against integration, root finding and a fine grid."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from continuous_networks import ratios
from spinn2sim.experiments.continuous.potential import first_crossing, potential, response, time_of_extremum

voltages = st.floats(-3.0, 0.999)
currents = st.floats(-5.0, 20.0)


@settings(max_examples=30)
@given(voltages, currents, ratios)
def test_potential_solves_the_equation(v: float, i: float, ratio: float) -> None:
    """V(t) is what a general solver makes of tau_mem dV/dt = -V + I, tau_syn dI/dt = -I."""
    instants = np.linspace(0.0, 4.0, 9)
    found = solve_ivp(
        lambda _, y: [y[1] - y[0], -y[1] / ratio], (0, 4), (v, i), t_eval=instants, rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose([potential(t, v, i, 1.0, ratio) for t in instants], found.y[0], atol=1e-7)


@given(st.floats(1e-4, 1e4), ratios)
def test_response_is_finite_and_bounded_at_any_time(t: float, ratio: float) -> None:
    """Thousands of time constants later nothing overflows: V from rest stays within 0 and I0."""
    assert 0.0 <= response(t, 1.0, ratio) <= 1.0


@given(voltages, currents, ratios)
def test_extremum_is_where_v_meets_i(v: float, i: float, ratio: float) -> None:
    """At the time found dV/dt = 0, and V on a fine grid is nowhere beyond its value there; where none is found V is monotone."""
    assume(i != v)
    t = time_of_extremum(v, i, 1.0, ratio)
    grid = np.linspace(0.0, min(t, 8.0) if t < math.inf else 8.0, 400)
    trace = np.array([potential(s, v, i, 1.0, ratio) for s in grid])
    steps = np.diff(trace) * (1.0 if i > v else -1.0)
    assert (steps >= -1e-12).all()
    if t < 30.0:
        assert abs(potential(t, v, i, 1.0, ratio) - i * math.exp(-t / ratio)) < 1e-9 * (abs(i) + abs(v))


@settings(max_examples=200)
@given(voltages, currents, ratios, st.floats(0.01, 10.0))
def test_crossing_is_the_root(v: float, i: float, ratio: float, horizon: float) -> None:
    """The first crossing is the root that Brent's method finds before the maximum; there is none if the maximum stays below."""
    found = first_crossing(v, i, 1.0, ratio, 1.0, horizon)
    top = min(time_of_extremum(v, i, 1.0, ratio), horizon) if i > v else 0.0
    highest = potential(top, v, i, 1.0, ratio)
    assume(abs(highest - 1.0) > 1e-9)
    if highest < 1.0:
        assert found == math.inf
        return
    expected = brentq(lambda t: potential(t, v, i, 1.0, ratio) - 1.0, 0.0, top, xtol=1e-15)
    assert abs(potential(found, v, i, 1.0, ratio) - 1.0) < 1e-12
    assert abs(found - expected) < 1e-12 / (i * math.exp(-found / ratio) - 1.0)


@given(st.floats(-13.0, -3.0), ratios)
def test_crossing_that_only_just_happens(above: float, ratio: float) -> None:
    """A maximum 1e-13 to 1e-3 above threshold is still crossed, before its time, to within what rounding leaves of the threshold."""
    top = time_of_extremum(0.0, 1.0, 1.0, ratio)
    i = (1.0 + 10.0**above) / response(top, 1.0, ratio)
    found = first_crossing(0.0, i, 1.0, ratio, 1.0, 20.0)
    assert found < top
    assert abs(potential(found, 0.0, i, 1.0, ratio) - 1.0) < 1e-13
