"""The boxes for messages between processes of one machine: a file in memory that all of them map, and that has no name any more.

So nothing is left behind, however the processes end.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.compiled.remote_crossings import boxes_shape
from spinn2sim.hardware.engines.spread.shared_states import make_room

Boxes = NDArray[np.int64]


def make_boxes(size: int) -> tuple[str, Boxes]:
    """Make boxes for `size` processes. They have a name until `forget_name`, by which `boxes_at` finds them in another process."""
    name, _ = make_room(math.prod(boxes_shape(size)) * np.dtype(np.int64).itemsize)
    return name, boxes_at(name, size)


def boxes_at(name: str, size: int) -> Boxes:
    """Return the boxes that another process has made."""
    return np.memmap(name, np.int64, "r+", shape=boxes_shape(size))


def forget_name(name: str) -> None:
    """Remove the name. Processes that have the boxes keep them."""
    Path(name).unlink(missing_ok=True)


def open_without_name(name: str) -> int:
    """Return a file descriptor of boxes, whose name is removed: child processes that inherit it find the boxes by it."""
    number = os.open(name, os.O_RDWR)
    forget_name(name)
    return number


def boxes_of(number: int, size: int) -> Boxes:
    """Return the boxes of a file descriptor, which is closed."""
    with os.fdopen(number, "r+b") as file:
        return np.memmap(file, np.int64, "r+", shape=boxes_shape(size))
