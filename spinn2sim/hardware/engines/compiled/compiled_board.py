"""The compiled engine of a board: each chip is played alone as far as all that arrives is known, and what crosses links is handed over.

A packet that sets out to a link arrives at the other chip a link's service and latency later at the earliest. So each chip has a horizon of
its own (see horizons.py), on one process or several, which tell each other what horizons depend on (see mail.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import by_reference
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import N_LINKS, opposite
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_engine import BoardEngine, Dram, first_number
from spinn2sim.hardware.engines.compiled import board_loop as loop
from spinn2sim.hardware.engines.compiled import horizons, mail
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.engines.compiled.crossing_ticks import CrossingTicks
from spinn2sim.hardware.engines.compiled.engine import stretches
from spinn2sim.hardware.engines.compiled.fused import ChipStates, compile_rounds
from spinn2sim.hardware.engines.compiled.link_flows import link_flows
from spinn2sim.hardware.engines.compiled.remote_crossings import RemoteCrossings
from spinn2sim.hardware.engines.peers import Alone, BoardShare, Peers
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import phases_of
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.units import QUANTA_PER_US


class CompiledBoard(BoardEngine):
    """Plays a board, or the chips of it that are this process's share."""

    def __init__(
        self,
        plan: BoardPlan,
        programs: Sequence[Sequence[Program]],
        drams: Sequence[Dram],
        recorders: Sequence[Recorder] | None = None,
        share: BoardShare | None = None,
    ) -> None:
        super().__init__(plan, programs, drams, recorders, share and share.chips)
        self._peers: Peers = share.peers if share else Alone()
        self._chips: list[CompiledChip] = []

    @property
    def rounds(self) -> int:
        """How many rounds over the chips of this process the last part had."""
        return int(self._board.registers[loop.ROUNDS])

    @property
    def waits(self) -> tuple[int, int]:
        """How often this process waited for others in the last part, and how often it slept then."""
        registers = self._exchange.mail.registers
        return int(registers[mail.WAITS]), int(registers[mail.SLEEPS])

    def record_with(self, recorders: Sequence[Recorder]) -> None:
        """Give the parts that follow to other recorders."""
        self._recorders = recorders

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
        none = np.zeros(0, np.int64)
        try:
            for first, last in stretches(batches, every):
                for chip in chips:
                    chip.set_batches(first, last)
                self._play(chips, ticks.of_and_next(first, last, batches), ticks.end_of(last))
                if on_batch is not None:
                    on_batch(last)
            for chip in chips:
                chip.stop_timer()
            self._play(chips, none, at.FOREVER)
            while self._flush(chips):
                self._play(chips, none, at.FOREVER)
        finally:
            for chip in chips:
                chip.write_trace()
        end_q = -(-self._last_event() // QUANTA_PER_US) * QUANTA_PER_US
        for chip, recorder in zip(chips, self._recorders, strict=True):
            if recorder:
                recorder.sequence_base = int(chip.registers[at.NEXT_SEQ])
        return tuple(EngineResult(end_q, chip.counters()) for chip in chips)

    def _begin(self, part: Part, batches: int, start_q: int) -> list[CompiledChip]:
        """Begin a part on all chips, which are made for the first one."""
        if not self._chips:
            self._prepare()
        for chip, one, recorder in zip(self._chips, self.plans, self._recorders, strict=True):
            chip.recorder = recorder
            chip.begin(phases_of(one.schedule, part), batches, start_q, first_number(recorder))
        self._board.registers[loop.KNOWN], self._board.registers[loop.ROUNDS] = start_q, 0
        self._exchange.mail.registers[[mail.WAITS, mail.SLEEPS]] = 0
        return self._chips

    def _prepare(self) -> None:
        """Make all tables, and compile the loop."""
        board, first = self._plan.board, self._numbers.start
        for n, plan in enumerate(self.plans):
            ports = self._plan.ports(board.chips[first + n])
            self._chips.append(CompiledChip(plan, self._programs[n], self._drams[n], None, ports))
            self._chips[n].prepare()
        self._play_rounds, self._program_states, self._kept = compile_rounds(self._programs)
        self._compiled = bool(self._kept)
        neighbours = np.full((len(self._chips), N_LINKS), loop.NO_CHIP, np.int64)
        sources = np.full((len(board.chips), N_LINKS), loop.NO_CHIP, np.int64)
        passing, (comes, passes) = sources.copy(), link_flows(self._plan)
        for place, link, other in board.links():
            here, there = board.numbers[place], board.numbers[other]
            back = opposite(link)
            sources[there, back] = here if comes[there, back] else loop.NO_CHIP
            passing[there, back] = here if passes[there, back] else loop.NO_CHIP
            if here in self._numbers:
                neighbours[here - first, link] = there
        registers = np.zeros(loop.N_REGISTERS, np.int64)
        registers[loop.LOOKAHEAD], registers[loop.FIRST] = self._plan.links.window_q, first
        rows = np.zeros((len(board.chips), horizons.CHIP_WORDS), np.int64)
        self._exchange = RemoteCrossings(board, self._numbers, self._peers)
        self._board = loop.BoardState(
            registers, neighbours, sources, passing, rows, np.zeros(0, np.int64), self._exchange.mail
        )

    def _play(self, chips: list[CompiledChip], ticks: NDArray[np.int64], end_q: int) -> None:
        """Play all chips to the end of their batches at `end_q`, or, if that is FOREVER, until all are quiet.

        `ticks` are the instants until then at which packets can be sent over links, and the next one.
        """
        board = by_reference(self._board._replace(ticks=ticks))
        registers, rows = self._board.registers, self._board.chips[self._numbers.start : self._numbers.stop]
        registers[loop.END], registers[loop.MEETS], registers[loop.LOOK], registers[loop.PLAYED] = end_q, 1, 1, 0
        rows[:, horizons.KNOWN], rows[:, horizons.NEXT_TICK] = registers[loop.KNOWN], 0
        states = self._states(chips)
        while True:
            status = int(self._play_rounds(self._program_states, states, board))
            if status == at.BATCH_OVER:
                return
            if status == loop.MAIL_DUE:
                plays = (rows[:, horizons.KNOWN] != end_q).any() or self._exchange.mail.registers[mail.UNPOSTED]
                self._exchange.carry(bool(plays))
                continue
            if status == loop.NO_ROOM_TO_TAKE:
                chips[registers[loop.FULL]].make_room_to_take()
            else:
                chips[registers[loop.CURSOR]].help(status)
            states = self._states(chips)

    def _states(self, chips: list[CompiledChip]) -> Any:
        """The states of the chips as the loop takes them, with the DRAM's arrays where they are now."""
        for chip in chips:
            chip.find_dram()
        references = [chip.reference() for chip in chips]
        if self._compiled:
            return ChipStates(references[0], np.array([one.address for one in references], np.int64))
        return references

    def _flush(self, chips: list[CompiledChip]) -> int:
        """Settle what is still in FIFOs when all is quiet, and return how many packets those are on the whole board."""
        now = self._last_event()
        self._board.registers[loop.KNOWN] = now
        flushed = sum(chip.flush(now) for chip in chips)
        self._exchange.take_back()
        return int(self._exchange.gather(flushed).sum())

    def _last_event(self) -> int:
        """Return the instant of the last event on the whole board."""
        return int(self._exchange.gather(max(int(chip.registers[at.LAST_EVENT]) for chip in self._chips)).max())
