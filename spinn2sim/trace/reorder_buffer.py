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
# Where rows are in an array, in their order.
Places = NDArray[np.intp]


class ReorderBuffer:
    """Sorts by the two columns `order`, of which the second is below 256; rows that are equal in both keep their order.

    Rows stay where they are: `hand_on` gets an array and the places of a block's rows in it, in order, which are valid until it returns.
    Without `hand_on` all rows are kept until `rest` is called.
    """

    def __init__(
        self, row_type: np.dtype[np.void], order: tuple[str, ...], hand_on: Callable[[Rows, Places], None] | None
    ) -> None:
        self._row_type = row_type
        self._first, self._second = order
        self._hand_on = hand_on
        # Of both, the first `_count` are held.
        self._rows: Rows = np.empty(0, row_type)
        self._keys: Keys = np.empty(0, np.int64)
        self._count = 0
        self._late: list[Rows] = []
        self._reached = NOTHING  # the sort key of the last row that was handed on

    def extend(self, rows: Rows) -> None:
        """Copy rows, and pass on the blocks that are ready."""
        at, enough = 0, BLOCK_ROWS + KEPT_BACK_ROWS
        while at < len(rows):
            # Without more rows than a block needs, what is kept back is sorted again as seldom as can be.
            count = len(rows) - at if self._hand_on is None else min(len(rows) - at, enough - self._count)
            self._append(rows[at : at + count])
            at += count
            if self._hand_on is not None and self._count >= enough:
                self._keep(self._pass_on(self._hand_on, enough))

    def _append(self, rows: Rows) -> None:
        begin, end = self._count, self._count + len(rows)
        if end > len(self._rows):
            self._lengthen(max(end, 2 * len(self._rows)))
        copy_into(self._rows[begin:], rows)
        self._write_keys(begin, end)
        self._count = end

    def rest(self) -> tuple[Rows, Rows]:
        """Take out the rows that were not passed on, and the late ones, both sorted. The buffer is then empty for another part."""
        return taken(self._rows, self._set_late_aside()), self._take_late()

    def flush(self) -> Rows:
        """Pass on all rows, the last block with what is left, and take out the late ones, sorted. The buffer is then empty."""
        assert self._hand_on is not None  # noqa: S101 - rows that are not passed on are taken by `rest`
        last = self._pass_on(self._hand_on, BLOCK_ROWS)
        if len(last):
            self._hand_on(self._rows, last)
        return self._take_late()

    def _take_late(self) -> Rows:
        late = np.concatenate([_as_bytes(np.empty(0, self._row_type)), *map(_as_bytes, self._late)]).view(
            self._row_type
        )
        self._late, self._count, self._reached = [], 0, NOTHING
        if len(late) > len(self._rows):
            self._lengthen(len(late))
        copy_into(self._rows, late)
        self._write_keys(0, len(late))
        return taken(late, _order(self._keys[: len(late)]))

    def _pass_on(self, hand_on: Callable[[Rows, Places], None], enough: int) -> Places:
        """Hand on blocks while there are `enough` rows, and return the places of the other rows, in order."""
        places = self._set_late_aside()
        while len(places) >= enough:
            block, places = places[:BLOCK_ROWS], places[BLOCK_ROWS:]
            self._reached = int(self._keys[block[-1]])
            hand_on(self._rows, block)
        return places

    def _set_late_aside(self) -> Places:
        """Keep late rows apart, and return the places of the others, in order."""
        keys = self._keys[: self._count]
        places = _order(keys)
        first = int(np.count_nonzero(keys <= self._reached)) if self._reached > NOTHING else 0
        if first:
            self._late.append(taken(self._rows, places[:first]))
        return places[first:]

    def _keep(self, places: Places) -> None:
        """Keep the rows at these places alone."""
        rows, keys = taken(self._rows, places), self._keys[places]
        copy_into(self._rows, rows)
        self._keys[: len(keys)] = keys
        self._count = len(rows)

    def _lengthen(self, length: int) -> None:
        rows, keys = np.empty(length, self._row_type), np.empty(length, np.int64)
        copy_into(rows, self._rows[: self._count])
        keys[: self._count] = self._keys[: self._count]
        self._rows, self._keys = rows, keys

    def _write_keys(self, begin: int, end: int) -> None:
        """Make the keys of rows that were just copied, while they are in the processor's cache."""
        from spinn2sim.hardware.row_kernels import join_keys  # here, since numba takes half a second to load

        rows = self._rows[begin:end]
        join_keys(rows[self._first], rows[self._second], self._keys[begin:end])


def _order(keys: Keys) -> Places:
    from spinn2sim.hardware.row_kernels import order_of

    return order_of(keys)


def taken(rows: Rows, places: Places) -> Rows:
    """Copy the rows at these places."""
    return _as_bytes(rows).take(places).view(rows.dtype)


def copy_into(to: Rows, rows: Rows) -> None:
    """Copy rows to the first places of an array, as bytes, which takes a tenth of the time that fields take."""
    to.view(np.uint8)[: rows.nbytes] = np.ascontiguousarray(_as_bytes(rows)).view(np.uint8)


def _as_bytes(rows: Rows) -> Rows:
    """Return a view of rows without their fields, which numpy copies as a whole."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))
