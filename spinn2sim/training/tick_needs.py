"""What each tick of a part needs: the time until its last PE has finished and its last packet has arrived, by phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.packet import Part, Phase
from spinn2sim.hardware.part_ticks import PartTicks, phases_of
from spinn2sim.hardware.plan import Schedule
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE, Row, Rows

PHASES = len(Phase)


class TickNeeds:
    """A recorder that keeps the longest need of a tick of each phase, of one part that starts at an instant.

    A wake needs the time from the tick's nominal instant until the PE has finished, a packet the time until its last delivery.
    """

    def __init__(self, schedule: Schedule, part: Part = Part.TRAIN, start_q: int = 0) -> None:
        self.sequence_base = 0
        # [phases], quanta
        self.needs_q: NDArray[np.int64] = np.zeros(PHASES, np.int64)
        ticks = PartTicks(phases_of(schedule, part), 3, start_q)
        instants = [[ticks.tick(ticks.number_of(batch, n)) for n in range(ticks.ticks_in(batch))] for batch in range(3)]
        exchanges = [phase.first_tick for phase in schedule.train if phase.phase == Phase.EXCHANGE]
        self._first_exchange = min(exchanges, default=-1)
        self._first = min(one.trace_tick for one in instants[0])
        # [0 or 1, tick], the instants of the first batch, and of the second one
        width = max(len(one) for one in instants)
        self._due_q = np.zeros((2, width), np.int64)
        for batch in (0, 1):
            for one in instants[batch]:
                self._due_q[batch, one.trace_tick - self._first] = one.at_q
        self._later_q = instants[2][0].at_q - instants[1][0].at_q

    def wants(self, batch: int) -> bool:
        """Take the packets of every batch."""
        return True

    def wants_wakes(self, batch: int) -> bool:
        """Take the wakes of every batch."""
        return True

    def add(self, row: Row) -> None:
        """Take one delivery."""
        self.extend(np.array([row], ROW_TYPE))

    def extend(self, rows: Rows) -> None:
        """Take many deliveries."""
        self._note(self._phases(rows), rows["delivered_q"] - self._instant(rows["batch"], rows["tick"]))

    def tick(self, row: Row) -> None:
        """Take one wake."""
        self.extend_ticks(np.array([row], TICK_TYPE))

    def extend_ticks(self, rows: Rows) -> None:
        """Take many wakes."""
        self._note(self._phases(rows), rows["time_done"] - rows["due_q"])

    def _phases(self, rows: Rows) -> NDArray[np.int8]:
        """Return the phase of each row; the first tick of an exchange has the period of those that sum gradients."""
        of_reduce = (rows["phase"] == Phase.EXCHANGE) & (rows["tick"] == self._first_exchange)
        phases: NDArray[np.int8] = np.where(of_reduce, np.int8(Phase.REDUCE), rows["phase"])
        return phases

    def _instant(self, batch: NDArray[np.int32], tick: NDArray[np.int32]) -> NDArray[np.int64]:
        later = np.maximum(batch.astype(np.int64) - 1, 0)
        instants: NDArray[np.int64] = self._due_q[np.minimum(batch, 1), tick - self._first] + later * self._later_q
        return instants

    def _note(self, phase: NDArray[np.int8], needs_q: NDArray[np.int64]) -> None:
        np.maximum.at(self.needs_q, phase.astype(np.int64), needs_q)
