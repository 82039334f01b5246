"""Hands over what crosses links between chips of different processes, and agrees with these on the next window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import N_LINKS, Board
from spinn2sim.hardware.engines.compiled import board_loop as loop
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.chip import CompiledChip
from spinn2sim.hardware.engines.compiled.wake import next_late_wake
from spinn2sim.hardware.engines.peers import Peers, chips_of

# The words of a message: first whether packets lead to links, and the next wake of a PE that is late; then for each packet the number of
# its next chip, the link by which it left, and its words.
HEADER, PACKET = 2, 2 + at.CROSS_WORDS


def exchange_crossings(
    board: Board, numbers: range, chips: Sequence[CompiledChip], peers: Peers, state: loop.BoardState
) -> None:
    """Exchange what has left by links to other processes, and open the next window."""
    rows = _collect(board, numbers, chips)
    crossing = len(rows) + sum(int(chip.registers[at.LINK_OPEN]) for chip in chips)
    late = min(int(next_late_wake(chip.reference())) for chip in chips)
    header = np.array([crossing, late], np.int64)
    owners = [chips_of(rank, peers.size, len(board.chips)) for rank in range(peers.size)]
    outgoing = [
        header.tobytes() + rows[(rows[:, 0] >= own.start) & (rows[:, 0] < own.stop)].tobytes() for own in owners
    ]
    incoming = [np.frombuffer(one, np.int64) for one in peers.exchange(outgoing)]
    for rank, words in enumerate(incoming):
        if rank != peers.rank:
            crossing, late = crossing + int(words[0]), min(late, int(words[1]))
            _take(numbers, chips, words[HEADER:].reshape(-1, PACKET))
    registers = state.registers
    registers[loop.KNOWN] = registers[loop.WINDOW]
    if registers[loop.KNOWN] != registers[loop.END]:
        loop.open_window(state, crossing, late)


def _collect(board: Board, numbers: range, chips: Sequence[CompiledChip]) -> NDArray[np.int64]:
    """Return what has left by links, [packets, PACKET], and remove it from the chips; what leads to own chips is handed over already."""
    found = [np.zeros((0, PACKET), np.int64)]
    for n, chip in zip(numbers, chips, strict=True):
        left = chip.registers[at.LEFT_BY_LINK : at.LEFT_BY_LINK + N_LINKS]
        for link in np.flatnonzero(left).tolist():
            neighbour = board.neighbour(board.chips[n], link)
            assert neighbour is not None  # noqa: S101 - a plan that names another link is refused
            rows = np.empty((int(left[link]), PACKET), np.int64)
            rows[:, 0], rows[:, 1] = board.numbers[neighbour], link
            rows[:, 2:] = chip.state.link_out[link, : left[link]]
            found.append(rows)
            left[link] = 0
    return np.concatenate(found)


def _take(numbers: range, chips: Sequence[CompiledChip], rows: NDArray[np.int64]) -> None:
    """Give the chips what has come; the packets of one link are in order."""
    for number in np.unique(rows[:, 0]).tolist():
        chip, coming = chips[number - numbers.start], rows[rows[:, 0] == number]
        for link in np.unique(coming[:, 1]).tolist():
            crossings = np.ascontiguousarray(coming[coming[:, 1] == link, 2:])
            while not loop.hand_over(chip.reference(), link, crossings):
                chip.make_room_to_take()
