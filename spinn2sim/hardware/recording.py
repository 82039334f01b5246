"""The protocol of recorders, to which an engine reports deliveries and wakes, and a recorder that keeps deliveries in memory."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from spinn2sim.hardware.rows import ROW_TYPE, Row, Rows


class Recorder(Protocol):
    """Takes the rows of one part at a time, in any order. A recorder does not affect the hardware.

    `sequence_base` is the number of packets of all earlier parts, traced or not. An engine numbers packets from it on, and updates it when
    the part is over.
    """

    sequence_base: int

    def wants(self, batch: int) -> bool:
        """Whether packets that are sent in this batch may be recorded. If not, its wakes are not recorded either."""

    def wants_wakes(self, batch: int) -> bool:
        """Whether the wakes of this batch may be recorded, if its packets may."""

    def add(self, row: Row) -> None:
        """Take one delivery, with the fields of rows.ROW."""

    def extend(self, rows: Rows) -> None:
        """Take many deliveries, as an array of ROW_TYPE; it is copied."""

    def tick(self, row: Row) -> None:
        """Take one wake of a PE, with the fields of rows.TICK. Wakes come in the order of time."""

    def extend_ticks(self, rows: Rows) -> None:
        """Take many wakes, as an array of TICK_TYPE; it is copied."""


class FileRecorder(Recorder, Protocol):
    """A recorder that writes files."""

    def close_part(self) -> None:
        """Have the rest of the part written and its files closed."""

    def wait(self) -> None:
        """Wait until everything has been written. Raises OutputError."""


class StoredElsewhere(Protocol):
    """What another process needs to record a part of a chip itself. It can be sent."""

    def recorder(self) -> FileRecorder | None:
        """Begin to record; None if this process does not see the files."""


@runtime_checkable
class SendableRecorder(Recorder, Protocol):
    """A recorder whose part another process can record."""

    def elsewhere(self) -> StoredElsewhere | None:
        """Return what another process needs to record the part that has begun; None if rows are to come here."""

    def leave_part(self) -> None:
        """Write nothing of the part, which another process has recorded."""


class MemoryRecorder:
    """Keeps every delivery as a raw row, and drops wakes."""

    def __init__(self) -> None:
        self.sequence_base = 0
        self._single: list[Row] = []
        self._blocks: list[Rows] = []

    def wants(self, batch: int) -> bool:
        """Record the packets of every batch."""
        return True

    def wants_wakes(self, batch: int) -> bool:
        """Record no wakes."""
        return False

    def add(self, row: Row) -> None:
        """Keep one delivery."""
        self._single.append(row)

    def extend(self, rows: Rows) -> None:
        """Keep many deliveries."""
        self._blocks.append(rows.copy())

    def tick(self, row: Row) -> None:
        """Drop a wake."""

    def extend_ticks(self, rows: Rows) -> None:
        """Drop many wakes."""

    def deliveries(self) -> Rows:
        """Return all deliveries, as an array of ROW_TYPE sorted by (seq, dst_pe)."""
        rows = np.concatenate([np.array(self._single, ROW_TYPE), *self._blocks])
        order = np.lexsort((rows["dst_pe"], rows["seq"]))
        return rows[order]
