"""Makes the boxes of the links between chips of different processes, and does for them what Python must do."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import Board
from spinn2sim.hardware.engines.compiled import mail as box
from spinn2sim.hardware.engines.compiled.mail import Mail
from spinn2sim.hardware.engines.peers import BOX_ROWS, Peers, chips_of

Words = NDArray[np.int64]
# How often a process that has a core to itself pauses before it sleeps: some 30 microseconds, several times what sleeping costs.
PAUSES = 500


def boxes_shape(size: int, rows: int = BOX_ROWS) -> tuple[int, ...]:
    """Return the shape of the boxes of so many processes, of 64-bit words, which are zero at first."""
    return (size, size, 2, rows, box.ROW_WORDS)


class RemoteCrossings:
    """The links that lead from the chips of this process to those of others, and the boxes for what crosses them."""

    def __init__(self, board: Board, numbers: range, peers: Peers) -> None:
        self._peers, self._shared = peers, peers.boxes is not None
        rank_of = [rank for rank in range(peers.size) for _ in chips_of(rank, peers.size, len(board.chips))]
        links = [
            (board.numbers[chip] - numbers.start, link, rank_of[board.numbers[other]], board.numbers[other])
            for chip, link, other in board.links()
            if board.numbers[chip] in numbers and board.numbers[other] not in numbers
        ]
        registers = np.zeros(box.N_REGISTERS, np.int64)
        registers[box.RANK], registers[box.SIZE] = peers.rank, peers.size
        registers[box.FIRST_CHIP], registers[box.SHARED] = numbers.start, self._shared
        registers[box.PAUSES] = PAUSES if self._shared and peers.size <= _cores() else 0
        self.mail = Mail(
            registers,
            np.zeros(boxes_shape(peers.size), np.int64) if peers.boxes is None else peers.boxes,
            np.array(links, np.int64).reshape(-1, 4),
            np.zeros(len(links), np.int64),
            np.zeros(peers.size, np.int64),
        )
        # Others have posted already what this board's first round brings, where boxes are used for one board after the other.
        registers[box.ROUNDS] = self.mail.boxes[peers.rank, peers.rank, :, 0, box.ROUND].max()

    def carry(self) -> None:
        """Bring the messages of a round to where they go, or, in shared memory, look after those who have not posted theirs.

        Raises PeerLostError.
        """
        if self._shared:
            self._peers.look()
            return
        rank, boxes = self._peers.rank, self.mail.boxes[:, :, int(self.mail.registers[box.ROUNDS]) & 1]
        outgoing = [boxes[rank, other, : boxes[rank, other, 0, box.COUNT] + 1].tobytes() for other in range(len(boxes))]
        for other, message in enumerate(self._peers.exchange(outgoing)):
            if other != rank:
                rows = np.frombuffer(message, np.int64).reshape(-1, box.ROW_WORDS)
                boxes[other, rank, : len(rows)] = rows

    def gather(self, word: int) -> Words:
        """Return a word of each process, [processes]; all call this at the same points. Raises PeerLostError."""
        mail, registers = self.mail, self.mail.registers
        if self._peers.size == 1:
            return np.array([word], np.int64)
        box.begin_round(mail, word, 0)
        box.send_round(mail)
        while not box.have_come(mail):
            self.carry()
        registers[box.POSTED] = 0
        return mail.boxes[:, self._peers.rank, int(registers[box.ROUNDS]) & 1, 0, box.CROSSING].copy()


def _cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
