"""Loss and optimizer kernels against big integers, float softmax and numpy's float32 scalars; no PE is involved."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_cases import constants
from firmware_models.jit.by_reference import ByRef
from firmware_models.kernel_constants import SoftmaxConstants, WeightFormat
from firmware_models.kernels.softmax_errors import loss_errors
from firmware_models.kernels.weight_update import (
    WeightBlock,
    adam_step,
    gradient_reduce,
    sgd_step,
    weight_round,
    weights_store,
)
from firmware_models.qformat import QFormat

STEPS = 12
STEP_LISTS = st.lists(st.integers(1, STEPS), min_size=1, max_size=6)


def errors_of(c: SoftmaxConstants, first: list[int], label: int, bound: int = 2**31) -> tuple[list[int], int]:
    """What the kernel gives for these first-spike steps."""
    errors = np.zeros(len(first), np.int64)
    gains = np.repeat(c.gain[:1], len(first))
    bounded = ByRef(c._replace(error_low=-bound, error_high=bound - 1, gain=gains))
    clipped = loss_errors(bounded, len(first), np.array(first, np.int32), label, np.zeros_like(errors), errors)
    return errors.tolist(), int(clipped)


@given(STEP_LISTS, st.integers(0, 5), st.floats(0.5, 20.0), st.integers(0, 8))
def test_loss_errors_are_the_softmax_derivative(first: list[int], label: int, xi: float, shift: int) -> None:
    """dL/dt_k of a float softmax, scaled by 2^error_shift, within what the roundings can make."""
    c = constants({"loss.xi_ms": xi, "numerics.error_shift": shift}).loss
    label %= len(first)
    p = np.exp(-(np.array(first) - min(first)) / xi)
    p /= p.sum()
    hit = np.arange(len(first)) == label
    expected = (hit - p) / xi + hit * 0.01 / 100.0 * math.exp(first[label] / 100.0)
    # Two roundings of half a unit, one of them divided by xi, and one more for the label term; 2^-25 of 1/xi, 2^-31 of each exp.
    bound = 1.0 + 0.5 / xi + 2.0**c.fraction * (2.0**-25 + len(first) * 2.0**-30 / xi)
    found, clipped = errors_of(c, first, label)
    assert np.abs(np.array(found) - expected * 2.0**c.fraction).max() <= bound
    assert clipped == 0


@given(STEP_LISTS, st.integers(0, 5), st.integers(8, 30))
def test_loss_errors_are_exact_integers(first: list[int], label: int, bits: int) -> None:
    """Errors are those of Python's integers, bit for bit, with saturation to the error format counted."""
    c = constants().loss
    label %= len(first)
    e = [int(c.exp_table[t - min(first)]) for t in first]
    expected, clipped = [], 0
    for k, t in enumerate(first):
        p = math.floor(Fraction(e[k] * 2**c.fraction, sum(e)) + Fraction(1, 2))
        product = ((2**c.fraction if k == label else 0) - p) * int(c.gain[0])
        wide = math.floor(Fraction(product, 2**24) + Fraction(1, 2)) + (int(c.label_table[t]) if k == label else 0)
        cut = min(max(wide, -(2**bits)), 2**bits - 1)
        clipped += cut != wide
        expected.append(cut)
    assert errors_of(c, first, label, 2**bits) == (expected, clipped)


RULES = {
    "adam": {"optimizer.weight_decay": 6.5e-7},
    "adam without decay": {},
    "sgd": {"optimizer.adam": False, "optimizer.momentum": 0.9, "optimizer.weight_decay": 1e-3},
}


@pytest.mark.parametrize("name", RULES)
def test_optimizer_steps_in_the_stated_order_of_float32(name: str) -> None:
    """Four steps bit for bit as numpy's float32 scalars take them, one rounding per operation, in the design's order."""
    f = np.float32
    rng = np.random.default_rng(4)
    n = 50
    c, rate = ByRef(constants(RULES[name]).optimizer), f(0.0019)
    scale = np.full(n, constants().neuron.weight_scale)
    weight = rng.normal(0, 1, n).astype(f)
    m, v, powers = np.zeros(n, f), np.zeros(n, f), np.ones(2, f)
    w_, m_, v_, p_ = weight.copy(), m.copy(), v.copy(), powers.copy()
    for _ in range(4):
        total = (rng.normal(0, 1, n) * 2.0 ** rng.integers(0, 40, n)).astype(np.int64)
        total[:3] = (0, 2**62, -(2**53) - 1)
        if name == "sgd":
            sgd_step(c, scale, rate, total, weight, m)
        else:
            adam_step(c, scale, rate, powers, total, weight, m, v)
            p_[0], p_[1] = p_[0] * c.beta1, p_[1] * c.beta2
        for k in range(n):
            g = f(total[k]) * scale[k]
            if c.weight_decay:
                g = g + c.weight_decay * w_[k]
            if name == "sgd":
                m_[k] = c.momentum * m_[k] + g
                w_[k] = w_[k] - rate * m_[k]
            else:
                m_[k] = c.beta1 * m_[k] + c.one_minus_beta1 * g
                v_[k] = c.beta2 * v_[k] + (c.one_minus_beta2 * g) * g
                step = (rate / (f(1) - p_[0])) * m_[k]
                w_[k] = w_[k] - step / (np.sqrt(v_[k]) / np.sqrt(f(1) - p_[1]) + c.epsilon)
    for found, expected in ((weight, w_), (m, m_), (v, v_), (powers, p_)):
        assert found.tobytes() == expected.tobytes()
    assert np.isfinite(weight).all()


@given(st.floats(width=32, allow_nan=False), st.integers(1, 31), st.integers(0, 31))
def test_weight_is_rounded_to_nearest_and_saturates(weight: float, length: int, fraction: int) -> None:
    """Any float32, infinities too, becomes the nearest weight, ties up, or the format's bound, and that is counted."""
    fmt = QFormat(max(0, length - fraction), min(length, fraction))
    raw, clipped = weight_round(np.float32(weight), WeightFormat(fmt.fraction, fmt.low, fmt.high, False, True), 0, 0)
    if math.isinf(weight):
        assert (raw, clipped) == (fmt.high if weight > 0 else fmt.low, 1)
        return
    wide = math.floor(Fraction(weight) * 2**fmt.fraction + Fraction(1, 2))
    assert raw == min(max(wide, fmt.low), fmt.high)
    assert clipped == int(raw != wide)


def test_weight_ties_go_up() -> None:
    """Halfway between two weights the larger is taken, on both sides of zero."""
    three_bits = WeightFormat(3, -128, 127, stochastic=False, master=True)
    assert [weight_round(np.float32(x / 16), three_bits, 0, 0)[0] for x in (-3, -1, 1, 3)] == [-1, 0, 1, 2]


@given(st.floats(-100, 100, width=32), st.integers(-(2**62), 2**62), st.integers(0, 2**36))
def test_stochastic_weight_is_a_neighbour(weight: float, stream: int, word: int) -> None:
    """Stochastic rounding takes one of the two weights beside the float, and the float itself where it is one."""
    raw, clipped = weight_round(
        np.float32(weight), WeightFormat(15, -(2**31), 2**31 - 1, True, True), np.int64(stream), word
    )
    exact = Fraction(weight) * 2**15
    assert raw in {math.floor(exact), math.ceil(exact)}
    assert clipped == 0


@pytest.mark.parametrize("master", [True, False])
def test_weights_are_stored_for_the_share_alone(master: bool) -> None:
    """Rows are `stride` words apart; words beyond the share stay; without a master the state becomes the rounded weight."""
    weight = (np.arange(6, dtype=np.float32) + np.float32(0.3)).reshape(6)
    raw, before = np.full(6, -1, np.int32), weight.copy()
    clipped = weights_store(weight, WeightBlock(2, 2, 3, 0, 0), WeightFormat(1, -8, 7, False, master), 0, raw)
    # with one fraction bit 0.3, 1.3, 3.3, 4.3 are 0.6, 2.6, 6.6, 8.6 half units; the format ends at 7
    assert raw.tolist() == [1, 3, -1, 7, 7, -1]
    assert clipped == 1
    assert weight.tolist() == (before.tolist() if master else [0.5, 1.5, before[2], 3.5, 3.5, before[5]])


def test_noise_of_weights_does_not_depend_on_the_split() -> None:
    """Stochastic rounding of a weight is the same on the PE that holds all of a matrix and on one that holds a corner of it."""
    weight = np.random.default_rng(0).normal(0, 1, (4, 6)).astype(np.float32)
    whole, corner = np.zeros(24, np.int32), np.zeros(6, np.int32)
    stored, stream = WeightFormat(15, -(2**31), 2**31 - 1, True, True), 99
    weights_store(weight.reshape(-1).copy(), WeightBlock(4, 6, 6, 0, 0), stored, stream, whole)
    weights_store(weight[1:3, 2:5].reshape(-1).copy(), WeightBlock(2, 3, 3, 1, 2), stored, stream, corner)
    assert corner.tolist() == whole.reshape(4, 6)[1:3, 2:5].reshape(-1).tolist()


def test_reduction_is_a_sum_in_any_order() -> None:
    """Gradients of the copies add up as integers, onto what earlier rounds left, and slots beyond the last copy are not read."""
    buffer = np.array([[2**60, 1, 9], [-(2**60), 5, 9], [7, -3, 9], [1000, 1000, 1000]], np.int64)
    sums = []
    for order in ([0, 1, 2], [2, 0, 1]):
        total = np.array([10, 20, 30], np.int64)
        gradient_reduce(np.concatenate([buffer[order], buffer[3:]]), 3, 2, total)
        sums.append(total.tolist())
    assert sums == [[17, 23, 30]] * 2
