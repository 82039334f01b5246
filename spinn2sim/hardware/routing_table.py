"""The event router's routing table: lines of key and mask, of which the first that matches is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.packet import RoutingEntry

kernel = kernels_of(__package__)
NO_ENTRY = -1
WORD_BITS = 32


class RoutingTable:
    """The lines of the table, in order. Lookups are cached."""

    def __init__(self, entries: Sequence[RoutingEntry]) -> None:
        if len(entries) > ROUTER_ENTRIES:
            raise ValueError(f"routing table: {len(entries)} entries; the event router holds {ROUTER_ENTRIES}")
        self.entries = tuple(entries)
        self.keys = np.array([entry.key for entry in entries], np.int64)
        self.masks = np.array([entry.mask for entry in entries], np.int64)
        self._found: dict[int, int] = {}

    def flip(self, line: int, bit: int) -> None:
        """Flip a bit of a line: bits 0 to 31 are the key's, 32 to 63 the mask's."""
        words = self.keys if bit < WORD_BITS else self.masks
        words[line] ^= 1 << bit % WORD_BITS
        self._found.clear()

    def match(self, key: int) -> int:
        """Return the number of the line for `key`, or NO_ENTRY."""
        line = self._found.get(key)
        if line is None:
            line = self._found[key] = int(first_match(self.keys, self.masks, key))
        return line


@kernel
def first_match(keys: Any, masks: Any, key: Any) -> Any:
    """Find the first line for which `key & mask` is the line's key, or NO_ENTRY."""
    for line in range(keys.shape[0]):
        if key & masks[line] == keys[line]:
            return line
    return NO_ENTRY
