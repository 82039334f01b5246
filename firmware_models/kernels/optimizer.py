"""Optimizer steps on some rows of one share's weights: sum over copies, Adam or SGD in float32, rounding to the weight format.

Every float32 operation rounds once, in the order that docs/reference/equations.md states (Fixed point, optimizer). It never
moves data: transfers do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word, narrow, noise, round_shift
from firmware_models.jit.compiler import kernel
from firmware_models.words import Int32s, Int64s

Float32s = NDArray[np.float32]


class Rule(NamedTuple):
    """Constants of the optimizer, each rounded to float32 once."""

    scale: np.float32
    weight_decay: np.float32
    beta1: np.float32
    beta1_complement: np.float32
    beta2: np.float32
    beta2_complement: np.float32
    epsilon: np.float32
    momentum: np.float32
    raise_step: np.float32


@kernel
def gradient_reduce(buffer: Int64s, slots: Word, words: Word, total: Int64s) -> None:
    """total[w] += sum over slots of buffer[slot, w], all int64: the order of copies changes nothing."""
    for slot in range(slots):
        row = buffer[slot]
        for w in range(words):
            total[w] += row[w]


@kernel
def gradient_float(rule: Rule, total: Word, weight: Word) -> Word:
    """g = f32(sum) * scale (+ weight decay)."""
    g = np.float32(total) * rule.scale
    if rule.weight_decay != np.float32(0):
        g = g + rule.weight_decay * weight
    return g


@kernel
def adam_step(
    rule: Rule,
    rate: Word,
    powers: Float32s,
    words: Word,
    total: Int64s,
    weight: Float32s,
    moment: Float32s,
    square: Float32s,
) -> None:
    """One Adam step on `words` weights. powers [2] = beta1^t, beta2^t, updated first. Kingma & Ba 2015, as torch orders it."""
    powers[0] = powers[0] * rule.beta1
    powers[1] = powers[1] * rule.beta2
    size = rate / (np.float32(1) - powers[0])
    root = np.sqrt(np.float32(1) - powers[1])
    for w in range(words):
        g = gradient_float(rule, total[w], weight[w])
        m = rule.beta1 * moment[w] + rule.beta1_complement * g
        v = rule.beta2 * square[w] + (rule.beta2_complement * g) * g
        moment[w] = m
        square[w] = v
        weight[w] = weight[w] - (size * m) / (np.sqrt(v) / root + rule.epsilon)


@kernel
def sgd_step(rule: Rule, rate: Word, words: Word, total: Int64s, weight: Float32s, moment: Float32s) -> None:
    """v = momentum v + g; w -= rate v."""
    for w in range(words):
        v = rule.momentum * moment[w] + gradient_float(rule, total[w], weight[w])
        moment[w] = v
        weight[w] = weight[w] - rate * v


@kernel
def weight_round(
    weight: Word, fraction: Word, low: Word, high: Word, stochastic: bool, stream: Word, word: Word
) -> tuple[Word, Word]:
    """A float32 weight in the weight format: (raw, 1 if it saturated)."""
    scaled = np.floor(np.float64(weight) * np.float64(np.int64(1) << np.int64(fraction + 16)))
    scaled = min(max(scaled, -4.0e18), 4.0e18)
    wide = round_shift(np.int64(scaled), 16, noise(stochastic, 16, stream, word))
    raw = narrow(wide, low, high)
    return raw, np.int64(raw != wide)


@kernel
def weights_store(
    weight: Float32s, rows: Word, size: Word, stride: Word, pre_first: Word, first: Word, fraction: Word, low: Word, high: Word,
    stochastic: bool, master: bool, stream: Word, raw: Int32s,
) -> Word:  # fmt: skip
    """raw[w] = rounded weight[w] for source rows x neurons (stride apart); without a master the rounded value becomes the state."""
    saturated = 0
    for p in range(rows):
        for j in range(size):
            w = p * stride + j
            value, clipped = weight_round(
                weight[w], fraction, low, high, stochastic, stream, ((pre_first + p) << 18) + first + j
            )
            raw[w] = np.int32(value)
            saturated += clipped
            if not master:
                weight[w] = np.float32(value) * np.float32(1.0 / np.float64(np.int64(1) << np.int64(fraction)))
    return saturated
