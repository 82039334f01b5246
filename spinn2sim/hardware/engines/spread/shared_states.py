"""The states of programs in memory that several processes share: a temporary file that all of them map.

Python's own shared memory is of no use here: who attaches to it also removes it in the end, unless it is a child of who made it, and a
rank of MPI is none.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.large_pages import large_room

Room = NDArray[np.uint8]
LINE = 64  # arrays begin at the begin of a cache line


# A folder in memory, where there is one, and how the names of the files begin there; the process follows.
PREFIX = "spinn2sim-"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - mkstemp makes a new file there, for this user alone


class Placed(NamedTuple):
    """An array in shared memory: where it begins, its shape and type."""

    offset: int
    shape: tuple[int, ...]
    type: str


class Structure(NamedTuple):
    """A NamedTuple whose fields are Placed, Structures, or values."""

    kind: type
    fields: tuple[Any, ...]


def placed_in(room: Room, states: Sequence[Any]) -> tuple[list[Any], list[Structure]]:
    """Return copies of states whose arrays lie in `room`, which is large enough, and how another process finds them."""
    end = 0

    def place(value: Any) -> tuple[Any, Any]:
        nonlocal end
        if hasattr(value, "_fields"):
            pairs = [place(field) for field in value]
            kind = type(value)
            return kind(*(one for one, _ in pairs)), Structure(kind, tuple(what for _, what in pairs))
        if not isinstance(value, np.ndarray):
            return value, value
        where = Placed(end, value.shape, value.dtype.str)
        end += -(-value.nbytes // LINE) * LINE
        copy = array_at(room, where)
        copy[...] = value
        return copy, where

    found = [place(state) for state in states]
    return [state for state, _ in found], [what for _, what in found]


def lay_together(programs: Sequence[Any]) -> None:
    """Move the states of programs into one piece of this process's memory."""
    states = [program.state for program in programs]
    placed, _ = placed_in(large_room(bytes_of(states)), states)
    for program, state in zip(programs, placed, strict=True):
        program.state = state


def bytes_of(states: Sequence[Any]) -> int:
    """Count the bytes that the arrays of states take in shared memory."""

    def count(value: Any) -> int:
        if hasattr(value, "_fields"):
            return sum(count(field) for field in value)
        return -(-value.nbytes // LINE) * LINE if isinstance(value, np.ndarray) else 0

    return sum(count(state) for state in states)


def array_at(room: Room, where: Placed) -> NDArray[Any]:
    """Return the array at a place in shared memory."""
    if 0 in where.shape:
        return np.zeros(where.shape, where.type)
    return np.ndarray(where.shape, where.type, room.data, where.offset)


def found_in(room: Room, what: Any) -> Any:
    """Return the state that another process has placed."""
    return _state_of(what, lambda where: array_at(room, where))


def empty_state(what: Any) -> Any:
    """Return a state like one that another process has placed, with arrays of its own, which are zero."""
    return _state_of(what, lambda where: np.zeros(where.shape, where.type))


def _state_of(what: Any, array: Callable[[Placed], NDArray[Any]]) -> Any:
    if isinstance(what, Structure):
        return what.kind(*(_state_of(field, array) for field in what.fields))
    return array(what) if isinstance(what, Placed) else what


def make_room(size: int) -> tuple[str, Room]:
    """Make shared memory of `size` bytes, and return the name by which another process of this user finds it."""
    number, name = mkstemp(prefix=f"{PREFIX}{os.getpid()}-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None)
    os.ftruncate(number, max(1, size))
    os.close(number)
    return name, attach(name)


def machine() -> str:
    """Return the name of this machine, which another one does not have."""
    return platform.node()


def is_shared(name: str, machine_of_maker: str) -> bool:
    """Whether this process can share memory that a process on a machine has made.

    Files alone do not tell: where there is no folder in memory, they may lie on a disk that several machines have. The name of the machine
    alone does not either: containers may have the same one, and folders of their own.
    """
    return machine() == machine_of_maker and Path(name).is_file()


def attach(name: str) -> Room:
    """Return shared memory that a process has made."""
    return np.memmap(name, np.uint8, "r+")


def remove(name: str) -> None:
    """Remove the name of shared memory. Processes that have it keep it, and it is gone with the last of them."""
    Path(name).unlink(missing_ok=True)


def open_without_name(name: str) -> int:
    """Return a file descriptor of shared memory, whose name is removed: child processes that inherit it find the memory by it."""
    number = os.open(name, os.O_RDWR)
    remove(name)
    return number


def attach_inherited(number: int) -> Room:
    """Return the shared memory of a file descriptor, which is closed."""
    with os.fdopen(number, "r+b") as file:
        return np.memmap(file, np.uint8, "r+")
