"""The memory for messages between processes of one machine, which all of them share, and which has no name any more.

So nothing is left behind, however the processes end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.compiled.remote_crossings import words_of
from spinn2sim.hardware.engines.spread.shared_states import attach, attach_inherited, make_room

Boxes = NDArray[np.int64]


def make_boxes(size: int) -> tuple[str, Boxes]:
    """Make boxes for `size` processes. Another process finds them by the name, until that is removed."""
    name, room = make_room(words_of(size) * np.dtype(np.int64).itemsize)
    return name, room.view(np.int64)[: words_of(size)]


def boxes_at(name: str, size: int) -> Boxes:
    """Return the boxes that another process has made."""
    return attach(name).view(np.int64)[: words_of(size)]


def boxes_of(number: int, size: int) -> Boxes:
    """Return the boxes of a file descriptor, which is closed."""
    return attach_inherited(number).view(np.int64)[: words_of(size)]
