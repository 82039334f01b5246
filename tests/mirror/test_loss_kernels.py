"""The derivatives of both losses, kernel by kernel, for first spikes and maxima of any distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chain_mirror import chain_layout, chain_of
from extreme_scores import judged, slopes
from spinn2sim.mirror import fixed_loss, float_loss
from spinn2sim.mirror.constants import fixed_constants, float_constants
from spinn2sim.mirror.population_memory import OutputMemory, output_memory
from spinn2sim.mirror.scratch import make_scratch
from spinn2sim.scenario.keys import Loss, Scenario

Judged = tuple[NDArray[np.float64], NDArray[np.int64]]
MakeScenario = Callable[..., Scenario]
T = 4000
UNIT = 2.0 ** (15 + 4)  # of an error word: the format's fraction bits and error_shift


def memory(n: int, steps: int, dtype: type[np.float64 | np.int64], readout: bool) -> OutputMemory:
    """The memory of the outputs of a network with one input."""
    layout = chain_layout(1, n, readout=readout)
    scratch = make_scratch(layout, steps, 1, 1, dtype)
    views = getattr(output_memory, "py_func", output_memory)
    return views(layout, scratch, 0)  # type: ignore[no-any-return]


@given(judged(1.0))
def test_kicks_of_maxima_of_any_distance(make_scenario: MakeScenario, drawn: Judged) -> None:
    """In float64 the kicks of the maxima are scipy's, however far these are apart, and sum to zero."""
    peaks, labels = drawn
    scenario = make_scenario(loss=Loss(kind="max_voltage", temperature=1.0))
    c = float_constants(scenario, chain_of(scenario, (1, peaks.shape[1])))
    m = memory(peaks.shape[1], 3, np.float64, True)
    for k, label in enumerate(labels):
        m.peak[:] = peaks[k]
        float_loss.max_over_time_kicks(c, m, label, 1)
        expected = -c.kick * slopes(peaks[k : k + 1], labels[k : k + 1])[0]
        np.testing.assert_allclose(m.kick, expected, rtol=1e-9, atol=1e-12)
        assert abs(m.kick.sum()) < 1e-12


@given(judged(1.0))
def test_kicks_in_fixed_point_of_maxima_of_any_distance(make_scenario: MakeScenario, drawn: Judged) -> None:
    """In fixed point they are scipy's to what rounding an exponent to s16.15 may do, and sum to zero but for the last bits."""
    peaks, labels = np.minimum(drawn[0], 65_535.0), drawn[1]
    n = peaks.shape[1]
    scenario = make_scenario(loss=Loss(kind="max_voltage", temperature=1.0))
    c = fixed_constants(scenario, chain_of(scenario, (1, n)))
    m = memory(n, 3, np.int64, True)
    for k, label in enumerate(labels):
        m.peak[:] = np.floor(peaks[k] * 2**15)
        fixed_loss.max_over_time_kicks(c, m, label, 1)
        expected = -(c.kick / 2**24) * slopes(m.peak[None, :] / 2**15, labels[k : k + 1])[0]
        np.testing.assert_allclose(m.kick / UNIT, expected, rtol=0, atol=2**-15 + n / UNIT)
        assert abs(m.kick.sum()) <= n
        assert not m.saturated.any()


TIMES = st.lists(st.integers(1, T - 2), min_size=1, max_size=5)


def fired(times: list[int], dtype: type[np.float64 | np.int64]) -> OutputMemory:
    """Outputs of which each has fired once."""
    m = memory(len(times), T, dtype, False)
    order = np.argsort(times, kind="stable")
    m.ids[: len(times)], m.first[:] = order, times
    m.ptr[:] = np.searchsorted(np.sort(times), np.arange(T + 1))
    return m


def errors_of(m: OutputMemory) -> NDArray[np.float64]:
    """g by neuron."""
    found = np.zeros(m.n)
    found[m.ids[: m.n]] = m.g[: m.n]
    return found


@given(TIMES, st.sampled_from([0.004, 0.1, 30.0]), st.data())
def test_errors_of_first_spikes_of_any_distance(
    make_scenario: MakeScenario, times: list[int], xi: float, data: st.DataObject
) -> None:
    """However far the first spikes are apart, errors are scipy's and sum to zero, in fixed point but for roundings."""
    label = data.draw(st.integers(0, len(times) - 1))
    scenario = make_scenario(network={"steps": T}, loss=Loss(xi_ms=xi, a=0.0, b_ms=1e4))
    expected = -slopes(-np.array([times]) / xi, np.array([label]))[0] / xi

    graph = chain_of(scenario, (1, len(times)))
    exact = float_constants(scenario, graph)
    m = fired(times, np.float64)
    float_loss.first_spike_errors(exact, m, label, 1)
    np.testing.assert_allclose(errors_of(m), expected, rtol=1e-9, atol=1e-12 / xi)
    assert abs(m.g.sum()) < 1e-12 / xi

    fixed = fixed_constants(scenario, graph)
    m = fired(times, np.int64)
    fixed_loss.first_spike_errors(fixed, m, label, 1)
    np.testing.assert_allclose(errors_of(m) / UNIT, expected, rtol=1e-7, atol=len(times) / UNIT / min(xi, 1.0))
    assert abs(m.g.sum()) <= len(times) / min(xi, 1.0) + 1
    assert not m.saturated.any()
