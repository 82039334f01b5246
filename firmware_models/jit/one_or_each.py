"""`one_or_each(value, j)`: a number that is the same for all, or number j of an array, chosen when the caller is compiled.

So a loop over neurons is written once, and the compiler sees either a constant or an array. Choosing between the two inside the loop
keeps LLVM from making vector instructions of it: an epoch took 1.4 times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload


def one_or_each(value: Any, j: Any) -> Any:
    """Return `value`, or its entry j if it is an array."""
    return value[j] if isinstance(value, np.ndarray) else value


@overload(one_or_each)
def _compiled(value: Any, j: Any) -> Callable[[Any, Any], Any]:
    def entry(value: Any, j: Any) -> Any:
        return value[np.uint64(j)]

    def same(value: Any, j: Any) -> Any:
        return value

    return entry if isinstance(value, types.Array) else same
