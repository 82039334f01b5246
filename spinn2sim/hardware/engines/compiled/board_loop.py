"""The loop over a board: window by window it plays each chip, hands over what crosses links, and finds where the next window ends.

With programs that are plain Python, `play_windows` runs as plain Python, and `states` and `programs` are sequences. If all programs have
compiled kernels, `fused` compiles it together with them; then `states` and `programs` are tables of addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.loop import play
from spinn2sim.hardware.engines.compiled.send import take_crossings
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.engines.compiled.wake import next_late_wake

kernel = kernels_of(__package__)

# Registers: the instant up to which all that arrives is known; the end of the window that is played, and of the last one; a link's service
# and latency; the chip to be played next; the place in `ticks` of the next instant; whether some neighbours are in other processes; the
# chip that has no room for what arrives; deliveries to links that are open, and the next wake of a PE that is late;
# how many windows the part has had.
KNOWN, WINDOW, END, LOOKAHEAD, CURSOR, NEXT_TICK, REMOTE, FULL, CROSSING, LATE, WINDOWS = range(11)
N_REGISTERS = 11
# Why `play_windows` returned, beside the reasons of `play`: what crosses to other processes must be handed over, or a chip is FULL.
EXCHANGE_DUE, NO_ROOM_TO_TAKE = 100, 101
# In `neighbours`: there is no chip; it is in another process.
NO_CHIP, ELSEWHERE = -1, -2


class BoardState(NamedTuple):
    """What the loop over a board reads and writes, beside the states of the chips."""

    # [N_REGISTERS]
    registers: Words
    # [chips, links], the position of the neighbour, NO_CHIP or ELSEWHERE
    neighbours: Words
    # [ticks], the instants at which packets can be sent over links, up to END
    ticks: Words


def state_at(states: Any, n: Word) -> EngineState:
    """Return the state of chip `n`."""
    found: EngineState = states[n]
    return found


def play_chip(programs: Any, states: Any, n: Word) -> Word:
    """Play chip `n` to the end of its window."""
    return play(programs[n], states[n])


def play_windows(programs: Any, states: Any, board: BoardState) -> Word:
    """Play all chips to register END, and return BATCH_OVER.

    Returns another reason if a chip or the exchange needs something first; then it can be called again.
    """
    registers, chips = board.registers, board.neighbours.shape[0]
    while True:
        while registers[CURSOR] < chips:
            state = state_at(states, registers[CURSOR])
            state.registers[at.WINDOW_END] = registers[WINDOW]
            if registers[WINDOW] == registers[END] or has_work(state, registers[WINDOW]):
                status = play_chip(programs, states, registers[CURSOR])
                if status != at.BATCH_OVER and status != at.QUIET and status != at.WINDOW_OVER:
                    return status
            registers[CURSOR] += 1
        for chip in range(chips):
            state = state_at(states, chip)
            for link in range(N_LINKS):
                count, neighbour = state.registers[at.LEFT_BY_LINK + link], board.neighbours[chip, link]
                if count and neighbour >= 0:
                    if not hand_over(state_at(states, neighbour), link, state.link_out[link, :count]):
                        registers[FULL] = neighbour
                        return NO_ROOM_TO_TAKE
                    state.registers[at.LEFT_BY_LINK + link] = 0
        crossing, late = 0, at.FOREVER
        for chip in range(chips):
            state = state_at(states, chip)
            crossing += state.registers[at.LINK_OPEN]
            late = min(late, next_late_wake(state))
        registers[CROSSING], registers[LATE] = crossing, late
        if registers[REMOTE]:
            return EXCHANGE_DUE
        registers[KNOWN] = registers[WINDOW]
        if registers[WINDOW] == registers[END]:
            return at.BATCH_OVER
        open_window(board, crossing, late)


def windows_with(state_at: Callable[..., Any], play_chip: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `play_windows` that calls other functions: numba looks names up in the globals of the function that it compiles."""
    names = {**globals(), "state_at": state_at, "play_chip": play_chip}
    return FunctionType(play_windows.__code__, names, play_windows.__name__)


@kernel
def has_work(state: EngineState, until: Word) -> bool:
    """Whether anything happens on a chip before, or a wake at, the instant `until`. Packets in FIFOs wait for a wake."""
    registers, count = state.registers, state.outbox.count[0]
    if registers[at.QUEUED] or registers[at.BURSTS_ENDING] or registers[at.LATE_PES]:
        return True
    if registers[at.NEXT_INTERRUPT] <= until or registers[at.SENDS_SORTED] < count:
        return True
    gone = registers[at.SENDS_GONE]
    if gone < count and registers[at.SENDS_ZERO] + (state.send_key[gone] >> at.ORDERED_TIME_SHIFT) < until:
        return True
    for link in range(N_LINKS):
        first = registers[at.IN_FIRST + link]
        if first < registers[at.IN_LAST + link] and state.link_in[link, first, at.CROSS_TIME] < until:
            return True
    return False


@kernel
def open_window(board: BoardState, crossing: Word, late: Word) -> None:
    """Set the end of the next window, up to which all that arrives is known when all is known up to KNOWN.

    If packets are `crossing` links, they may arrive after a link's service and latency; otherwise so long after the next wake that may send
    one: the next tick with such packets, or the next wake of a PE that is `late`.
    """
    registers, ticks = board.registers, board.ticks
    begin = registers[KNOWN]
    if not crossing:
        while registers[NEXT_TICK] < ticks.shape[0] and ticks[registers[NEXT_TICK]] < begin:
            registers[NEXT_TICK] += 1
        begin = late
        if registers[NEXT_TICK] < ticks.shape[0]:
            begin = min(begin, ticks[registers[NEXT_TICK]])
    registers[WINDOW] = min(registers[END], begin + registers[LOOKAHEAD])
    registers[WINDOWS] += 1
    registers[CURSOR] = 0


@kernel
def hand_over(state: EngineState, link: Word, crossings: Words) -> bool:
    """Give a chip the packets that a neighbour sent over its `link`. Returns False, and does nothing, if there is no room for them."""
    registers = state.registers
    back = (link + N_LINKS // 2) % N_LINKS
    first, last = registers[at.IN_FIRST + back], registers[at.IN_LAST + back]
    if last + crossings.shape[0] > state.link_in.shape[1]:
        for i in range(last - first if first else 0):
            for word in range(at.CROSS_WORDS):
                state.link_in[back, i, word] = state.link_in[back, first + i, word]
        registers[at.IN_FIRST + back], registers[at.IN_LAST + back] = 0, last - first
        if last - first + crossings.shape[0] > state.link_in.shape[1]:
            return False
    take_crossings(state, back, crossings)
    return True
