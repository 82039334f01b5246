"""Hands over what crosses links between chips of different processes, and agrees with these on the next window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import Board
from spinn2sim.hardware.engines.compiled import board_loop as loop
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.engines.peers import Peers, chips_of

# The words of a message: first whether packets lead to links, and the next wake of a PE that is late; then for each packet the number of
# its next chip, the link by which it left, and its words.
HEADER, PACKET = 2, 2 + at.CROSS_WORDS
NOTHING = np.zeros((0, PACKET), np.int64)


class RemoteCrossings:
    """The links that lead from the chips of this process to those of others."""

    def __init__(self, board: Board, numbers: range) -> None:
        self._chips, self._numbers = len(board.chips), numbers
        # Own chip, link, number of the chip behind it.
        self._links = [
            (board.numbers[chip] - numbers.start, link, board.numbers[other])
            for chip, link, other in board.links()
            if board.numbers[chip] in numbers and board.numbers[other] not in numbers
        ]

    def __call__(self, chips: Sequence[CompiledChip], peers: Peers, state: loop.BoardState) -> bool:
        """Exchange what has left by links to other processes, and open the next window. Returns whether arrays were enlarged."""
        registers, rows = state.registers, self._collect(chips)
        crossing, late = len(rows) + int(registers[loop.CROSSING]), int(registers[loop.LATE])
        header = np.array([crossing, late], np.int64).tobytes()
        outgoing = [header] * peers.size
        for rank in range(peers.size if len(rows) else 0):
            own = chips_of(rank, peers.size, self._chips)
            outgoing[rank] = header + rows[(rows[:, 0] >= own.start) & (rows[:, 0] < own.stop)].tobytes()
        enlarged = False
        for rank, message in enumerate(peers.exchange(outgoing)):
            if rank != peers.rank:
                words = np.frombuffer(message, np.int64)
                crossing, late = crossing + int(words[0]), min(late, int(words[1]))
                if len(words) > HEADER:
                    enlarged |= _take(self._numbers, chips, words[HEADER:].reshape(-1, PACKET))
        registers[loop.KNOWN] = registers[loop.WINDOW]
        if registers[loop.KNOWN] != registers[loop.END]:
            loop.open_window(state, crossing, late)
        return enlarged

    def _collect(self, chips: Sequence[CompiledChip]) -> NDArray[np.int64]:
        """Return what has left by links to other processes, [packets, PACKET], and remove it from the chips."""
        found = [NOTHING]
        for chip, link, neighbour in self._links:
            registers = chips[chip].registers
            count = int(registers[at.LEFT_BY_LINK + link])
            if count:
                rows = np.empty((count, PACKET), np.int64)
                rows[:, 0], rows[:, 1] = neighbour, link
                rows[:, 2:] = chips[chip].state.link_out[link, :count]
                found.append(rows)
                registers[at.LEFT_BY_LINK + link] = 0
        return np.concatenate(found) if len(found) > 1 else NOTHING


def _take(numbers: range, chips: Sequence[CompiledChip], rows: NDArray[np.int64]) -> bool:
    """Give the chips what has come; the packets of one link are in order. Returns whether arrays were enlarged."""
    enlarged = False
    for number in np.unique(rows[:, 0]).tolist():
        chip, coming = chips[number - numbers.start], rows[rows[:, 0] == number]
        for link in np.unique(coming[:, 1]).tolist():
            crossings = np.ascontiguousarray(coming[coming[:, 1] == link, 2:])
            while not loop.hand_over(chip.reference(), link, crossings):
                chip.make_room_to_take()
                enlarged = True
    return enlarged
