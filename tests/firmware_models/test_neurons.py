"""LIF and adjoint kernels against their docstring equations, in Python's integers and in floats; no packet is involved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_cases import constants, one_pe
from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import noise
from firmware_models.jit.by_reference import ByRef
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.lif_backward import adjoint_decay, adjoint_store, error_below, gradient_add, spike_jump
from firmware_models.kernels.lif_forward import fire, integrate, synapse_add, track_peak
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.qformat import QFormat

NEAREST = ByRef(constants().arithmetic)
STOCHASTIC = ByRef(constants({"numerics.stochastic": True}).arithmetic)
NARROW = ByRef(
    constants(
        {
            "numerics.weight": QFormat(3, 8),
            "numerics.state": QFormat(3, 12),
            "numerics.adjoint": QFormat(5, 10),
            "numerics.error": QFormat(5, 8),
        }
    ).arithmetic
)
NAME = NoiseName(seed=11, batch=2, slot=1, layer=3, step=4)
FIRST = 5  # number of the PE's first neuron, which names the noise too
WORD = st.integers(-(2**31), 2**31 - 1) | st.integers(-(2**17), 2**17)
ARITHMETICS = st.sampled_from([NEAREST, STOCHASTIC, NARROW])


def rounded(a: ByRef[Arithmetic], product: int, shift: int, quantity: int, word: int) -> int:
    """product / 2^shift, rounded once as the arithmetic says; Python's integers do not overflow."""
    added = 2**shift // 2
    if a.stochastic:
        added = int(noise(True, shift, named_stream(NAME, quantity), word))
    return (product + added) >> shift


def stored(value: int, low: int, high: int, clipped: list[int]) -> int:
    """Saturated; notes in `clipped` where that changed it."""
    cut = min(max(value, low), high)
    clipped.append(int(cut != value))
    return cut


def words(values: list[int], low: int, high: int) -> np.ndarray:
    """int32 words within a format."""
    return np.clip(np.array(values, np.int64), low, high).astype(np.int32)


@given(ARITHMETICS, st.lists(st.tuples(WORD, WORD, st.integers(-(2**33), 2**33)), min_size=1, max_size=4))
def test_forward_step_is_its_equation(a: ByRef[Arithmetic], neurons: list[tuple[int, int, int]]) -> None:
    """I, U, z, V, D and the saturations of one step, for any state and any sum of weights, in either rounding."""
    n = len(neurons)
    current, potential = (words([x[k] for x in neurons], a.state_low, a.state_high) for k in (0, 1))
    total = np.array([x[2] for x in neurons], np.int64)
    s = one_pe(FIRST, total=total, current=current, potential=potential)
    clipped: list[int] = []
    expected_i, expected_v, expected_spikes = [], [], []
    for j in range(n):
        wide = int(total[j]) + rounded(a, a.alpha * int(current[j]), 32, fx.NOISE_CURRENT, FIRST + j)
        i = stored(wide, a.state_low, a.state_high, clipped)
        decay = rounded(a, a.beta * int(potential[j]), 32, fx.NOISE_DECAY, FIRST + j)
        drive = rounded(a, (2**32 - a.beta) * i, 32, fx.NOISE_DRIVE, FIRST + j)
        u = stored(decay + drive, a.state_low, a.state_high, clipped)
        fires = u > a.threshold
        if fires:
            expected_spikes.append((j, stored(max(1, i - u), a.state_low, a.state_high, clipped)))
        expected_i.append(i)
        expected_v.append(0 if fires else u)
    saturated = integrate(a, s, 0, NAME)
    count, more = fire(a, s, 0)
    assert s.current[0].tolist() == expected_i
    assert s.potential[0].tolist() == expected_v
    assert list(zip(s.fired[0, :count].tolist(), s.v_slope[0, :count].tolist(), strict=True)) == expected_spikes
    assert saturated + more == sum(clipped)


def test_threshold_is_strict() -> None:
    """A potential of exactly the threshold does not fire, one raw unit more does."""
    for above in (0, 1):
        # with V = I = 0 only rnd((1 - beta) I) counts: look for the I that just gives the wanted U
        drive = next(
            i for i in range(2**15, 2**22) if (i * (2**32 - NEAREST.beta) + 2**31) >> 32 == NEAREST.threshold + above
        )
        s = one_pe(0, total=[drive])
        integrate(NEAREST, s, 0, NAME)
        count, _ = fire(NEAREST, s, 0)
        assert count == above
        assert s.potential[0].tolist() == [0 if above else NEAREST.threshold]


def test_forward_follows_the_float_equations() -> None:
    """Forty steps without a spike stay within the sum of their roundings of the float recursion."""
    a = NEAREST
    alpha, beta = math.exp(-1 / 5), math.exp(-1 / 20)
    rng = np.random.default_rng(0)
    n, unit = 5, 2.0**-15
    weights = rng.integers(-(2**16), 2**16, (3, n)).astype(np.int32)
    s = one_pe(0, total=np.zeros(n))
    i, v = np.zeros(n), np.zeros(n)
    # Half a unit is lost in each rounded product: a geometric sum; 2^-33 for each factor is far below the margin of 1 %.
    bound_i = 1.01 * 0.5 / (1 - alpha)
    bound_v = 1.01 * (1.0 + (1 - beta) * bound_i) / (1 - beta)
    for _ in range(40):
        s.total[0], sources = 0, rng.integers(0, 3, 2)
        for source in sources:
            synapse_add(weights, source, a.weight_to_state_shift, n, s.total[0])
        i = alpha * i + weights[sources].sum(axis=0) * unit
        v = beta * v + (1 - beta) * i
        integrate(a, s, 0, NAME)  # and no firing
        assert np.abs(s.current[0] * unit - i).max() <= bound_i * unit
        assert np.abs(s.potential[0] * unit - v).max() <= bound_v * unit
    assert np.abs(v).max() > 0.1


def test_the_first_of_equal_maxima_counts() -> None:
    """A readout neuron's maximum is at the first step that reached it, and stays at step 0 where V was never above rest."""
    peak, peak_step = np.zeros(3, np.int32), np.zeros(3, np.int32)
    for step, potential in ((1, [5, -1, 0]), (2, [7, -2, 0]), (3, [7, -1, 0]), (4, [6, -3, 0])):
        track_peak(np.array(potential, np.int32), 3, step, peak, peak_step)
    assert peak.tolist() == [7, 0, 0]
    assert peak_step.tolist() == [2, 0, 0]


def test_synapse_shifts_the_weight_into_the_state_format() -> None:
    """A weight with fewer fraction bits is added exactly, to the first `size` sums alone."""
    total = np.array([1, 2, 3], np.int64)
    synapse_add(np.array([[9, 9, 9], [5, -7, 100]], np.int32), 1, 4, 2, total)
    assert total.tolist() == [1 + 5 * 16, 2 - 7 * 16, 3]


@given(ARITHMETICS, st.lists(st.tuples(WORD, WORD, WORD, WORD, st.integers(1, 2**20)), min_size=1, max_size=4))
@settings(max_examples=100)
def test_backward_step_is_its_equations(a: ByRef[Arithmetic], neurons: list[tuple[int, int, int, int, int]]) -> None:
    """lI, lV with a jump at every neuron, and their saturations, for any adjoints, any errors and any D."""
    n = len(neurons)
    adjoint, own = (words([x[k] for x in neurons], a.adjoint_low, a.adjoint_high) for k in (0, 1))
    error = words([x[2] for x in neurons], a.error_low, a.error_high)
    clipped: list[int] = []
    expected_own, expected_adjoint = [], []
    for j in range(n):
        lv, li, g, d = int(adjoint[j]), int(own[j]), int(error[j]), neurons[j][4]
        wide = rounded(a, a.alpha * li, 32, fx.NOISE_ADJOINT_CURRENT, FIRST + j)
        wide += rounded(a, (2**32 - a.alpha) * lv, 32, fx.NOISE_ADJOINT_DRIVE, FIRST + j)
        expected_own.append(stored(wide, a.adjoint_low, a.adjoint_high, clipped))
        numerator = (lv + g * 2**a.error_to_adjoint_shift) * 2**a.state_fraction
        jump = (2 * numerator + d) // (2 * d)
        decay = rounded(a, a.beta * lv, 32, fx.NOISE_ADJOINT, FIRST + j)
        expected_adjoint.append(stored(decay + jump, a.adjoint_low, a.adjoint_high, clipped))
    s = one_pe(FIRST, adjoint=adjoint, adjoint_current=own)
    saturated = adjoint_decay(a, s, 0, NAME)
    for j in range(n):
        s.total[0, j] += spike_jump(a, adjoint[j], error[j], neurons[j][4])
    saturated += adjoint_store(a, s, 0)
    assert s.adjoint_current[0].tolist() == expected_own
    assert s.adjoint[0].tolist() == expected_adjoint
    assert saturated == sum(clipped)


@given(ARITHMETICS, st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=4), st.integers(0, 2))
def test_error_below_is_its_equation(a: ByRef[Arithmetic], neurons: list[tuple[int, int, int]], source: int) -> None:
    """e is the sum of products, each rounded on its own, narrowed once; the noise names source and neuron."""
    n = len(neurons)
    row = words([x[0] for x in neurons], -(2**31), 2**31 - 1)
    adjoint, own = (words([x[k] for x in neurons], a.adjoint_low, a.adjoint_high) for k in (1, 2))
    clipped: list[int] = []
    total = sum(
        rounded(a, int(row[j]) * (int(adjoint[j]) - int(own[j])), a.product_to_error_shift, fx.NOISE_ERROR,
                source * 2**18 + FIRST + j)
        for j in range(n)
    )  # fmt: skip
    weights = np.zeros((3, n), np.int32)
    weights[source] = row
    s = one_pe(FIRST, adjoint=adjoint, adjoint_current=own)
    e, saturated = error_below(a, s, 0, weights, source, named_stream(NAME, fx.NOISE_ERROR))
    assert e == stored(total, a.error_low, a.error_high, clipped)
    assert saturated == clipped[0]


def test_gradient_is_subtracted_and_never_narrowed() -> None:
    """gradient[source] -= lI, for that source's row alone and far beyond 32 bits."""
    gradient = np.full((2, 3), -(2**40), np.int64)
    gradient_add(gradient, 1, 2, np.array([2**31 - 1, -5, 9], np.int32))
    assert gradient.tolist() == [[-(2**40)] * 3, [-(2**40) - 2**31 + 1, -(2**40) + 5, -(2**40)]]


@pytest.mark.parametrize("split", [1, 2, 3])
def test_noise_does_not_depend_on_the_split(split: int) -> None:
    """Stochastic rounding of neurons 0..3 is the same on one PE and on two: it is named by the neuron and not the place."""
    start = np.array([40_000, -30_000, 25_001, 7], np.int32)

    def run(first: int, last: int) -> list[list[int]]:
        s = one_pe(first, current=start[first:last], potential=start[first:last] // 2)
        for step in range(1, 5):
            s.total[0] = 0
            integrate(STOCHASTIC, s, 0, NAME._replace(step=step))
            fire(STOCHASTIC, s, 0)
        return [s.current[0].tolist(), s.potential[0].tolist()]

    left, right, whole = run(0, split), run(split, 4), run(0, 4)
    assert [a + b for a, b in zip(left, right, strict=True)] == whole
