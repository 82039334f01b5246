"""Moving bytes between arrays that are known by their address; it never checks what lies there."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def _move_bytes(typing: Any, to: Any, start: Any, count: Any) -> Any:
    """memmove: `count` bytes from address `start` to address `to`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointers = [builder.inttoptr(word, cgutils.voidptr_t) for word in arguments[:2]]
        cgutils.raw_memmove(builder, pointers[0], pointers[1], arguments[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


move_bytes: Any = _move_bytes  # numba calls it without the first argument
