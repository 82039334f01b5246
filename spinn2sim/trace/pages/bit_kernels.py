"""Kernels that write single numbers as bytes, from `at` on, and return where they end."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.jit.compiler import kernels_of

kernel = kernels_of(__package__)


@kernel
def zigzag(value: Any) -> Any:
    """Return a number without sign, small for a value near zero."""
    return np.uint64((value << 1) ^ (value >> 63))


@kernel
def write_varint(value: Any, out: Any, at: Any) -> Any:
    """Write seven bits a byte, the least first; the highest bit says that more follow."""
    while value >= np.uint64(128):
        out[at] = np.uint8(value | np.uint64(128))
        value >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(value)
    return at + 1


@kernel
def write_word(value: Any, out: Any, at: Any) -> Any:
    """Write the lower 32 bits."""
    out[at] = np.uint8(value)
    out[at + 1] = np.uint8(value >> np.uint64(8))
    out[at + 2] = np.uint8(value >> np.uint64(16))
    out[at + 3] = np.uint8(value >> np.uint64(24))
    return at + 4
