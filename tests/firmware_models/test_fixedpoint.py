"""Formats and scalar arithmetic against Python's unbounded integers and fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_models.fixedpoint import half, mix, narrow, noise, noise_stream, part_seed, quotient, round_shift, scale
from firmware_models.qformat import QFormat, exp_raw, factor_raw, parse_format, to_float, to_raw  # fmt: skip

INT32 = st.integers(-(2**31), 2**31 - 1)
FORMATS = st.integers(1, 31).flatmap(lambda n: st.integers(0, n).map(lambda f: QFormat(n - f, f)))


def nearest(value: Fraction) -> int:
    """To the nearest integer, ties up."""
    return math.floor(value + Fraction(1, 2))


@given(FORMATS)
def test_format_reads_what_it_prints(fmt: QFormat) -> None:
    """A format's text means that format again, with the bounds of a two's complement word of its length."""
    assert parse_format(str(fmt)) == fmt
    assert (fmt.low, fmt.high) == (-(2 ** (fmt.bits - 1)), 2 ** (fmt.bits - 1) - 1)
    assert fmt.word_bytes == min(size for size in (1, 2, 4) if 8 * size >= fmt.bits)


@pytest.mark.parametrize(
    "text", ["s0.0", "s16.16", "s31.1", "16.15", "s16", "s16.15 ", "s-1.15", "s99.99", "S16.15", ""]
)
def test_what_is_no_format_is_refused(text: str) -> None:
    """Words of 1 bit or more than 32, and anything but sI.F, are refused by their text."""
    with pytest.raises(ValueError, match=r"^" + (repr(text).replace(".", r"\."))):
        parse_format(text)


@given(FORMATS, st.data())
def test_raw_to_float_and_back_is_exact(fmt: QFormat, data: st.DataObject) -> None:
    """Every raw value of a format is one float64, which means that raw value again."""
    raw = data.draw(st.integers(fmt.low, fmt.high))
    value = to_float(np.array([raw]), fmt)
    assert Fraction(float(value[0])) == Fraction(raw, 2**fmt.fraction)
    assert to_raw(value, fmt).tolist() == [raw]


@given(FORMATS, st.floats(-1e12, 1e12))
def test_to_raw_rounds_to_nearest_ties_up_and_saturates(fmt: QFormat, value: float) -> None:
    """A float becomes the raw value nearest to it, ties up, cut to the format's bounds."""
    # On a grid of a quarter step, so that the half which is added in float64 is added exactly.
    quarter = Fraction(round(Fraction(value) * 2 ** (fmt.fraction + 2)), 2 ** (fmt.fraction + 2))
    expected = min(max(nearest(quarter * 2**fmt.fraction), fmt.low), fmt.high)
    if abs(quarter) * 2 ** (fmt.fraction + 2) < 2**50:
        assert int(to_raw(float(quarter), fmt)) == expected


def test_ties_go_up_on_both_sides_of_zero() -> None:
    """-1.5 steps become -1, -0.5 becomes 0, 0.5 becomes 1, 1.5 becomes 2; infinities saturate."""
    fmt = QFormat(3, 4)
    assert to_raw(np.array([-1.5, -0.5, 0.5, 1.5]) / 16, fmt).tolist() == [-1, 0, 1, 2]
    assert to_raw(np.array([-np.inf, np.inf, -8.0, 8.0]), fmt).tolist() == [-128, 127, -128, 127]
    assert [int(round_shift(v, 4, half(4))) for v in (-25, -24, -23, -9, -8, -7, 7, 8, 9, 23, 24)] == [
        -2, -1, -1, -1, 0, 0, 0, 1, 1, 1, 2,
    ]  # fmt: skip


@given(INT32, st.integers(1, 2**32 - 1))
def test_scale_is_the_rounded_product(value: int, factor: int) -> None:
    """value * factor / 2^32 rounded once, ties up, over the whole int32 range: the product never leaves int64."""
    assert int(scale(value, factor, half(32))) == nearest(Fraction(value * factor, 2**32))
    assert int(scale(value, factor, 2**32 - 1)) == math.ceil(Fraction(value * factor, 2**32))
    assert int(scale(value, factor, 0)) == value * factor // 2**32


@given(INT32, INT32, st.integers(0, 31))
def test_round_shift_is_the_rounded_division(left: int, right: int, shift: int) -> None:
    """A product of two words shifted by up to 31 bits is its quotient by a power of two to the nearest, ties up."""
    product = left * right
    assert int(round_shift(product, shift, half(shift))) == nearest(Fraction(product, 2**shift))


@given(st.integers(-(2**61) + 1, 2**61 - 1), st.integers(1, 2**31 - 1))
def test_quotient_is_the_rounded_division(numerator: int, denominator: int) -> None:
    """n / D to the nearest, ties up, for every numerator that a jump can have and every D of a state word."""
    assert int(quotient(numerator, denominator)) == nearest(Fraction(numerator, denominator))


@given(st.integers(-(2**62), 2**62), FORMATS)
def test_narrow_saturates(value: int, fmt: QFormat) -> None:
    """A sum that is stored is cut to the format's bounds and is otherwise unchanged."""
    assert int(narrow(value, fmt.low, fmt.high)) == min(max(value, fmt.low), fmt.high)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**36), st.integers(0, 32))
def test_noise_has_its_bits_and_no_more(stream: int, word: int, shift: int) -> None:
    """Stochastic rounding adds 0 to 2^shift - 1, the same for the same name, so it never moves a representable value."""
    stream64 = np.int64(stream)
    drawn = int(noise(True, shift, stream64, word))
    assert 0 <= drawn < max(1, 2**shift)
    assert drawn == int(noise(True, shift, stream64, word))
    assert int(noise(False, shift, stream64, word)) == 2**shift // 2
    assert int(round_shift(5 << shift, shift, drawn)) == 5


def test_mix_is_the_hash_that_its_docstring_states() -> None:
    """The counter-based hash against Python integers, so that a run's noise is the same on any machine."""
    mask = 2**64 - 1

    def twin(state: int, word: int) -> int:
        z = (state * 0x9E3779B97F4A7C15 + word + 0x632BE59BD9B4E019) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        z ^= z >> 31
        return z - 2**64 if z >> 63 else z

    for state, word in ((0, 0), (1, 2), (2**62, 2**40 + 3), (123456789, 987654321)):
        assert int(mix(np.int64(state), np.int64(word))) == twin(state, word)
    chain = 0
    for word in (7, 1, 2, 3, 4, 5):
        chain = twin(chain & mask, word)
    assert int(noise_stream(7, 1, 2, 3, 4, 5)) == chain
    assert len({part_seed(seed, epoch, part) for seed in range(3) for epoch in range(1, 4) for part in (0, 1)}) == 18


def test_stochastic_rounding_is_right_on_average() -> None:
    """The mean of 20,000 stochastic roundings of x / 2^8 is x / 2^8 within five standard errors, and both neighbours occur."""
    n, shift = 20_000, 8
    for quantity, x in enumerate((-700, 5, 37, 128, 255)):
        stream = noise_stream(3, 0, 0, 1, 2, quantity)
        rounded = np.array([int(round_shift(x, shift, noise(True, shift, stream, word))) for word in range(n)])
        share = x / 2**shift - x // 2**shift
        assert set(rounded.tolist()) == {x // 2**shift, x // 2**shift + 1}
        assert abs(rounded.mean() - x / 2**shift) < 5 * math.sqrt(share * (1 - share) / n)


@given(st.floats(1e-9, 1 - 1e-9))
def test_decay_factor_and_complement_make_one(x: float) -> None:
    """A factor and its complement, both in 32 fraction bits, lie strictly between 0 and 1."""
    raw = factor_raw(x)
    assert 0 < raw < 2**32
    assert abs(Fraction(raw, 2**32) - Fraction(x)) <= Fraction(1, 2**33)


@pytest.mark.parametrize("x", [0.0, 1e-11, 1.0 - 1e-11, 1.0])
def test_decay_factor_that_cannot_be_held_is_refused(x: float) -> None:
    """A decay that 32 bits round to 0 or 1 is refused and not silently frozen."""
    with pytest.raises(ValueError, match="cannot be held in 32 fraction bits"):
        factor_raw(x)


def test_exp_of_the_accelerator() -> None:
    """exp in s0.31: exp(0) saturates one raw unit below 1, then it falls, each correctly rounded."""
    assert exp_raw(0.0) == 2**31 - 1
    assert exp_raw(-1.0) == 790015084  # e^-1 = 0.36787944117144232..., times 2^31 = 790015084.35
    assert exp_raw(-50.0) == 0
