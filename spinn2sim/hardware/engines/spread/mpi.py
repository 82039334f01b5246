"""Processes that `mpirun` has started and that play a board together. They must be on one machine, since they share memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from spinn2sim.errors import ScenarioError, how_to_install
from spinn2sim.hardware.engines.spread.worker import serve

# Variables by which the launchers of Open MPI, MPICH and Slurm say how many processes there are.
SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")
TO_WORKER, TO_FIRST = 1, 2


def mpi_size() -> int:
    """Return how many processes an MPI launcher has started; 1 if none has."""
    for name in SIZES:
        found = os.environ.get(name, "")
        if found.isdigit():
            return int(found)
    return 1


class MpiPeers:
    """The other ranks."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.rank, self.size = world.Get_rank(), world.Get_size()

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Exchange messages with all ranks."""
        found: list[bytes] = self._world.alltoall(list(outgoing))
        return found


class MpiCrew:
    """What the first rank says to the others."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.peers = MpiPeers(world)

    def send(self, rank: int, message: Any) -> None:
        """Send a message to a rank."""
        self._world.send(message, rank, TO_WORKER)

    def receive(self, rank: int) -> Any:
        """Return the next message of a rank."""
        return self._world.recv(source=rank, tag=TO_FIRST)

    def close(self) -> None:
        """Let the other ranks end."""
        for rank in range(1, self.peers.size):
            self.send(rank, None)


class _MpiControl:
    """A rank's way to the first one."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def send(self, message: Any) -> None:
        """Send a message."""
        self._world.send(message, 0, TO_FIRST)

    def receive(self) -> Any:
        """Return the next message; None when there will be none."""
        return self._world.recv(source=0, tag=TO_WORKER)


def join_world() -> MpiCrew | None:
    """Join the processes of the launcher: the first one gets its crew, all others play chips until the first one ends, and get None.

    Raises ScenarioError if mpi4py is not installed, or the ranks are on several machines.
    """
    try:
        from mpi4py import MPI
    except ImportError:
        raise ScenarioError(f"mpirun: mpi4py is not installed: {how_to_install('mpi')}") from None
    world = MPI.COMM_WORLD
    machines = set(world.allgather(MPI.Get_processor_name()))
    if len(machines) > 1:
        raise ScenarioError(f"mpirun: found ranks on {len(machines)} machines, allowed is one, since they share memory")
    if world.Get_rank() == 0:
        return MpiCrew(world)
    serve(MpiPeers(world), _MpiControl(world))
    return None
