"""The optimizer's steps on some rows of one share's weights: sum over copies, Adam or SGD in float32, rounding to the weight format.

Every float32 operation rounds once, in the order that docs/reference/equations.md states (Fixed point, optimizer).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word, narrow, noise, round_shift
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import OptimizerConstants, WeightFormat
from firmware_models.words import NEURON_MASK, Int32s, Int64s

Float32s = NDArray[np.float32]
ROUNDED_BITS = np.int64(16)  # how many bits beyond its format a float32 weight keeps until it is rounded


class WeightBlock(NamedTuple):
    """Source rows [pre_first, pre_first + rows) of neurons [first, first + size), `stride` words apart."""

    rows: Word
    size: Word
    stride: Word
    pre_first: Word
    first: Word


@kernel
def gradient_reduce(buffer: Int64s, slots: Word, words: Word, total: Int64s) -> None:
    """total[w] += sum over slots of buffer[slot, w], all int64, so the order of the copies does not matter."""
    for slot in range(slots):
        row = buffer[slot]
        for w in range(words):
            total[w] += row[w]


@kernel
def gradient_float(c: OptimizerConstants, scale: Word, total: Word, weight: Word) -> Word:
    """g = f32(sum) * scale (+ weight decay). A word times `scale` is the gradient of the batch's mean loss, in SI units."""
    g = np.float32(total) * scale
    if c.weight_decay != np.float32(0):
        g = g + c.weight_decay * weight
    return g


@kernel
def adam_step(
    c: OptimizerConstants,
    scale: Float32s,
    rate: Word,
    powers: Float32s,
    total: Int64s,
    weight: Float32s,
    moment: Float32s,
    square: Float32s,
) -> None:
    """Make one Adam step on as many weights as scale has words. powers [2] = beta1^t, beta2^t, updated first.

    Kingma & Ba 2015, in torch's order.
    """
    powers[0] = powers[0] * c.beta1
    powers[1] = powers[1] * c.beta2
    size = rate / (np.float32(1) - powers[0])
    root = np.sqrt(np.float32(1) - powers[1])
    for w in range(scale.size):
        g = gradient_float(c, scale[w], total[w], weight[w])
        m = c.beta1 * moment[w] + c.one_minus_beta1 * g
        v = c.beta2 * square[w] + (c.one_minus_beta2 * g) * g
        moment[w] = m
        square[w] = v
        weight[w] = weight[w] - (size * m) / (np.sqrt(v) / root + c.epsilon)


@kernel
def sgd_step(
    c: OptimizerConstants, scale: Float32s, rate: Word, total: Int64s, weight: Float32s, moment: Float32s
) -> None:
    """v = momentum v + g; w -= rate v, for as many weights as scale has words."""
    for w in range(scale.size):
        v = c.momentum * moment[w] + gradient_float(c, scale[w], total[w], weight[w])
        moment[w] = v
        weight[w] = weight[w] - rate * v


@kernel
def weight_round(weight: Word, f: WeightFormat, stream: Word, word: Word) -> tuple[Word, Word]:
    """Round a float32 weight to the weight format: returns (raw, 1 if it saturated)."""
    scaled = np.floor(np.float64(weight) * np.float64(np.int64(1) << np.int64(f.fraction + ROUNDED_BITS)))
    scaled = min(max(scaled, -4.0e18), 4.0e18)
    wide = round_shift(np.int64(scaled), ROUNDED_BITS, noise(f.stochastic, ROUNDED_BITS, stream, word))
    raw = narrow(wide, f.low, f.high)
    return raw, np.int64(raw != wide)


@kernel
def weights_store(weight: Float32s, block: WeightBlock, f: WeightFormat, stream: Word, raw: Int32s) -> Word:
    """raw[w] = rounded weight[w] for the words of a block; without a master, weight[w] becomes the rounded value. Returns saturations."""
    saturated = 0
    for p in range(block.rows):
        for j in range(block.size):
            w = p * block.stride + j
            word = (block.pre_first + p) * (NEURON_MASK + 1) + block.first + j
            value, cut = weight_round(weight[w], f, stream, word)
            raw[w] = np.int32(value)
            saturated += cut
            if not f.master:
                weight[w] = np.float32(value) * np.float32(1.0 / np.float64(np.int64(1) << np.int64(f.fraction)))
    return saturated
