"""Writes the C structure of a program's PE from the arrays and numbers of its state, field by field, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.emulation.firmware_file import StructureLayout

WORD_MASK = 0xFFFF_FFFF
NUMBERS = {"int": 4, "unsigned": 4, "long long": 8}


def write_structure(
    layout: StructureLayout, state: Any, row: int, extra: dict[str, Any], address: Callable[[NDArray[Any], int], int],
    begins: Mapping[str, NDArray[np.int64]],
) -> NDArray[np.uint8]:  # fmt: skip
    """Return the bytes of the structure for the PE of `row`.

    A field is that of the same name in `extra` or in the state. A pointer gets the array's address, for an array with a row per PE that of
    the row; a number is that of the PE. `address` is called with the array and the row, and tells which of both it is. Of arrays that hold
    what several PEs have, one after the other, `begins` says by name at which number the PE of each row begins.
    """
    words = np.zeros(layout.size, np.uint8)
    for name, (offset, kind) in layout.fields.items():
        value = extra[name] if name in extra else attrgetter(name)(state)
        if name in begins:
            raw = (address(value, 0) + int(begins[name][row]) * value.itemsize).to_bytes(4, "little")
        elif kind == "pointer":
            raw = address(value, row if varies(name) else 0).to_bytes(4, "little")
        elif kind == "float":
            raw = np.float32(value).tobytes()
        else:
            number = int(value[row]) if isinstance(value, np.ndarray) else int(value)
            size = NUMBERS[kind]
            raw = (number & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        words[offset : offset + len(raw)] = np.frombuffer(raw, np.uint8)
    return words


def varies(name: str) -> bool:
    """Whether the array of a state field has a row for each PE; others are tables and words that all PEs of a group share."""
    return not name.startswith(("incoming.", "constants.")) and name not in (
        "rate",
        "training",
        "seed",
        "average",
        "kinds",
    )
