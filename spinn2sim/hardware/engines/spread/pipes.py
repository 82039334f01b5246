"""Processes of this machine that play a board together: pipes bring them jobs and results, shared memory all else."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from typing import Any

from spinn2sim.hardware.engines.peers import PeerLostError, Peers, Words
from spinn2sim.hardware.engines.spread.shared_boxes import boxes_of, make_boxes
from spinn2sim.hardware.engines.spread.shared_states import open_without_name
from spinn2sim.hardware.engines.spread.worker import Failed, serve

END_S = 2


class FirstPeers(Peers):
    """The other processes, as the first one sees them, which has started them."""

    rank = 0

    def __init__(self, boxes: Words, processes: Sequence[BaseProcess]) -> None:
        self.size, self.boxes = 1 + len(processes), boxes
        self._processes = processes

    def look(self) -> None:
        """Raise PeerLostError if one of them has ended. The others end with the first one."""
        if not all(process.is_alive() for process in self._processes):
            raise PeerLostError("a process has ended")


class WorkerPeers(Peers):
    """The other processes, as one sees them that the first has started."""

    def __init__(self, rank: int, size: int, boxes: Words) -> None:
        self.rank, self.size, self.boxes = rank, size, boxes

    def look(self) -> None:
        """Raise PeerLostError if the first process has ended, which looks after all others."""
        parent = multiprocessing.parent_process()
        if parent is None or not parent.is_alive():
            raise PeerLostError("the first process has ended")


class PipeCrew:
    """Starts the other processes, and holds a pipe to each for what they are to do."""

    def __init__(self, count: int) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit numba's threads in any state
        controls = [spawn.Pipe() for _ in range(1, count)]
        name, boxes = make_boxes(count)
        number = open_without_name(name)
        self._processes = [
            spawn.Process(target=_begin, args=(rank, count, Descriptor(number), controls[rank - 1][1]), daemon=True)
            for rank in range(1, count)
        ]
        for process in self._processes:
            process.start()
        os.close(number)
        for _, theirs in controls:
            theirs.close()
        self._controls = [mine for mine, _ in controls]
        self.peers: Peers = FirstPeers(boxes, self._processes)

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

    def failure(self) -> Exception | None:
        """Return the error that a process has met which has ended, if it has said so."""
        for control in self._controls:
            with suppress(EOFError, OSError):
                while control.poll():
                    found = control.recv()
                    if isinstance(found, Failed):
                        return found.error
        return None

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


class Descriptor:
    """A file descriptor that a process inherits which is started with it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _inherited, (DupFd(self._number),)


def _inherited(copy: Any) -> int:
    found: int = copy.detach()
    return found


def _begin(rank: int, size: int, number: int, control: Connection) -> None:
    """Begin a worker, which leaves Ctrl-C to the first process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_first, daemon=True).start()
    serve(WorkerPeers(rank, size, boxes_of(number, size)), _PipeControl(control))


def _end_with_first() -> None:
    """End this process as soon as the first one has ended, however that was, and whatever is being compiled or played here."""
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)
