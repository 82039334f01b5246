"""Makes what the processes of a board tell each other (mail.py), and does for them what Python must do."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import MAX_CHIPS, Board
from spinn2sim.hardware.engines.compiled import mail as box
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.mail import Mail
from spinn2sim.hardware.engines.peers import BOX_ROWS, Peers, chips_of

Words = NDArray[np.int64]
# How often a process that has a core to itself pauses before it sleeps: some 30 to 60 microseconds, several times what sleeping costs.
PAUSES = 1000
LINE_WORDS = 8


def words_of(size: int, rows: int = BOX_ROWS) -> int:
    """Return how many 64-bit words so many processes share, which are zero at first, with so many rows in a box."""
    return _before_boxes(size) + size * size * rows * box.ROW_WORDS


def _before_boxes(size: int) -> int:
    return box.COMMON_WORDS + _gathered_words(size) + MAX_CHIPS


def _gathered_words(size: int) -> int:
    return -(-2 * size // LINE_WORDS) * LINE_WORDS


class RemoteCrossings:
    """The links that lead from the chips of this process to those of others, and what it shares with the others."""

    def __init__(self, board: Board, numbers: range, peers: Peers) -> None:
        self._peers, self._shared, self._chips = peers, peers.boxes is not None, len(board.chips)
        size = peers.size
        rank_of = [rank for rank in range(size) for _ in chips_of(rank, size, self._chips)]
        links = [
            (board.numbers[chip] - numbers.start, link, rank_of[board.numbers[other]], board.numbers[other])
            for chip, link, other in board.links()
            if board.numbers[chip] in numbers and board.numbers[other] not in numbers
        ]
        registers = np.zeros(box.N_REGISTERS, np.int64)
        registers[box.RANK], registers[box.SIZE] = peers.rank, size
        registers[box.FIRST_CHIP], registers[box.SHARED] = numbers.start, self._shared
        registers[box.PAUSES] = PAUSES if self._shared and size <= _cores() else 0
        words = np.zeros(words_of(size), np.int64) if peers.boxes is None else peers.boxes
        gathered = box.COMMON_WORDS + _gathered_words(size)
        self.mail = Mail(
            registers,
            words[: box.COMMON_WORDS],
            words[box.COMMON_WORDS :][: 2 * size].reshape(2, size),
            words[gathered : gathered + MAX_CHIPS],
            words[gathered + MAX_CHIPS :].reshape(size, size, -1, box.ROW_WORDS),
            np.array(links, np.int64).reshape(-1, 4),
            np.zeros(len(links), np.int64),
        )
        self._own = self.mail.leaves[numbers.start : numbers.stop]
        if not self._shared:
            self.mail.leaves[:] = at.FOREVER

    def carry(self, plays: bool) -> None:
        """Bring to all processes what this one wrote, and here what they wrote, or, in shared memory, look after them.

        `plays` says whether this process has not come to the end of what it plays. Raises PeerLostError.
        """
        if self._shared:
            self._peers.look()
            return
        mail, rank, chips = self.mail, self._peers.rank, self._chips
        said = [np.int64(plays).tobytes(), mail.leaves[:chips].tobytes()]
        outgoing = []
        for mine in mail.boxes[rank]:
            outgoing.append(b"".join([*said, mine[1 : mine[0, box.COUNT] + 1].tobytes()]))
            mine[0, box.COUNT] = 0
        mail.registers[box.OTHERS_PLAY] = 0
        for other, message in enumerate(self._peers.exchange(outgoing)):
            if other != rank:
                words = np.frombuffer(message, np.int64)
                rows = words[1 + chips :].reshape(-1, box.ROW_WORDS)
                mail.registers[box.OTHERS_PLAY] |= words[0]
                np.minimum(mail.leaves[:chips], words[1 : 1 + chips], out=mail.leaves[:chips])
                mail.boxes[other, rank, 0, : box.TAKEN + 1] = len(rows), 0
                mail.boxes[other, rank, 1 : 1 + len(rows)] = rows

    def take_back(self) -> None:
        """Say that anything may set out from the chips of this process, until it says more.

        `gather` follows before any process plays on, so that none believes what was said of the part before.
        """
        if self._shared:
            while not box.hold(self.mail):
                self._peers.look()
            self._own[:] = 0
            box.release(self.mail, False)

    def gather(self, word: int) -> Words:
        """Return a word of each process, [processes]; all call this at the same points. Raises PeerLostError."""
        if self._peers.size == 1:
            return np.array([word], np.int64)
        if not self._shared:
            found = self._peers.exchange([np.int64(word).tobytes()] * self._peers.size)
            found[self._peers.rank] = np.int64(word).tobytes()
            return np.frombuffer(b"".join(found), np.int64)
        while (before := int(box.bring(self.mail, word))) < 0:
            self._peers.look()
        while not box.have_brought(self.mail, before):
            self._peers.look()
        words: Words = self.mail.gathered[before & 1].copy()
        return words


def _cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
