"""The recorder: takes the deliveries and wakes that an engine reports, selects those that the user asked for, and has them written.

A row passes three steps: the recorder selects it, a `ReorderBuffer` puts it in order, and a `TableWriter` writes it to the disk. If files
are written, all of this happens in a separate thread, except for gathering rows. Rows may come in any order; packets are written sorted by
(seq, dst_pe), wakes by (woke_q, pe).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.recording import StoredElsewhere
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE, Row, Rows
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.columns import RecordedPart, kinds_of, packet_block, packet_columns, tick_block, tick_columns
from spinn2sim.trace.reorder_buffer import Places, ReorderBuffer, copy_into
from spinn2sim.trace.table_writer import TableWriter
from spinn2sim.trace.tables import KINDS, PACKETS, TICKS, ColumnBlock, Columns, Table
from spinn2sim.trace.writer_thread import WriterThread

CHUNK_ROWS = 1 << 15  # how many rows that come one by one are gathered before they are passed on


class TableKind(NamedTuple):
    """A table that a recorder fills: the type of its rows, and functions that filter them and make columns of them."""

    table: Table
    row_type: np.dtype[np.void]
    select: Callable[[Rows, Trace, RecordedPart], Rows]
    columns: Callable[[Rows, RecordedPart], Columns]
    # Makes columns of the rows at some places, which may be valid until it is called again.
    block: Callable[[Rows, Places, RecordedPart], ColumnBlock]


class OpenTable(NamedTuple):
    """One table of the part that is being recorded."""

    kind: TableKind
    part: RecordedPart
    # Rows that came one by one.
    single: list[Row]
    buffer: ReorderBuffer
    # None if no files are written.
    writer: TableWriter | None

    def take(self, rows: Rows, trace: Trace) -> None:
        """Put the rows that the filters select into the buffer."""
        self.buffer.extend(self.kind.select(rows, trace, self.part))

    def rest(self) -> Columns:
        """Empty the buffer, and return the rows that it has not passed on."""
        rows, _ = self.buffer.rest()
        return self.kind.columns(rows, self.part)


class TraceRecorder:
    """Records one part at a time. `sequence_base` counts the packets of all earlier parts, traced or not, and is kept in checkpoints.

    If `open_writer` is set, which opens the file of a table's part, rows are written while the part runs, and `close_part` writes the rest.
    Otherwise `end_part` and `end_ticks` return all rows.
    """

    def __init__(self, trace: Trace, copies: int, sequence_base: int = 0) -> None:
        self.sequence_base = sequence_base
        self.open_writer: Callable[[Table, int, Part], TableWriter] | None = None
        # What another process needs to record a part itself; None if it cannot.
        self.describe: Callable[[Trace, RecordedPart, int], StoredElsewhere] | None = None
        self._trace, self._copies = trace, copies
        self._thread = WriterThread()
        # By table: arrays whose rows were taken, for the next rows. New ones would take as long as copying into them.
        self._spare: dict[str, deque[Rows]] = {kind.table.name: deque() for kind in TRACED}
        self.begin_part(0, Part.TRAIN, np.zeros(0, np.int64))
        self._open = False

    def begin_part(self, epoch: int, part: Part, order: NDArray[np.int64]) -> None:
        """Begin a part. Copy c of batch b works on sample order[b * copies + c], or on none beyond the end of `order`."""
        self._part = RecordedPart(epoch, part, np.asarray(order, np.int64), self._copies)
        self._packets, self._ticks = (self._open_table(kind) for kind in TRACED)
        self._open = True
        self._asked = (-1, False)  # the batch that `wants_wakes` was last called for, and its answer

    def _open_table(self, kind: TableKind) -> OpenTable:
        part, order = self._part, kind.table.order
        if self.open_writer is None:
            return OpenTable(kind, part, [], ReorderBuffer(kind.row_type, order, None), None)
        writer = self.open_writer(kind.table, part.epoch, part.part)
        buffer = ReorderBuffer(kind.row_type, order, lambda rows, places: writer.write(kind.block(rows, places, part)))
        return OpenTable(kind, part, [], buffer, writer)

    def wants(self, batch: int) -> bool:
        """Whether packets that are sent in this batch may be recorded. If not, its wakes are not recorded either."""
        trace, part = self._trace, self._part
        if trace.packets == "none":
            return False
        if trace.packets == "window" and (part.epoch, part.part) != (trace.epoch, Part.TRAIN):
            return False
        if trace.packets == "window" and not trace.first_batch <= batch <= trace.last_batch:
            return False
        return trace.samples is None or part.holds_any(batch, trace.samples)

    def wants_wakes(self, batch: int) -> bool:
        """Whether the wakes of this batch may be recorded, if its packets may."""
        if self._asked[0] != batch:
            wakes = self._trace.wakes
            first = wakes == "first" and not any(map(self.wants, range(batch)))
            self._asked = (batch, self.wants(batch) and (wakes == "all" or first))
        return self._asked[1]

    def add(self, row: Row) -> None:
        """Take one delivery, with the fields of rows.ROW."""
        self._gather(self._packets, row)

    def extend(self, rows: Rows) -> None:
        """Take many deliveries, as an array of ROW_TYPE; it is copied."""
        self._give_copy(self._packets, rows)

    def tick(self, row: Row) -> None:
        """Take one wake of a PE, with the fields of rows.TICK. Wakes come in the order of time."""
        self._gather(self._ticks, row)

    def extend_ticks(self, rows: Rows) -> None:
        """Take many wakes, as an array of TICK_TYPE; it is copied."""
        self._give_copy(self._ticks, rows)

    def end_part(self) -> Columns:
        """Return the part's deliveries as columns, if no files are written. After an interruption these are the ones settled so far."""
        return self._take_out(self._packets)

    def end_ticks(self) -> Columns:
        """Return the part's wakes, as columns, if no files are written."""
        return self._take_out(self._ticks)

    def close_part(self) -> None:
        """Have the rest of the part written and its files closed, once. Raises what writing has raised so far."""
        if self._open:
            self._open = False  # set first: if an interruption closed the part again, its file would be empty
            for table in (self._packets, self._ticks):
                self._flush(table)
                if table.writer is not None:
                    self._thread.give(partial(_close, table, table.writer))

    def elsewhere(self) -> StoredElsewhere | None:
        """Return what another process needs to record the part that has begun; None if rows are to come here."""
        return self.describe(self._trace, self._part, self.sequence_base) if self.describe else None

    def leave_part(self) -> None:
        """Write nothing of the part, which another process has recorded."""
        self._open = False

    def wait(self) -> None:
        """Wait until everything has been written. Raises what writing raises."""
        self._thread.wait()

    def _gather(self, table: OpenTable, row: Row) -> None:
        table.single.append(row)
        if len(table.single) >= CHUNK_ROWS:
            self._flush(table)

    def _flush(self, table: OpenTable) -> None:
        if table.single:
            rows = np.array(table.single, table.kind.row_type)
            table.single.clear()
            self._give(table, rows)

    def _give(self, table: OpenTable, rows: Rows) -> None:
        if table.writer is None:
            table.take(rows, self._trace)
        else:
            self._thread.give(partial(table.take, rows, self._trace))

    def _give_copy(self, table: OpenTable, rows: Rows) -> None:
        """Give rows of an array that its owner is about to change."""
        if table.writer is None:
            table.take(rows, self._trace)
            return
        spare = self._spare[table.kind.table.name]
        whole = spare.pop() if spare else np.empty(CHUNK_ROWS, table.kind.row_type)
        if len(whole) < len(rows):
            whole = np.empty(len(rows), table.kind.row_type)
        copy_into(whole, rows)
        self._thread.give(partial(_take_copy, table, whole, len(rows), self._trace, spare))

    def _take_out(self, table: OpenTable) -> Columns:
        self._flush(table)
        return table.rest()


def _take_copy(table: OpenTable, whole: Rows, count: int, trace: Trace, spare: deque[Rows]) -> None:
    """Have a table take the first rows of an array, which is spare then."""
    table.take(whole[:count], trace)
    spare.append(whole)


def _close(table: OpenTable, writer: TableWriter) -> None:
    late = table.buffer.flush()
    writer.close(table.kind.columns(late, table.part))


def select_packets(rows: Rows, trace: Trace, part: RecordedPart) -> Rows:
    """Return the deliveries that pass the filters: tick of the send, sample, sender or receiver, kind."""
    keep = _in_ticks(rows, trace)
    if trace.samples is not None:
        keep &= np.isin(part.samples(rows), trace.samples)
    if trace.pes is not None:
        keep &= np.isin(rows["src_pe"], trace.pes) | np.isin(rows["dst_pe"], trace.pes)
    if trace.kinds is not None:
        keep &= np.isin(kinds_of(rows), [KINDS.index(kind) for kind in trace.kinds])
    return rows if keep.all() else rows[keep]


def select_ticks(rows: Rows, trace: Trace, _part: RecordedPart) -> Rows:
    """Return the wakes that pass the filters by tick and PE. A PE wakes for all of its packets, so sample and kind do not matter."""
    keep = _in_ticks(rows, trace)
    if trace.pes is not None:
        keep &= np.isin(rows["pe"], trace.pes)
    return rows if keep.all() else rows[keep]


def _in_ticks(rows: Rows, trace: Trace) -> NDArray[np.bool_]:
    if trace.ticks is None:
        return np.ones(len(rows), np.bool_)
    first, last = trace.ticks
    return (rows["tick"] >= first) & (rows["tick"] <= last)


TRACED = (
    TableKind(PACKETS, ROW_TYPE, select_packets, packet_columns, packet_block),
    TableKind(TICKS, TICK_TYPE, select_ticks, tick_columns, tick_block),
)
