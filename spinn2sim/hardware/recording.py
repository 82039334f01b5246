"""What an engine tells of deliveries and wakes, and to whom: the Recorder protocol, and one that keeps every delivery in memory."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from spinn2sim.hardware.rows import ROW_TYPE, Row, Rows


class Recorder(Protocol):
    """Takes the rows of one part at a time, in any order. It never changes what the hardware does.

    `sequence_base` is the number of packets of all earlier parts, traced or not; an engine counts on from it and puts the new number
    there when the part is over.
    """

    sequence_base: int

    def wants(self, batch: int) -> bool:
        """Whether packets that are sent in this batch, and its wakes, may be recorded."""

    def wants_wakes(self, batch: int) -> bool:
        """Whether the wakes of this batch may be recorded."""

    def add(self, row: Row) -> None:
        """Take one delivery, in the order of rows.ROW."""

    def extend(self, rows: Rows) -> None:
        """Take many deliveries, as an array of ROW_TYPE; it is copied."""

    def tick(self, row: Row) -> None:
        """Take one wake of a PE, in the order of rows.TICK. Wakes come in the order of time."""

    def extend_ticks(self, rows: Rows) -> None:
        """Take many wakes, as an array of TICK_TYPE; it is copied."""


class MemoryRecorder:
    """Keeps every delivery as a raw row, and no wake."""

    def __init__(self) -> None:
        self.sequence_base = 0
        self._single: list[Row] = []
        self._blocks: list[Rows] = []

    def wants(self, batch: int) -> bool:
        """Packets of every batch."""
        return True

    def wants_wakes(self, batch: int) -> bool:
        """No wakes."""
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
        """All deliveries, as an array of ROW_TYPE sorted by (seq, dst_pe)."""
        rows = np.concatenate([np.array(self._single, ROW_TYPE), *self._blocks])
        order = np.lexsort((rows["dst_pe"], rows["seq"]))
        return rows[order]
