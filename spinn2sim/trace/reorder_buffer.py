"""Puts rows that come almost in order in order, with bounded memory; it never looks at what they mean.

Rows are held back until so many have come that those behind them are likely to be there too, then the first block of them
goes on. A row that comes later than that (it waited long at a full FIFO) is late: it is kept, and whoever took the blocks
puts it in between at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.rows import Rows

BLOCK_ROWS = 1 << 16
HELD_ROWS = 1 << 13
NOTHING = -1


class Stream:
    """`order(rows)` is the sort key; rows of equal keys stay as they came. Without `hand_on` all rows are held until `rest`."""

    def __init__(
        self,
        kind: np.dtype[np.void],
        order: Callable[[Rows], NDArray[np.int64]],
        hand_on: Callable[[Rows], None] | None,
    ) -> None:
        self._order = order
        self._hand_on = hand_on
        self._kind = kind
        self._held: list[Rows] = []
        self._late: list[Rows] = []
        self._count = 0
        self._reached = NOTHING  # the key of the last row that went on

    def extend(self, rows: Rows) -> None:
        """Take rows, which must not change any more; hand on the blocks that are ready."""
        self._held.append(rows)
        self._count += len(rows)
        while self._hand_on is not None and self._count >= BLOCK_ROWS + HELD_ROWS:
            rows = self._in_order()
            if self._count >= BLOCK_ROWS + HELD_ROWS:  # else some were late
                self._held, self._count = [rows[BLOCK_ROWS:]], len(rows) - BLOCK_ROWS
                self._reached = int(self._order(rows[BLOCK_ROWS - 1 : BLOCK_ROWS])[0])
                self._hand_on(rows[:BLOCK_ROWS])

    def rest(self) -> tuple[Rows, Rows]:
        """What did not go on, and what is late, each in order. None is left here: rows of another part may come."""
        rows, late = self._in_order(), self._sorted(self._late)
        self._held, self._late, self._count, self._reached = [], [], 0, NOTHING
        return rows, late

    def _in_order(self) -> Rows:
        """What is held, in order, without what is late."""
        rows = self._sorted(self._held)
        first = int(np.searchsorted(self._order(rows), self._reached, side="right")) if self._reached > NOTHING else 0
        self._late.append(rows[:first].copy())
        self._held, self._count = [rows[first:]], len(rows) - first
        return rows[first:]

    def _sorted(self, pieces: list[Rows]) -> Rows:
        rows = np.concatenate([as_bytes(np.zeros(0, self._kind)), *map(as_bytes, pieces)]).view(self._kind)
        # Timsort takes the runs that are there; `take` moves a row at once, where indexing moves it field by field.
        return rows.take(np.argsort(self._order(rows), kind="stable"))


def as_bytes(rows: Rows) -> Rows:
    """A view of the rows without their fields: numpy copies it at once, else field by field."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))
