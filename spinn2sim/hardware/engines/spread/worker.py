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
from spinn2sim.hardware.engines.spread.shared_states import Room, Structure, attach, found_in
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import DRAM
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE, Row, Rows

Dram = dict[str, NDArray[Any]]


class Control(Protocol):
    """The way to the first process."""

    def send(self, message: Any) -> None:
        """Send a message."""

    def receive(self) -> Any:
        """Return the next message; None when there will be none."""


class ProgramImage(NamedTuple):
    """A program whose state lies in shared memory."""

    name: str
    rows: int
    outbox_capacity: int
    # The name of the shared memory, and where the state's arrays are in it.
    room: str
    state: Structure
    # The module and the name of its kernel.
    kernel: tuple[str, str]


class BoardJob(NamedTuple):
    """The chips that a worker plays from now on."""

    plan: BoardPlan
    chips: range
    # For each of the chips.
    programs: Sequence[Sequence[ProgramImage]]


class PartJob(NamedTuple):
    """A part that all processes play."""

    part: Part
    epoch: int
    batches: int
    start_q: int
    every: int
    # For each of the worker's chips: its DRAM, the number of its next packet, and whether packets and wakes of each batch are traced.
    drams: Sequence[Dram]
    numbers: Sequence[int]
    traced: Sequence[Sequence[tuple[bool, bool]]]


class PartDone(NamedTuple):
    """What a worker has found, for each of its chips."""

    results: tuple[EngineResult, ...]
    numbers: Sequence[int]
    # The arrays that bursts wrote.
    drams: Sequence[Dram]
    deliveries: Sequence[Rows]
    wakes: Sequence[Rows]


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


def serve(peers: Peers, control: Control) -> None:
    """Play what the first process says, until it says no more."""
    rooms: dict[str, Room] = {}
    engine: CompiledBoard | None = None
    drams: list[Dram] = []
    while True:
        message = control.receive()
        if message is None:
            return
        if isinstance(message, BoardJob):
            drams = [{} for _ in message.chips]
            programs = [[_load(rooms, image) for image in chip] for chip in message.programs]
            engine = CompiledBoard(message.plan, programs, drams, None, BoardShare(peers, message.chips))
            continue
        assert engine is not None  # noqa: S101 - a board comes before its parts
        try:
            control.send(_play(engine, drams, message))
        except PeerLostError:
            return
        except Exception as error:
            control.send(Failed(error))
            return


def _load(rooms: dict[str, Room], image: ProgramImage) -> LoadedProgram:
    if image.room not in rooms:
        rooms[image.room] = attach(image.room)
    module, name = image.kernel
    kernel = getattr(importlib.import_module(module), name)
    return LoadedProgram(
        image.name, image.rows, image.outbox_capacity, found_in(rooms[image.room], image.state), kernel
    )


def _play(engine: CompiledBoard, drams: Sequence[Dram], job: PartJob) -> PartDone:
    recorders = [RowRecorder(*one) for one in zip(job.numbers, job.traced, strict=True)]
    for mine, given in zip(drams, job.drams, strict=True):
        mine.clear()
        mine.update(given)
    engine.record_with(recorders)
    results = engine.run_part(job.part, job.epoch, job.batches, job.start_q, None, job.every)
    return PartDone(
        results,
        [recorder.sequence_base for recorder in recorders],
        [
            {name: dram[name] for name in written_arrays(plan) if name in dram}
            for plan, dram in zip(engine.plans, drams, strict=True)
        ],
        [np.concatenate(recorder.deliveries) for recorder in recorders],
        [np.concatenate(recorder.wakes) for recorder in recorders],
    )


def written_arrays(plan: Any) -> set[str]:
    """Return the names of the DRAM arrays that transfers of a plan write."""
    moves = [move for transfer in plan.transfers for move in transfer.moves]
    return {end.array for move in moves for end in move.destinations if end.place == DRAM}
