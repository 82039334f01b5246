"""A process that plays some chips of a board, as the first process says."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.peers import BoardShare, PeerLostError, Peers
from spinn2sim.hardware.engines.spread.shared_states import (
    Room,
    Structure,
    attach,
    empty_state,
    found_in,
    is_shared,
)
from spinn2sim.hardware.engines.spread.state_messages import StateChanges, StateCopy
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import DRAM
from spinn2sim.hardware.recording import FileRecorder, StoredElsewhere
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE, Row, Rows

Dram = dict[str, NDArray[Any]]


class Control(Protocol):
    """The way to the first process."""

    def send(self, message: Any) -> None:
        """Send a message."""

    def receive(self) -> Any:
        """Return the next message; None when there will be none."""


class ProgramImage(NamedTuple):
    """A program whose state lies in memory of the first process, which others on its machine share."""

    name: str
    rows: int
    outbox_capacity: int
    # The name of the memory, and where the state's arrays are in it.
    room: str
    state: Structure
    # The module and the name of its kernel.
    kernel: tuple[str, str]


class BoardJob(NamedTuple):
    """The chips that a worker plays from now on. It answers whether it shares the memory of their programs."""

    plan: BoardPlan
    chips: range
    # For each of the chips.
    programs: Sequence[Sequence[ProgramImage]]
    # Where the first process runs, and the fields of states that it reads or writes.
    machine: str
    host_fields: frozenset[str]


class ChipRecording(NamedTuple):
    """What is to be recorded of a chip in a part."""

    # The number of its next packet.
    number: int
    # Whether packets and wakes of each batch are traced.
    traced: Sequence[tuple[bool, bool]]
    # How the worker writes the rows itself; None if the first process wants them.
    stored: StoredElsewhere | None

    def recorder(self) -> FileRecorder | RowRecorder:
        """Return what takes the rows in this process."""
        return (self.stored and self.stored.recorder()) or RowRecorder(self.number, self.traced)


class PartJob(NamedTuple):
    """A part that all processes play."""

    part: Part
    epoch: int
    batches: int
    start_q: int
    every: int
    # For each of the worker's chips: its DRAM, and what is to be recorded.
    drams: Sequence[Dram]
    recorded: Sequence[ChipRecording]
    # What the first process has changed in states, if memory is not shared.
    changes: StateChanges | None


class PartDone(NamedTuple):
    """What a worker has found, for each of its chips."""

    results: tuple[EngineResult, ...]
    numbers: Sequence[int]
    # The arrays that bursts wrote.
    drams: Sequence[Dram]
    # The rows that the first process is to record; None of a chip whose files the worker has written.
    rows: Sequence[tuple[Rows, Rows] | None]
    # What the part has changed in fields of states that the first process reads, if memory is not shared.
    changes: StateChanges | None


class Failed(NamedTuple):
    """A worker's part ended with an error."""

    error: Exception


@dataclass
class LoadedProgram:
    """A program with its state and kernel."""

    name: str
    rows: int
    outbox_capacity: int
    state: Any
    kernel: Callable[..., None]

    def step(self, *_: Any) -> None:
        """Is not called, since the kernel is compiled with the engine's loop."""
        raise NotImplementedError


class RowRecorder:
    """Keeps the rows of a part for the first process."""

    def __init__(self, number: int, traced: Sequence[tuple[bool, bool]]) -> None:
        self.sequence_base = number
        self._traced = traced
        self.deliveries: list[Rows] = [np.zeros(0, ROW_TYPE)]
        self.wakes: list[Rows] = [np.zeros(0, TICK_TYPE)]

    def wants(self, batch: int) -> bool:
        """Whether the packets of a batch are traced."""
        return self._traced[batch][0]

    def wants_wakes(self, batch: int) -> bool:
        """Whether the wakes of a batch are traced."""
        return self._traced[batch][1]

    def add(self, row: Row) -> None:
        """Is not called by the compiled engine."""
        raise NotImplementedError

    def extend(self, rows: Rows) -> None:
        """Keep many deliveries."""
        self.deliveries.append(rows.copy())

    def tick(self, row: Row) -> None:
        """Is not called by the compiled engine."""
        raise NotImplementedError

    def extend_ticks(self, rows: Rows) -> None:
        """Keep many wakes."""
        self.wakes.append(rows.copy())


class Worker:
    """The chips that this process plays."""

    def __init__(self, job: BoardJob, peers: Peers) -> None:
        rooms = {image.room for chip in job.programs for image in chip}
        self.shares_memory = all(is_shared(room, job.machine) for room in rooms)
        memory = {room: attach(room) for room in rooms} if self.shares_memory else {}
        programs = [[_load(memory.get(image.room), image) for image in chip] for chip in job.programs]
        states = [program.state for chip in programs for program in chip]
        self._copy = None if self.shares_memory else StateCopy(states, job.host_fields)
        self._drams: list[Dram] = [{} for _ in job.chips]
        self._engine = CompiledBoard(job.plan, programs, self._drams, None, BoardShare(peers, job.chips))

    def play(self, job: PartJob) -> PartDone:
        """Play a part."""
        recorders = [one.recorder() for one in job.recorded]
        for mine, given in zip(self._drams, job.drams, strict=True):
            mine.clear()
            mine.update(given)
        if self._copy and job.changes:
            self._copy.take(job.changes)
        self._engine.record_with(recorders)
        results = self._engine.run_part(job.part, job.epoch, job.batches, job.start_q, None, job.every)
        return PartDone(
            results,
            [recorder.sequence_base for recorder in recorders],
            [
                {name: dram[name] for name in written_arrays(plan) if name in dram}
                for plan, dram in zip(self._engine.plans, self._drams, strict=True)
            ],
            [_rows_of(recorder) for recorder in recorders],
            self._copy.changes() if self._copy else None,
        )


def _rows_of(recorder: FileRecorder | RowRecorder) -> tuple[Rows, Rows] | None:
    """Return the rows of a part, or have them on the disk."""
    if isinstance(recorder, RowRecorder):
        return np.concatenate(recorder.deliveries), np.concatenate(recorder.wakes)
    recorder.close_part()
    recorder.wait()
    return None


def serve(peers: Peers, control: Control) -> None:
    """Play what the first process says, until it says no more."""
    worker: Worker | None = None
    while True:
        message = control.receive()
        if message is None:
            return
        try:
            if isinstance(message, BoardJob):
                worker = Worker(message, peers)
                control.send(worker.shares_memory)
            elif worker is not None:  # a board comes before its parts
                control.send(worker.play(message))
        except PeerLostError:
            return
        except Exception as error:
            control.send(Failed(error))
            return


def _load(room: Room | None, image: ProgramImage) -> LoadedProgram:
    module, name = image.kernel
    kernel = getattr(importlib.import_module(module), name)
    state = empty_state(image.state) if room is None else found_in(room, image.state)
    return LoadedProgram(image.name, image.rows, image.outbox_capacity, state, kernel)


def written_arrays(plan: Any) -> set[str]:
    """Return the names of the DRAM arrays that transfers of a plan write."""
    moves = [move for transfer in plan.transfers for move in transfer.moves]
    return {end.array for move in moves for end in move.destinations if end.place == DRAM}
