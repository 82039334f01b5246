"""Kernels that encode values as the pages of Parquet have them: by their differences.

https://parquet.apache.org/docs/file-format/data-pages/encodings describes it as DELTA_BINARY_PACKED.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.trace.pages.bit_kernels import write_varint, write_word, zigzag

kernel = kernels_of(__package__)
# Differences come in blocks, of four small blocks each, whose differences have a width of their own.
BLOCK, SMALL, WORD_BITS = 128, 32, 32


@kernel
def pack_differences(values: Any, narrow: Any, out: Any, at: Any) -> Any:
    """Write values by their differences, which are taken modulo 2^32 if `narrow`, as for values of 32 bits."""
    rows = len(values)
    at = write_varint(np.uint64(BLOCK), out, at)
    at = write_varint(np.uint64(BLOCK // SMALL), out, at)
    at = write_varint(np.uint64(rows), out, at)
    at = write_varint(zigzag(values[0] if rows else np.int64(0)), out, at)
    for first in range(1, rows, BLOCK):
        end = min(first + BLOCK, rows)
        least = difference(values, first, narrow)
        for here in range(first + 1, end):
            least = min(least, difference(values, here, narrow))
        at = write_varint(zigzag(least), out, at)
        widths, at = at, at + BLOCK // SMALL
        for small in range(BLOCK // SMALL):
            begin = first + small * SMALL
            until = min(begin + SMALL, end)
            any_bits = np.uint64(0)
            for here in range(begin, until):
                any_bits |= np.uint64(difference(values, here, narrow) - least)
            width = np.uint64(0)
            while any_bits >> width != np.uint64(0):
                width += np.uint64(1)
                if width == np.uint64(64):
                    break
            out[widths + small] = np.uint8(width)
            if begin < end:
                at = pack_small(values, begin, until, narrow, least, width, out, at)
    return at


@kernel
def pack_small(values: Any, begin: Any, until: Any, narrow: Any, least: Any, width: Any, out: Any, at: Any) -> Any:
    """Write a small block of differences beyond the least one; what is missing of SMALL is zero."""
    held, bits = np.uint64(0), np.uint64(0)
    word = np.uint64(WORD_BITS)
    for here in range(begin, begin + SMALL):
        if here < until:
            beyond = np.uint64(difference(values, here, narrow) - least)
        else:
            beyond = np.uint64(0)
        left = width
        while left > np.uint64(0):
            taken = min(left, word)
            held |= (beyond & ((np.uint64(1) << taken) - np.uint64(1))) << bits
            beyond >>= taken
            left -= taken
            bits += taken
            if bits >= word:
                at = write_word(held, out, at)
                held >>= word
                bits -= word
    return at


@kernel
def difference(values: Any, here: Any, narrow: Any) -> Any:
    """Return the difference of a value to the one before it."""
    step = values[here] - values[here - 1]
    if narrow:
        step = np.int64(np.int32(step))
    return step
