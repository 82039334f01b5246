"""The recorder: takes what engines say of deliveries and wakes, and keeps what was asked for; it never changes what the chip does.

Rows may come in any order; they go on sorted, packets by (seq, dst_pe), wakes by (woke_q, pe).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.rows import Row, Rows
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.columns import Columns, RecordedPart
from spinn2sim.trace.lane import PACKETS, TICKS, Lane, Sink
from spinn2sim.trace.writer_thread import Worker


class TraceRecorder:
    """Rows of one part at a time. `sequence_base` counts all packets of earlier parts, traced or not: it goes into a checkpoint.

    With a `sink` rows go to it while the part runs, in a thread, and `close_part` gives it the rest; without one `end_part` gives all.
    """

    def __init__(self, trace: Trace, copies: int, sequence_base: int = 0) -> None:
        self.sequence_base = sequence_base
        self.sink: Sink | None = None
        self._trace = trace
        self._copies = copies
        self._worker = Worker()
        self.begin_part(0, Part.TRAIN, np.zeros(0, np.int64))
        self._open = False

    def begin_part(self, epoch: int, part: Part, order: NDArray[np.int64]) -> None:
        """A part starts; copy c of batch b holds sample order[b * copies + c] (none beyond its end)."""
        self._part = RecordedPart(epoch, part, np.asarray(order, np.int64), self._copies)
        self._packets, self._ticks = (
            Lane(kind, self._trace, self._part, self.sink, self._worker) for kind in (PACKETS, TICKS)
        )
        self._open = True
        self._asked = (-1, False)  # the batch whose wakes were asked for last, and the answer

    def wants(self, batch: int) -> bool:
        """Whether packets sent in this batch, and its wakes, may be written."""
        trace, part = self._trace, self._part
        if trace.packets == "none":
            return False
        if trace.packets == "window" and (part.epoch, part.part) != (trace.epoch, Part.TRAIN):
            return False
        if trace.packets == "window" and not trace.first_batch <= batch <= trace.last_batch:
            return False
        return trace.samples is None or part.holds_any(batch, trace.samples)

    def wants_wakes(self, batch: int) -> bool:
        """Whether the wakes of this batch may be written."""
        if self._asked[0] != batch:
            wakes = self._trace.wakes
            first = wakes == "first" and not any(map(self.wants, range(batch)))
            self._asked = (batch, self.wants(batch) and (wakes == "all" or first))
        return self._asked[1]

    def add(self, row: Row) -> None:
        """One delivery, in the order of rows.ROW."""
        self._packets.add(row)

    def extend(self, rows: Rows) -> None:
        """Many deliveries, as an array of ROW_TYPE; it is copied."""
        self._packets.extend(rows)

    def tick(self, row: Row) -> None:
        """One wake of a PE, in the order of rows.TICK. Wakes come in the order of time."""
        self._ticks.add(row)

    def extend_ticks(self, rows: Rows) -> None:
        """Many wakes, as an array of TICK_TYPE; it is copied."""
        self._ticks.extend(rows)

    def end_part(self) -> Columns:
        """Without a sink: the part's deliveries as columns, and none left here. After an interruption: those that were finished."""
        return self._packets.end()

    def end_ticks(self) -> Columns:
        """Without a sink: the part's wakes as columns, and none left here."""
        return self._ticks.end()

    def close_part(self) -> None:
        """With a sink: give it what is left of the part, in the thread, if that was not done. Raises what the sink raised so far."""
        if self._open:
            self._open = False  # first: an interruption must not close it twice, which would empty its file
            self._packets.close()
            self._ticks.close()

    def wait(self) -> None:
        """Until the sink has all that was given. Raises what it raises."""
        self._worker.wait()
