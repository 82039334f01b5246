"""Processes of this machine that play a board together, joined by pipes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from multiprocessing.connection import Connection
from typing import Any

from spinn2sim.hardware.engines.peers import PeerLostError, Peers
from spinn2sim.hardware.engines.spread.worker import serve

END_S = 2


class PipePeers:
    """The other processes, each over a pipe."""

    def __init__(self, rank: int, pipes: Mapping[int, Connection]) -> None:
        self.rank, self.size = rank, len(pipes) + 1
        self._pipes = pipes

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Exchange messages pair by pair.

        All go through the pairs in one order, and the lower one of a pair speaks first, so that nobody waits in a circle.
        """
        found = [b""] * self.size
        try:
            for pair in combinations(range(self.size), 2):
                if self.rank in pair:
                    other = pair[1] if pair[0] == self.rank else pair[0]
                    pipe = self._pipes[other]
                    if self.rank < other:
                        pipe.send_bytes(outgoing[other])
                        found[other] = pipe.recv_bytes()
                    else:
                        found[other] = pipe.recv_bytes()
                        pipe.send_bytes(outgoing[other])
        except (EOFError, OSError) as error:
            raise PeerLostError(str(error)) from None
        return found


class PipeCrew:
    """Starts the other processes, and holds a pipe to each for what they are to do."""

    def __init__(self, count: int) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit numba's threads in any state
        ends: list[dict[int, Any]] = [{} for _ in range(count)]
        for a, b in combinations(range(count), 2):
            ends[a][b], ends[b][a] = spawn.Pipe()
        controls = [spawn.Pipe() for _ in range(1, count)]
        self._processes = [
            spawn.Process(target=_begin, args=(rank, ends[rank], controls[rank - 1][1]), daemon=True)
            for rank in range(1, count)
        ]
        for process in self._processes:
            process.start()
        for rank in range(1, count):
            controls[rank - 1][1].close()
            for end in ends[rank].values():
                end.close()
        self._controls = [mine for mine, _ in controls]
        self.peers: Peers = PipePeers(0, ends[0])

    def send(self, rank: int, message: Any) -> None:
        """Send a message to process `rank`. Raises PeerLostError."""
        try:
            self._controls[rank - 1].send(message)
        except OSError as error:
            raise PeerLostError(str(error)) from None

    def receive(self, rank: int) -> Any:
        """Return the next message of process `rank`. Raises PeerLostError."""
        try:
            return self._controls[rank - 1].recv()
        except (EOFError, OSError) as error:
            raise PeerLostError(str(error)) from None

    def abandon(self) -> None:
        """End the processes, which wait in the middle of a part."""
        self.close()

    def close(self) -> None:
        """End the processes."""
        for control in self._controls:
            with suppress(OSError):
                control.close()
        for process in self._processes:
            process.terminate()
            process.join(END_S)


class _PipeControl:
    """The worker's end of the pipe to the first process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def send(self, message: Any) -> None:
        """Send a message."""
        self._pipe.send(message)

    def receive(self) -> Any:
        """Return the next message; None when there will be none."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            return None


def _begin(rank: int, pipes: Mapping[int, Connection], control: Connection) -> None:
    """Begin a worker, which leaves Ctrl-C to the first process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(PipePeers(rank, pipes), _PipeControl(control))
