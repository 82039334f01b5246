"""Q formats, and the conversions between floats and raw integers. This module does not need numba, so that reading scenarios stays fast."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FACTOR_BITS = 32  # decay factors are stored as round(2^32 x)
EXP_BITS = 31  # the fraction bits of the exp accelerator's result, s0.31


@dataclass(frozen=True)
class QFormat:
    """A signed fixed-point format: 1 sign bit, `integer` and `fraction` bits; raw values are in [low, high]."""

    integer: int
    fraction: int

    @property
    def bits(self) -> int:
        """The word length, including the sign."""
        return 1 + self.integer + self.fraction

    @property
    def word_bytes(self) -> int:
        """The bytes of SRAM per word: 1, 2 or 4."""
        return 1 if self.bits <= 8 else 2 if self.bits <= 16 else 4

    @property
    def high(self) -> int:
        """The largest raw value."""
        return (1 << (self.integer + self.fraction)) - 1

    @property
    def low(self) -> int:
        """The smallest raw value."""
        return -(1 << (self.integer + self.fraction))

    def __str__(self) -> str:
        return f"s{self.integer}.{self.fraction}"


def parse_format(text: str) -> QFormat:
    """Read a format such as "s16.15", which gives QFormat(16, 15). Raises ValueError if the text has another form or more than 32 bits."""
    match = re.fullmatch(r"s(\d{1,2})\.(\d{1,2})", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not a format such as 's16.15'")
    fmt = QFormat(int(match[1]), int(match[2]))
    if not 2 <= fmt.bits <= 32:
        raise ValueError(f"{text!r} has {fmt.bits} bits with its sign; allowed are 2 to 32")
    return fmt


def to_raw(values: NDArray[np.float64] | float, fmt: QFormat) -> NDArray[np.int64]:
    """Convert floats to raw integers: rounded to nearest, ties up, and saturated. Scaling by a power of two is exact."""
    scaled = np.floor(np.ldexp(np.asarray(values, np.float64), fmt.fraction) + 0.5)
    return np.clip(scaled, fmt.low, fmt.high).astype(np.int64)


def to_float(raw: NDArray[np.integer], fmt: QFormat) -> NDArray[np.float64]:
    """Convert raw integers to floats, exactly."""
    return np.ldexp(np.asarray(raw, np.float64), -fmt.fraction)


def factor_raw(x: float) -> int:
    """Convert a decay factor 0 < x < 1 to round(2^32 x). Raises ValueError if that is 0 or 2^32."""
    raw = math.floor(math.ldexp(x, FACTOR_BITS) + 0.5)
    if not 0 < raw < 1 << FACTOR_BITS:
        raise ValueError(f"the decay factor {x!r} cannot be held in 32 fraction bits")
    return raw


def exp_raw(x: float) -> int:
    """Compute exp(x) for x <= 0 as the accelerator does, in s0.31, modelled as correctly rounded; 1 saturates to 2^31 - 1."""
    return min((1 << EXP_BITS) - 1, math.floor(math.ldexp(math.exp(x), EXP_BITS) + 0.5))
