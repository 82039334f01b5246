"""A board engine whose chips are spread over processes: the first one directs the others, and plays chips itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_engine import BoardEngine, Dram, first_number
from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.peers import BoardShare, PeerLostError, Peers, chips_of
from spinn2sim.hardware.engines.spread.shared_states import bytes_of, machine, make_room, placed_in, remove
from spinn2sim.hardware.engines.spread.state_messages import StateCopy
from spinn2sim.hardware.engines.spread.worker import BoardJob, ChipRecording, Failed, PartDone, PartJob, ProgramImage
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.recording import Recorder, SendableRecorder


class Crew(Protocol):
    """The other processes."""

    peers: Peers

    def send(self, rank: int, message: Any) -> None:
        """Send a message to process `rank`. Raises PeerLostError."""

    def receive(self, rank: int) -> Any:
        """Return the next message of process `rank`. Raises PeerLostError."""

    def close(self) -> None:
        """End the processes."""

    def abandon(self) -> None:
        """End the processes, which wait in the middle of a part."""

    def failure(self) -> Exception | None:
        """Return the error that a process has met which has ended, if it has said so."""


class SharedPrograms:
    """The programs of all chips, with their states in shared memory. `move` comes before anybody keeps a state."""

    def __init__(self, host_fields: frozenset[str]) -> None:
        """`host_fields` are the names of the fields of states that whoever uses the engine reads or writes."""
        self.host_fields = host_fields
        self._images: dict[int, ProgramImage] = {}
        self._rooms: list[str] = []

    def move(self, programs: Sequence[Any]) -> None:
        """Move the states of some programs into shared memory."""
        states = [program.state for program in programs]
        name, room = make_room(bytes_of(states))
        self._rooms.append(name)
        placed, described = placed_in(room, states)
        for program, state, what in zip(programs, placed, described, strict=True):
            program.state = state
            kernel = program.kernel.py_func
            self._images[id(program)] = ProgramImage(
                program.name, program.rows, program.outbox_capacity, name, what, (kernel.__module__, kernel.__name__)
            )

    def image(self, program: Program) -> ProgramImage:
        """Return what another process needs of a program."""
        return self._images[id(program)]

    def remove_names(self) -> None:
        """Remove the names of the shared memory when all have it who need it: so none is left behind, however the processes end."""
        for name in self._rooms:
            remove(name)
        self._rooms.clear()


class SpreadBoard(BoardEngine):
    """Plays a board on several processes. Results are those of one process, bit for bit."""

    def __init__(
        self,
        plan: BoardPlan,
        programs: Sequence[Sequence[Program]],
        drams: Sequence[Dram],
        recorders: Sequence[Recorder] | None,
        shared: SharedPrograms,
        crew: Crew,
    ) -> None:
        """The programs' states are in `shared`, and the processes of `crew` play from now on."""
        super().__init__(plan, programs, drams, recorders)
        self._crew, self._shared = crew, shared
        size = crew.peers.size
        self._shares = [chips_of(rank, size, len(plan.plans)) for rank in range(size)]
        with _lost_processes():
            for rank, chips in enumerate(self._shares[1:], 1):
                images = [[shared.image(program) for program in programs[n]] for n in chips]
                crew.send(rank, BoardJob(plan, chips, images, machine(), shared.host_fields))
            self._copies = [self._copy_for(rank, chips) for rank, chips in enumerate(self._shares[1:], 1)]
        shared.remove_names()
        mine = self._shares[0]
        own = recorders[: len(mine)] if recorders else None
        self._engine = CompiledBoard(plan, programs[: len(mine)], drams[: len(mine)], own, BoardShare(crew.peers, mine))

    @property
    def rounds(self) -> int:
        """How many rounds over the chips of the first process the last part had."""
        return self._engine.rounds

    @property
    def waits(self) -> tuple[int, int]:
        """How often the first process waited for others in the last part, and how often it slept then."""
        return self._engine.waits

    def _copy_for(self, rank: int, chips: range) -> StateCopy | None:
        """Return this side's copy of the states of a process; None if it shares their memory."""
        if _answer(self._crew.receive(rank)):
            return None
        return StateCopy([program.state for n in chips for program in self._programs[n]], self._shared.host_fields)

    def run_part(
        self,
        part: Part,
        epoch: int,
        batches: int,
        start_q: int,
        on_batch: Callable[[int], None] | None = None,
        every: int = 1,
    ) -> tuple[EngineResult, ...]:
        """Run a part (see BoardEngine.run_part). Raises ScenarioError if one of the processes has ended."""
        self._refuse_overflow(part, batches, start_q)
        with _lost_processes():
            for rank, chips in enumerate(self._shares[1:], 1):
                drams = [dict(self._drams[n]) for n in chips]
                recorded = [_recorded(self._recorders[n], batches) for n in chips]
                copy = self._copies[rank - 1]
                changes = copy.changes() if copy else None
                self._crew.send(rank, PartJob(part, epoch, batches, start_q, every, drams, recorded, changes))
            results: list[EngineResult] = []
            try:
                results += self._engine.run_part(part, epoch, batches, start_q, on_batch, every)
            except PeerLostError as lost:
                found = self._crew.failure()
                self._crew.abandon()
                raise found or lost from None
            except BaseException:
                self._crew.abandon()
                raise
            for rank, chips in enumerate(self._shares[1:], 1):
                done = _answer(self._crew.receive(rank))
                results += self._join(done, chips)
                copy = self._copies[rank - 1]
                if copy and done.changes:
                    copy.take(done.changes)
        return tuple(results)

    def _join(self, found: PartDone, chips: range) -> tuple[EngineResult, ...]:
        """Take over what a process has found."""
        for k, n in enumerate(chips):
            for name, array in found.drams[k].items():
                self._drams[n][name][...] = array
            recorder = self._recorders[n]
            rows = found.rows[k]
            if recorder:
                if rows:
                    recorder.extend(rows[0])
                    recorder.extend_ticks(rows[1])
                elif isinstance(recorder, SendableRecorder):
                    recorder.leave_part()
                recorder.sequence_base = found.numbers[k]
        return found.results


def _answer(found: Any) -> Any:
    """Return what a process answers, or raise the error that it has met."""
    if isinstance(found, Failed):
        raise found.error
    return found


def _recorded(recorder: Recorder | None, batches: int) -> ChipRecording:
    """Return what a process needs of a chip's recorder."""
    if recorder is None:
        return ChipRecording(first_number(None), [(False, False)] * batches, None)
    traced = [(recorder.wants(batch), recorder.wants_wakes(batch)) for batch in range(batches)]
    stored = recorder.elsewhere() if isinstance(recorder, SendableRecorder) else None
    return ChipRecording(first_number(recorder), traced, stored)


@contextmanager
def _lost_processes() -> Iterator[None]:
    """Say in one line that a process has ended."""
    try:
        yield
    except PeerLostError:
        raise ScenarioError(
            "a process that plays chips of the board has ended; `spinn2sim run --resume` goes on from the last checkpoint"
        ) from None
