"""Processes that `mpirun` has started and that play a board together, on one machine or on several."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from typing import Any

from spinn2sim.errors import MPI_SIZES, ScenarioError, harmless, how_to_install
from spinn2sim.hardware.engines.peers import Peers, Words
from spinn2sim.hardware.engines.spread.shared_boxes import boxes_at, make_boxes
from spinn2sim.hardware.engines.spread.shared_states import is_shared, machine, remove
from spinn2sim.hardware.engines.spread.worker import Failed, serve

TO_WORKER, TO_FIRST = 1, 2
LOST = 2  # the exit status when a rank is lost
_boxes: dict[int, Words] = {}  # of the first rank, which asks for its crew later than the others wait for it


def mpi_size() -> int:
    """Return how many processes an MPI launcher has started; 1 if none has."""
    for name in MPI_SIZES:
        found = os.environ.get(name, "")
        if found.isdigit():
            return int(found)
    return 1


class MpiPeers(Peers):
    """The other ranks."""

    def __init__(self, world: Any, boxes: Words | None) -> None:
        """`boxes` are those that all ranks share, if they do."""
        self._world, self.boxes = world, boxes
        self.rank, self.size = world.Get_rank(), world.Get_size()

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Exchange messages with all ranks."""
        found: list[bytes] = self._world.alltoall(list(outgoing))
        return found

    def look(self) -> None:
        """Do nothing: when a rank ends, the launcher ends all others."""


class MpiCrew:
    """What the first rank says to the others."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.peers: Peers = MpiPeers(world, _boxes.get(0))

    def send(self, rank: int, message: Any) -> None:
        """Send a message to a rank."""
        self._world.send(message, rank, TO_WORKER)

    def receive(self, rank: int) -> Any:
        """Return the next message of a rank."""
        return self._world.recv(source=rank, tag=TO_FIRST)

    def close(self) -> None:
        """Do nothing: the other ranks wait for what comes next."""

    def abandon(self) -> None:
        """Have the other ranks ended when this one ends, since they wait in the middle of a part."""
        atexit.register(self._world.Abort, LOST)

    def failure(self) -> Exception | None:
        """Return None: a rank that meets an error says it, and ends all."""
        return None


class _MpiControl:
    """A rank's way to the first one."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def send(self, message: Any) -> None:
        """Send a message. All ranks end with an error that this one has met: the first one waits for it in the middle of a part."""
        if isinstance(message, Failed):
            sys.stderr.write(f"spinn2sim: rank {self._world.Get_rank()}: {one_line_of(message.error)}\n")
            sys.stderr.flush()
            self._world.Abort(LOST)
        self._world.send(message, 0, TO_FIRST)

    def receive(self) -> Any:
        """Return the next message; None when there will be none."""
        return self._world.recv(source=0, tag=TO_WORKER)


def mpi_crew() -> MpiCrew | None:
    """Return the other ranks that the launcher has started, for its first one; None without a launcher."""
    if mpi_size() == 1:
        return None
    from mpi4py import MPI

    return MpiCrew(MPI.COMM_WORLD) if MPI.COMM_WORLD.Get_size() > 1 else None


def join_world() -> bool:
    """Join the processes of the launcher: the first one goes on, all others play chips until it ends.

    Returns whether this is the first one.

    Raises ScenarioError if mpi4py is not installed.
    """
    try:
        from mpi4py import MPI
    except ImportError:
        raise ScenarioError(f"mpirun: mpi4py is not installed: {how_to_install('mpi')}") from None
    world = MPI.COMM_WORLD
    boxes = _share_boxes(world)
    if world.Get_rank() == 0:
        if boxes is not None:
            _boxes[0] = boxes
        atexit.register(_let_go, world)
        return True
    serve(MpiPeers(world, boxes), _MpiControl(world))
    return False


def _share_boxes(world: Any) -> Words | None:
    """Return the boxes for messages that all ranks share; None if some of them are on another machine."""
    size = world.Get_size()
    name, boxes = make_boxes(size) if world.Get_rank() == 0 else ("", None)
    name, maker = world.bcast((name, machine()))
    shared = is_shared(name, maker)
    if shared and boxes is None:
        boxes = boxes_at(name, size)
    all_share = all(world.allgather(shared))
    if world.Get_rank() == 0:
        remove(name)
    return boxes if all_share else None


def _let_go(world: Any) -> None:
    """Let the other ranks end."""
    for rank in range(1, world.Get_size()):
        world.send(None, rank, TO_WORKER)


def one_line_of(error: Exception) -> str:
    """Return what an error says, in one line."""
    return harmless(" ".join(str(error).split()) or type(error).__name__)
