"""Sorts rows that arrive almost in order, with bounded memory.

Rows are kept back until enough others have come that all earlier rows are likely to be there; then the first block is passed on. A row
that comes even later, since its packet waited long at a full FIFO, is late: it is set aside, and the receiver of the blocks merges it in
at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.rows import Rows

BLOCK_ROWS = 1 << 16
KEPT_BACK_ROWS = 1 << 13
NOTHING = -1
# Of each row: the first column of the order, shifted by eight bits, and the second.
Keys = NDArray[np.int64]


class ReorderBuffer:
    """Sorts by the two columns `order`, of which the second is below 256; rows that are equal in both keep their order.

    Without `hand_on` all rows are kept until `rest` is called.
    """

    def __init__(
        self, row_type: np.dtype[np.void], order: tuple[str, ...], hand_on: Callable[[Rows], None] | None
    ) -> None:
        self._row_type = row_type
        self._first, self._second = order
        self._hand_on = hand_on
        self._pieces: list[Rows] = []
        self._count = 0
        self._late: list[Rows] = []
        self._reached = NOTHING  # the sort key of the last row that was handed on

    def extend(self, rows: Rows) -> None:
        """Take rows, which must not be changed afterwards, and pass on the blocks that are ready."""
        self._pieces.append(rows)
        self._count += len(rows)
        while self._hand_on is not None and self._count >= BLOCK_ROWS + KEPT_BACK_ROWS:
            rows, keys = self._set_late_aside()
            if self._count >= BLOCK_ROWS + KEPT_BACK_ROWS:  # fewer if some were late
                self._pieces, self._count = [rows[BLOCK_ROWS:]], len(rows) - BLOCK_ROWS
                self._reached = int(keys[BLOCK_ROWS - 1])
                self._hand_on(rows[:BLOCK_ROWS])

    def rest(self) -> tuple[Rows, Rows]:
        """Take out the rows that were not passed on, and the late ones, both sorted. The buffer is then empty for another part."""
        (rows, _), (late, _) = self._set_late_aside(), self._sorted(self._late)
        self._pieces, self._late, self._count, self._reached = [], [], 0, NOTHING
        return rows, late

    def _set_late_aside(self) -> tuple[Rows, Keys]:
        """Move late rows out of the buffer, and return the others, sorted, and their sort keys."""
        rows, keys = self._sorted(self._pieces)
        first = int(np.searchsorted(keys, self._reached, side="right")) if self._reached > NOTHING else 0
        self._late.append(rows[:first].copy())
        self._pieces, self._count = [rows[first:]], len(rows) - first
        return rows[first:], keys[first:]

    def _sorted(self, pieces: list[Rows]) -> tuple[Rows, Keys]:
        from spinn2sim.hardware.row_kernels import order_of  # here, since numba takes half a second to load

        rows = np.concatenate([_as_bytes(np.zeros(0, self._row_type)), *map(_as_bytes, pieces)]).view(self._row_type)
        keys: Keys = rows[self._first] << 8 | rows[self._second]
        order = order_of(keys)
        # `take` moves whole rows, while indexing would move each field.
        return rows.take(order), keys.take(order)


def copy_rows(rows: Rows) -> Rows:
    """Copy whole rows at once, not field by field."""
    return _as_bytes(rows).copy().view(rows.dtype)


def _as_bytes(rows: Rows) -> Rows:
    """Return a view of rows without their fields, which numpy copies as a whole."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))
