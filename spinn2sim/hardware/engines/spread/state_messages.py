"""The states of programs where processes do not share memory: each side has arrays of its own, and tells the other what has changed.

A state is sent whole once. After that only the fields go to and fro that the host reads or writes, and of these the arrays whose bytes
are others than the other side is known to hold. All else stays with the process that plays the chip.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FAST = 1  # zlib's level: counts are mostly zeros, which any level finds


class StateChanges(NamedTuple):
    """What one side tells the other."""

    # For the number of each array that has changed, where its bytes are in `contents`. Equal chips share them.
    places: dict[int, int]
    contents: list[bytes]


class StateCopy:
    """The states of some chips on one of two sides, whose arrays are numbered alike."""

    def __init__(self, states: Sequence[Any], host_fields: frozenset[str]) -> None:
        """`host_fields` are the names of the fields that the host reads or writes; of a field in a field with a dot between them."""
        found = [pair for state in states for pair in arrays_of(state)]
        self._arrays = [array for _, array in found]
        self._shared = [n for n, (name, _) in enumerate(found) if name in host_fields]
        # The bytes that the other side holds, of arrays that may change; None before all have been sent.
        self._known: dict[int, bytes] | None = None

    def changes(self) -> StateChanges:
        """Return what the other side does not hold yet: all arrays at first, then those of the host's fields that have changed."""
        first, known = self._known is None, self._known or {}
        places: dict[int, int] = {}
        number_of: dict[bytes, int] = {}
        for n in range(len(self._arrays)) if first else self._shared:
            content = self._arrays[n].tobytes()
            if first or content != known[n]:
                places[n] = number_of.setdefault(content, len(number_of))
                known[n] = content
        self._known = {n: known[n] for n in self._shared}
        return StateChanges(places, [zlib.compress(content, FAST) for content in number_of])

    def take(self, changes: StateChanges) -> None:
        """Take over what the other side tells."""
        contents = [zlib.decompress(content) for content in changes.contents]
        for n, place in changes.places.items():
            array = self._arrays[n]
            array[...] = np.frombuffer(contents[place], array.dtype).reshape(array.shape)
        known = self._known or {}
        self._known = {n: contents[changes.places[n]] if n in changes.places else known[n] for n in self._shared}


def arrays_of(state: Any, name: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a state in a fixed order, with the names of their fields."""
    if hasattr(state, "_fields"):
        for field, value in zip(state._fields, state, strict=True):
            yield from arrays_of(value, f"{name}.{field}" if name else field)
    elif isinstance(state, np.ndarray):
        yield name, state
