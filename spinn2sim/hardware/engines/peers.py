"""What the processes that play a board together know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]
# Rows of a box for packets from one process to another: one that heads it, and one for each packet. What does not fit waits.
BOX_ROWS = 256


class PeerLostError(Exception):
    """Another process has ended, so that the board cannot be played on."""


class Peers:
    """The processes of a board, numbered from 0 on.

    They share memory, `boxes` (as many words as remote_crossings.words_of says, from the begin of a cache line on), and `look` after each
    other while they wait; or, where `boxes` is None, all call `exchange` at the same points.
    """

    rank: int
    size: int
    boxes: Words | None = None

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Send outgoing[r] to each process r, and return what each sent; one's own place is not used. Raises PeerLostError."""
        raise NotImplementedError

    def look(self) -> None:
        """Raise PeerLostError if another process has ended."""
        raise NotImplementedError


class Alone(Peers):
    """One process that plays the whole board."""

    rank, size = 0, 1


class BoardShare(NamedTuple):
    """The chips, by number, that one of the processes plays."""

    peers: Peers
    chips: range


def chips_of(rank: int, size: int, chips: int) -> range:
    """Return the chips that process `rank` of `size` plays: neighbours in number, as many as the others play, or one more."""
    return range(rank * chips // size, (rank + 1) * chips // size)
