"""Convolutions of a script's network: a PE holds the kernels of its channels once, and finds the targets of a spike by its pixel.

A key's neuron is the pixel (channel * height + row) * width + column of the source image.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.script_state import RING_SLOTS, SIGNS, ScriptState

# The fields of a convolution: the source image and the windows over which it is summed, and the sums; frame and steps; kernel; the target
# image; the channels of the PE, and where its weights [source channel, channel of the PE, row, column] begin.
HEIGHT, WIDTH, POOL_DOWN, POOL_ACROSS, POOLED_HEIGHT, POOLED_WIDTH = (np.int64(n) for n in range(6))
PAD_TOP, PAD_LEFT, STRIDE_DOWN, STRIDE_ACROSS, KERNEL_HEIGHT, KERNEL_WIDTH = (np.int64(n) for n in range(6, 12))
OUT_HEIGHT, OUT_WIDTH, FIRST_CHANNEL, CHANNELS, WEIGHTS = (np.int64(n) for n in range(12, 17))
FIELDS = 17


@kernel
def add_windows(s: ScriptState, row: Word, step: Word, number: Word, source: Word) -> Word:
    """Add the weights of a source pixel to the ring's slot of this tick, for each target pixel whose window covers it. Returns how many."""
    f = s.convolution[number]
    pixel = source % (f[HEIGHT] * f[WIDTH])
    y, x = pixel // f[WIDTH] // f[POOL_DOWN], pixel % f[WIDTH] // f[POOL_ACROSS]
    added = np.int64(0)
    if y >= f[POOLED_HEIGHT] or x >= f[POOLED_WIDTH]:
        return added
    weights = f[WEIGHTS] + source // (f[HEIGHT] * f[WIDTH]) * f[CHANNELS] * f[KERNEL_HEIGHT] * f[KERNEL_WIDTH]
    for i in range(f[KERNEL_HEIGHT]):
        down = y + f[PAD_TOP] - i
        if down < 0 or down % f[STRIDE_DOWN] != 0 or down // f[STRIDE_DOWN] >= f[OUT_HEIGHT]:
            continue
        for j in range(f[KERNEL_WIDTH]):
            across = x + f[PAD_LEFT] - j
            if across < 0 or across % f[STRIDE_ACROSS] != 0 or across // f[STRIDE_ACROSS] >= f[OUT_WIDTH]:
                continue
            target = down // f[STRIDE_DOWN] * f[OUT_WIDTH] + across // f[STRIDE_ACROSS]
            added += add_channels(s, row, step, number, weights + i * f[KERNEL_WIDTH] + j, target)
    return added


@kernel
def add_channels(s: ScriptState, row: Word, step: Word, number: Word, weights: Word, pixel: Word) -> Word:
    """Add the weight of each channel of the PE to its neuron at a pixel, if the PE has it. Returns how many."""
    f = s.convolution[number]
    size, first = np.int64(s.size[row]), np.int64(s.first[row])
    slot = s.at[row] * RING_SLOTS * SIGNS + step % RING_SLOTS * SIGNS * size
    added = np.int64(0)
    for channel in range(f[CHANNELS]):
        j = (f[FIRST_CHANNEL] + channel) * f[OUT_HEIGHT] * f[OUT_WIDTH] + pixel - first
        if 0 <= j < size:
            weight: Any = np.int32(s.kernel[weights + channel * f[KERNEL_HEIGHT] * f[KERNEL_WIDTH]])
            sign = 1 if weight < 0 else 0
            s.ring[slot + sign * size + j] += abs(weight)
            added += 1
    return added
