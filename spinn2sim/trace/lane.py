"""One table of one part on its way from the engine to the disk: filter, order, columns; it never opens a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE, Row, Rows
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.columns import Columns, RecordedPart, packet_columns, tick_columns, wanted_packets, wanted_ticks
from spinn2sim.trace.reorder_buffer import Stream, as_bytes
from spinn2sim.trace.writer_thread import Worker

CHUNK_ROWS = 1 << 15


class Sink(Protocol):
    """Who takes the columns of a part, block by block and in order."""

    def write(self, table: str, part: RecordedPart, columns: Columns) -> None:
        """The next block of table "packets" or "ticks"."""

    def end(self, table: str, part: RecordedPart, columns: Columns, late: Columns) -> None:
        """The last block, and what belongs in between those that were written before."""


class Kind(NamedTuple):
    """What rows of a table are, how they are ordered, which of them are wanted, and what columns they make."""

    name: str
    rows: np.dtype[np.void]
    order: Callable[[Rows], NDArray[np.int64]]
    wanted: Callable[[Rows, Trace, RecordedPart], Rows]
    columns: Callable[[Rows, RecordedPart], Columns]


PACKETS = Kind("packets", ROW_TYPE, lambda r: r["seq"] << 8 | r["dst_pe"], wanted_packets, packet_columns)
TICKS = Kind("ticks", TICK_TYPE, lambda r: r["woke_q"] << 8 | r["pe"], wanted_ticks, tick_columns)


class Lane:
    """Without a sink all rows are kept for `end`; with one they go to it, worked on by `worker`."""

    def __init__(self, kind: Kind, trace: Trace, part: RecordedPart, sink: Sink | None, worker: Worker) -> None:
        self._kind, self._trace, self._part, self._sink, self._worker = kind, trace, part, sink, worker
        self._rows: list[Row] = []
        self._stream = Stream(kind.rows, kind.order, self._hand_on if sink else None)

    def add(self, row: Row) -> None:
        """One row, in the order of its type's fields."""
        self._rows.append(row)
        if len(self._rows) >= CHUNK_ROWS:
            self._compact()

    def extend(self, rows: Rows) -> None:
        """Many rows; they are copied."""
        self._give(as_bytes(rows).copy().view(self._kind.rows))

    def end(self) -> Columns:
        """All that is kept, in order; none with a sink. None is left here."""
        self._compact()
        return self._kind.columns(self._stream.rest()[0], self._part)

    def close(self) -> None:
        """Give the sink the rest, and say that it is."""
        self._compact()
        if self._sink is not None:
            self._worker.give(partial(self._end, self._sink))

    def _compact(self) -> None:
        if self._rows:
            self._give(np.array(self._rows, self._kind.rows))
            self._rows = []

    def _give(self, rows: Rows) -> None:
        if self._sink is None:
            self._take(rows)
        else:
            self._worker.give(partial(self._take, rows))

    def _take(self, rows: Rows) -> None:
        self._stream.extend(self._kind.wanted(rows, self._trace, self._part))

    def _hand_on(self, rows: Rows) -> None:
        if self._sink is not None:
            self._sink.write(self._kind.name, self._part, self._kind.columns(rows, self._part))

    def _end(self, sink: Sink) -> None:
        rows, late = (self._kind.columns(rows, self._part) for rows in self._stream.rest())
        sink.end(self._kind.name, self._part, rows, late)
