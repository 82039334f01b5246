"""The compiled engine of a board: each chip is played alone in windows, and what crosses links is exchanged between them.

A packet that is on a chip when a window begins arrives at another one a link's service and latency later at the earliest, so in a window
of this length nothing arrives that is not known at its beginning. While no packet of any chip leads to a link, a window reaches so far
beyond the next wake that can send one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import N_LINKS, opposite
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_engine import BoardEngine, first_number
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.engines.compiled.crossing_ticks import CrossingTicks
from spinn2sim.hardware.engines.compiled.engine import stretches
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.units import QUANTA_PER_US


class CompiledBoard(BoardEngine):
    """Plays a board in windows."""

    _chips: list[CompiledChip] | None = None

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> tuple[EngineResult, ...]:
        """Run a part (see BoardEngine.run_part)."""
        self._refuse_overflow(part, batches, start_q)
        chips = self._begin(part, batches, start_q)
        ticks = CrossingTicks(phases_of(self._plan.plans[0].schedule, part), start_q)
        try:
            for first, last in stretches(batches, every):
                for chip in chips:
                    chip.set_batches(first, last)
                self._play(chips, ticks, ticks.end_of(last))
                if on_batch is not None:
                    on_batch(last)
            for chip in chips:
                chip.stop_timer()
            self._play(chips, None, at.FOREVER)
            while self._flush(chips):
                self._play(chips, None, at.FOREVER)
        finally:
            for chip in chips:
                chip.write_trace()
        end_q = -(-max(int(chip.registers[at.LAST_EVENT]) for chip in chips) // QUANTA_PER_US) * QUANTA_PER_US
        for chip, recorder in zip(chips, self._recorders, strict=True):
            if recorder:
                recorder.sequence_base = int(chip.registers[at.NEXT_SEQ])
        return tuple(EngineResult(end_q, chip.counters()) for chip in chips)

    def _begin(self, part: Part, batches: int, start_q: int) -> list[CompiledChip]:
        """Begin a part on all chips, which are made for the first one."""
        plan = self._plan
        if self._chips is None:
            self._chips = [
                CompiledChip(plan.plans[n], self._programs[n], self._drams[n], self._recorders[n], self._ports(chip))
                for n, chip in enumerate(plan.board.chips)
            ]
        for chip, one, recorder in zip(self._chips, plan.plans, self._recorders, strict=True):
            chip.begin(phases_of(one.schedule, part), batches, start_q, first_number(recorder))
        self._known_q = start_q
        return self._chips

    def _play(self, chips: list[CompiledChip], ticks: CrossingTicks | None, end_q: int) -> None:
        """Play all chips to the end of their batches at `end_q`, or, if there are no more `ticks`, until all are quiet."""
        while True:
            window_q = min(self._window_end(chips, ticks), end_q)
            for chip in chips:
                chip.registers[at.WINDOW_END] = window_q
                chip.play()
            self._exchange(chips)
            self._known_q = window_q
            if window_q == end_q:
                return

    def _window_end(self, chips: list[CompiledChip], ticks: CrossingTicks | None) -> int:
        """Return the instant up to which all that arrives is known, given that all is known up to `_known_q`."""
        begin_q = self._known_q
        if not self._crossing(chips):
            tick_q = ticks.next_from(begin_q) if ticks else at.FOREVER
            begin_q = min([tick_q, *(_late_wake(chip) for chip in chips)])
        return min(at.FOREVER, begin_q + self._plan.links.window_q)

    def _crossing(self, chips: list[CompiledChip]) -> bool:
        """Whether any packet leads to a link."""
        return any(chip.registers[at.LINK_OPEN] for chip in chips)

    def _exchange(self, chips: list[CompiledChip]) -> None:
        """Hand the packets that have left by links to the neighbours."""
        board = self._plan.board
        for chip, place in zip(chips, board.chips, strict=True):
            left = chip.registers[at.LEFT_BY_LINK : at.LEFT_BY_LINK + N_LINKS]
            for link in np.flatnonzero(left).tolist():
                neighbour = board.neighbour(place, link)
                assert neighbour is not None  # noqa: S101 - a plan that names another link is refused
                chips[board.numbers[neighbour]].take(opposite(link), chip.state.link_out[link, : left[link]])
                left[link] = 0

    def _flush(self, chips: list[CompiledChip]) -> int:
        """Settle what is still in FIFOs when all is quiet."""
        now = max(int(chip.registers[at.LAST_EVENT]) for chip in chips)
        self._known_q = now
        return sum(chip.flush(now) for chip in chips)


def _late_wake(chip: CompiledChip) -> int:
    """Return the instant at which the next PE of a chip that is late for a tick wakes; FOREVER if there is none."""
    if not chip.registers[at.LATE_PES]:
        return at.FOREVER
    core: NDArray[np.int64] = chip.state.core
    late = core[:, at.CORE_PENDING] != at.NO_TICK
    return int(core[late, at.CORE_BUSY_UNTIL].min())
