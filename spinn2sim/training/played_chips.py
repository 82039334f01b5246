"""Plays the chips of a run: one chip with an engine, or all chips of a board with a board engine, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.emulation.programs_of_engine import player_of_engine, programs_of_engine
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_choice import board_engine_of
from spinn2sim.hardware.engines.board_engine import BoardEngine
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.engines.compiled.side_by_side import Threads
from spinn2sim.hardware.engines.spread.shared_states import lay_together
from spinn2sim.hardware.engines.spread.spread_board import SpreadBoard
from spinn2sim.hardware.faults.part_faults import FaultMemory
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.recording import Recorder
from spinn2sim.training.chip_counts import total_counters
from spinn2sim.training.crew import crew_for
from spinn2sim.training.program_copies import ProgramCopies
from spinn2sim.training.thread_count import thread_count
from spinn2sim.training.trained_chip import TrainedChip

OnBatch = Callable[[int], None]


class ChipPlayer(Protocol):
    """Plays parts of a run."""

    # The names of the chips.
    names: tuple[str, ...]
    # What broken parts leave behind from one part of a run to the next.
    memory: FaultMemory

    def programs(self, built: Sequence[GroupProgram]) -> list[GroupProgram]:
        """Return what runs on a chip's PEs for the programs that were built for it."""

    def prepare(self, chips: Sequence[TrainedChip], recorders: Sequence[Recorder]) -> None:
        """Play these chips from now on, with a recorder for each of them, or none."""

    def run_part(
        self, part: Part, epoch: int, batches: int, start_q: int, on_batch: OnBatch, every: int
    ) -> tuple[EngineResult, ...]:
        """Run a part on all chips (see Engine.run_part)."""

    def total(self, results: Sequence[EngineResult]) -> Counters:
        """Add up the counters of all chips."""


class OneChipPlayer:
    """Plays a chip by itself."""

    names: tuple[str, ...] = ("the chip",)

    def __init__(self, engine: str) -> None:
        self._name, self._player = engine, player_of_engine(engine)
        crew_for(engine, None)
        self.memory = FaultMemory()

    def programs(self, built: Sequence[GroupProgram]) -> list[GroupProgram]:
        """Return the programs, or the firmware in C that stands for them."""
        return programs_of_engine(self._name, built)

    def prepare(self, chips: Sequence[TrainedChip], recorders: Sequence[Recorder]) -> None:
        """Make the engine."""
        (chip,) = chips
        self._engine = self._player(chip.plan, chip.programs, chip.dram, recorders[0] if recorders else None)
        self.memory = self._engine.memory
        if isinstance(self._engine, Compiled):
            self._engine.use_threads(Threads(thread_count, lambda: ProgramCopies(chip.programs)))

    def run_part(
        self, part: Part, epoch: int, batches: int, start_q: int, on_batch: OnBatch, every: int
    ) -> tuple[EngineResult, ...]:
        """Run a part."""
        return (self._engine.run_part(part, epoch, batches, start_q, on_batch, every),)

    def total(self, results: Sequence[EngineResult]) -> Counters:
        """Return the counters of the chip."""
        return results[0].counters


class BoardPlayer:
    """Plays the chips of a board together."""

    def __init__(self, engine: str, plan: BoardPlan) -> None:
        self._plan, self._player, self._crew = plan, board_engine_of(engine), crew_for(engine, plan)
        self.names = tuple(f"chip {chip}" for chip in plan.board.chips)
        self.memory = FaultMemory()
        self.engine: BoardEngine

    def programs(self, built: Sequence[GroupProgram]) -> list[GroupProgram]:
        """Return the programs, with their states where all processes that play chips find them."""
        if self._crew is not None:
            self._crew.shared.move(built)
        else:
            lay_together(built)
        return list(built)

    def prepare(self, chips: Sequence[TrainedChip], recorders: Sequence[Recorder]) -> None:
        """Make the engine."""
        programs, drams = [chip.programs for chip in chips], [chip.dram for chip in chips]
        if self._crew is None:
            self.engine = self._player(self._plan, programs, drams, recorders or None)
        else:
            shared, crew = self._crew.shared, self._crew.crew
            self.engine = SpreadBoard(self._plan, programs, drams, recorders or None, shared, crew)

    def run_part(
        self, part: Part, epoch: int, batches: int, start_q: int, on_batch: OnBatch, every: int
    ) -> tuple[EngineResult, ...]:
        """Run a part on all chips."""
        return self.engine.run_part(part, epoch, batches, start_q, on_batch, every)

    def total(self, results: Sequence[EngineResult]) -> Counters:
        """Add up the counters of all chips."""
        return total_counters(self._plan.board.chips, results)


def player_of(engine: str, plans: BoardPlan, is_board: bool) -> ChipPlayer:
    """Return what plays a run's chips. Raises ScenarioError for an engine that there is not, or not for a board."""
    return BoardPlayer(engine, plans) if is_board else OneChipPlayer(engine)
