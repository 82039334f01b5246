"""The words of a PE's SRAM that a fault can hit: those that hold numbers of its program, then those that nothing uses.

Code, stack, FIFO, and what programs use as indices and lengths are not modelled word by word, so that no fault hits them.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.facts import SRAM_BYTES
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program

WORD_BYTES = 4
Bytes = NDArray[np.uint8]


class DataWords(NamedTuple):
    """An array of a program's state, [pe, ...], whose words hold numbers, of which any value is harmless to the program.

    The first `skipped` 32-bit words of each row are none of them.
    """

    name: str
    skipped: int = 0


class SramWords:
    """The words of all PEs, by core id: `data` of them hold numbers, and `unused` more hold nothing."""

    def __init__(self, plan: Plan, programs: Sequence[Program]) -> None:
        self._rows: dict[int, tuple[Program, int, int]] = {}
        for group, program in zip(plan.groups, programs, strict=True):
            for row, core in enumerate(group.cores):
                self._rows[core] = (program, row, group.used[row])

    def data(self, core: int) -> int:
        """Return how many words of a PE hold numbers."""
        return sum(len(view) // WORD_BYTES for view in self._views(core))

    def count(self, core: int) -> int:
        """Return how many words of a PE a fault can hit."""
        used = self._rows[core][2] if core in self._rows else 0
        return self.data(core) + max(0, SRAM_BYTES - used) // WORD_BYTES

    def flip(self, core: int, word: int, bit: int) -> bool:
        """Flip one bit, and return whether the word holds a number."""
        at = word * WORD_BYTES + bit // 8
        for view in self._views(core):
            if at < len(view):
                view[at] ^= 1 << bit % 8
                return True
            at -= len(view)
        return False

    def _views(self, core: int) -> list[Bytes]:
        """Return the data words of a PE as bytes, array by array."""
        if core not in self._rows:
            return []
        program, row, _ = self._rows[core]
        found = []
        for name, skipped in getattr(program, "data_words", ()):
            array: NDArray[Any] = attrgetter(name)(program.state)
            found.append(array[row : row + 1].reshape(-1).view(np.uint8)[skipped * WORD_BYTES :])
        return found
