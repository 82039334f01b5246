"""What the processes that play a board together say to each other between two windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]


class PeerLostError(Exception):
    """Another process has ended, so that the board cannot be played on."""


class Peers(Protocol):
    """The processes of a board, numbered from 0 on; each calls `exchange` at the same points."""

    rank: int
    size: int

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Send outgoing[r] to each process r, and return what each sent; one's own place is not used. Raises PeerLostError."""


class Alone:
    """One process that plays the whole board."""

    rank, size = 0, 1

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """Return nothing, since there is nobody else."""
        return list(outgoing)


class BoardShare(NamedTuple):
    """The chips, by number, that one of the processes plays."""

    peers: Peers
    chips: range


def chips_of(rank: int, size: int, chips: int) -> range:
    """Return the chips that process `rank` of `size` plays: neighbours in number, as many as the others play, or one more."""
    return range(rank * chips // size, (rank + 1) * chips // size)


def gather(peers: Peers, words: Sequence[int]) -> Words:
    """Return the words of all processes, [processes, words]."""
    mine = np.array(words, np.int64)
    found = peers.exchange([mine.tobytes()] * peers.size)
    return np.stack([mine if rank == peers.rank else np.frombuffer(one, np.int64) for rank, one in enumerate(found)])
