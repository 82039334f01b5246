"""Moves bytes between arrays that are known by their addresses. The caller must make sure that these are valid."""

from __future__ import annotations

import ctypes
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from firmware_models.jit.compiler import config


@intrinsic
def _move_bytes(typing: Any, to: Any, start: Any, count: Any) -> Any:
    """Move `count` bytes from address `start` to address `to`, as memmove does."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointers = [builder.inttoptr(word, cgutils.voidptr_t) for word in arguments[:2]]
        cgutils.raw_memmove(builder, pointers[0], pointers[1], arguments[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


def _move_bytes_uncompiled(to: int, start: int, count: int) -> None:
    """Move bytes with the C library's memmove, for kernels that run as plain Python."""
    ctypes.memmove(int(to), int(start), int(count))


# numba calls the intrinsic without its first argument.
move_bytes: Any = _move_bytes_uncompiled if config.DISABLE_JIT else _move_bytes
