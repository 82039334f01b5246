"""The scalar integer arithmetic of a PE.

Each product is widened to int64, rounded to the format of its result, and narrowed with saturation when it is stored
(docs/reference/equations.md, Fixed point on the chip). `noise` is what rounding adds before the shift: half a unit to round to nearest
with ties up, or uniform bits for stochastic rounding. All functions on raw integers take and return int64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from firmware_models.jit.compiler import kernel
from firmware_models.qformat import EXP_BITS
from firmware_models.qformat import FACTOR_BITS as FACTOR_BITS  # the bits of `scale`'s factor

Word = Any  # inside a kernel an int64, outside any integer

EXP_ARGUMENT_BITS = 15  # the fraction bits of the accelerator's argument, s16.15
EXP_ARGUMENT_LOW = -(1 << 31)


@kernel
def scale(value: Word, factor: Word, noise: Word) -> Word:
    """Compute value * factor / 2^32, rounded once, for -2^31 <= value < 2^31, 0 < factor < 2^32: product and `noise` fit into int64.

    A factor from 2^31 on is taken as factor - 2^32, for which `value` is added to the result: so all factors fit into signed 32 bits, which
    a vector unit can multiply, unlike 64 bits.
    """
    word, high = np.int64(np.int32(value)), np.int64(factor) >> 31
    product = word * np.int64(np.int32(np.int64(factor) - (high << 32)))
    return ((product + np.int64(noise)) >> np.int64(32)) + (word & -high)


@kernel
def round_shift(value: Word, shift: Word, noise: Word) -> Word:
    """Compute value / 2^shift, rounded once with `noise` (half(shift) to round to nearest)."""
    return (np.int64(value) + np.int64(noise)) >> np.int64(shift)


@kernel
def half(shift: Word) -> Word:
    """Return what rounding to nearest, ties up, adds before a shift; 0 if there is no shift."""
    return (np.int64(1) << np.int64(shift)) >> np.int64(1)


@kernel
def narrow(value: Word, low: Word, high: Word) -> Word:
    """Saturate to [low, high]. The caller counts results that differ from `value`."""
    return min(max(np.int64(value), np.int64(low)), np.int64(high))


@kernel
def quotient(numerator: Word, denominator: Word) -> Word:
    """Compute floor((2n + D) / 2D), which is n / D rounded to nearest, ties up, by exact integer division; D >= 1."""
    return (np.int64(2) * numerator + denominator) // (np.int64(2) * denominator)


@kernel
def exp_accelerator(z: Word) -> Word:
    """Compute exp of z <= 0, from s16.15 to s0.31, modelled as correctly rounded, like `exp_raw`, but inside a kernel."""
    wide = math.floor(math.exp(np.float64(z) * 2.0**-EXP_ARGUMENT_BITS) * 2.0**EXP_BITS + 0.5)
    return min(np.int64(wide), (np.int64(1) << np.int64(EXP_BITS)) - np.int64(1))


@kernel
def mix(state: Word, word: Word) -> Word:
    """Make one step of a counter-based hash (splitmix64's finalizer, Steele et al. 2014), with equal results on any PE."""
    z = (
        np.uint64(np.int64(state)) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(np.int64(word))
        + np.uint64(0x632BE59BD9B4E019)
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64(z ^ (z >> np.uint64(31)))


@kernel
def noise(stochastic: bool, shift: Word, stream: Word, word: Word) -> Word:
    """Return what rounding adds before a shift: half a unit, or `shift` random bits of the stream at `word`."""
    if stochastic:
        return mix(stream, word) & ((np.int64(1) << np.int64(shift)) - np.int64(1))
    return half(shift)


# The quantities that are rounded, which are part of a noise stream's name.
(
    NOISE_CURRENT,
    NOISE_DECAY,
    NOISE_DRIVE,
    NOISE_ADJOINT_CURRENT,
    NOISE_ADJOINT_DRIVE,
    NOISE_ADJOINT,
    NOISE_ERROR,
    NOISE_WEIGHT,
) = range(8)


@kernel
def noise_stream(seed: Word, batch: Word, slot: Word, layer: Word, step: Word, quantity: Word) -> Word:
    """Return the stream of one quantity, layer, sample slot, step and batch; `seed` is that of the part (part_seed)."""
    return mix(mix(mix(mix(mix(mix(np.int64(0), seed), batch), slot), layer), step), quantity)


def part_seed(seed: int, epoch: int, part: int) -> int:
    """Return the seed of one part of an epoch (0 train, 1 test), which the host writes to the PEs before the part."""
    return int(mix(mix(mix(0, seed), epoch), part))
