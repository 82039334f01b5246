"""The loop over a board: window by window it plays each chip, hands over what crosses links, and finds where the next window ends.

With programs that are plain Python, `play_windows` runs as plain Python, and `states` and `programs` are sequences. If all programs have
compiled kernels, `fused` compiles it together with them; then `states` and `programs` are tables of addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from firmware_models.jit.compiler import Decorator, kernels_of
from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.loop import play
from spinn2sim.hardware.engines.compiled.mail import (
    COUNT,
    LINK_CHIP,
    PACKET,
    POSTED,
    RANK,
    ROUNDS,
    SIZE,
    WHERE,
    Mail,
    anybody_has_more,
    begin_round,
    have_come,
    next_chip,
    post_link,
    send_round,
)
from spinn2sim.hardware.engines.compiled.mail import CROSSING as SAID_CROSSING
from spinn2sim.hardware.engines.compiled.mail import LATE as SAID_LATE
from spinn2sim.hardware.engines.compiled.send import take_crossings
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.engines.compiled.wake import next_late_wake

kernel = kernels_of(__package__)

# Registers: the instant up to which all that arrives is known; the end of the window that is played, and of the last one; a link's service
# and latency; the chip to be played next; the place in `ticks` of the next instant; the chip that has no room for what arrives; deliveries
# to links that are open, and the next wake of a PE that is late; how many windows the part has had.
KNOWN, WINDOW, END, LOOKAHEAD, CURSOR, NEXT_TICK, FULL, CROSSING, LATE, WINDOWS = range(10)
N_REGISTERS = 10
# Why `play_windows` returned, beside the reasons of `play`: the messages of other processes have not come, or a chip is FULL.
MAIL_DUE, NO_ROOM_TO_TAKE = 100, 101
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
    # The messages to and from other processes.
    mail: Mail


def state_at(states: Any, n: Word) -> EngineState:
    """Return the state of chip `n`."""
    found: EngineState = states[n]
    return found


def play_chip(programs: Any, states: Any, n: Word) -> Word:
    """Play chip `n` to the end of its window."""
    return play(programs[n], states[n])


def play_chips(programs: Any, states: Any, board: BoardState) -> Word:
    """Play all chips to the end of the window, and return GO, or another reason if one of them needs something first."""
    registers, chips = board.registers, board.neighbours.shape[0]
    while registers[CURSOR] < chips:
        state = state_at(states, registers[CURSOR])
        state.registers[at.WINDOW_END] = registers[WINDOW]
        if registers[WINDOW] == registers[END] or has_work(state, registers[WINDOW]):
            status = play_chip(programs, states, registers[CURSOR])
            if status != at.BATCH_OVER and status != at.QUIET and status != at.WINDOW_OVER:
                return status
        registers[CURSOR] += 1
    return at.GO


def cross_links(states: Any, board: BoardState) -> Word:
    """Hand over what crosses links between chips of this process, and note what opens the next window. Returns GO or NO_ROOM_TO_TAKE."""
    registers, chips = board.registers, board.neighbours.shape[0]
    leaving = 0
    for chip in range(chips):
        state = state_at(states, chip)
        for link in range(N_LINKS):
            count, neighbour = state.registers[at.LEFT_BY_LINK + link], board.neighbours[chip, link]
            if count and neighbour >= 0:
                if not hand_over(state_at(states, neighbour), link, state.link_out[link, :count], 0):
                    registers[FULL] = neighbour
                    return NO_ROOM_TO_TAKE
                state.registers[at.LEFT_BY_LINK + link] = 0
            elif neighbour == ELSEWHERE:
                leaving += count
    crossing, late = leaving, at.FOREVER
    for chip in range(chips):
        state = state_at(states, chip)
        crossing += state.registers[at.LINK_OPEN]
        late = min(late, next_late_wake(state))
    registers[CROSSING], registers[LATE] = crossing, late
    return at.GO


def agree(states: Any, board: BoardState) -> Word:
    """Exchange with other processes what crosses links between their chips and this one's, and what opens the next window.

    Returns GO, MAIL_DUE or NO_ROOM_TO_TAKE.
    """
    registers, mail = board.registers, board.mail
    while True:
        if not mail.registers[POSTED]:
            begin_round(mail, registers[CROSSING], registers[LATE])
            for n in range(mail.links.shape[0]):
                post_link(state_at(states, mail.links[n, LINK_CHIP]), mail, n)
            send_round(mail)
        if not have_come(mail):
            return MAIL_DUE
        for rank in range(mail.registers[SIZE]):
            chip = next_chip(mail, rank)
            while chip >= 0:
                if not take_packets(state_at(states, chip), mail, rank):
                    registers[FULL] = chip
                    return NO_ROOM_TO_TAKE
                chip = next_chip(mail, rank)
        mail.registers[POSTED] = 0
        if not anybody_has_more(mail):
            add_up(board)
            return at.GO


def play_windows(programs: Any, states: Any, board: BoardState) -> Word:
    """Play all chips to register END, and return BATCH_OVER.

    Returns another reason if a chip or another process needs something first; then it can be called again.
    """
    registers, others = board.registers, board.mail.registers[SIZE] > 1
    while True:
        if not board.mail.registers[POSTED]:
            status = play_chips(programs, states, board)
            if status == at.GO:
                status = cross_links(states, board)
            if status != at.GO:
                return status
        if others:
            status = agree(states, board)
            if status != at.GO:
                return status
        registers[KNOWN] = registers[WINDOW]
        if registers[WINDOW] == registers[END]:
            return at.BATCH_OVER
        open_window(board, registers[CROSSING], registers[LATE])


def windows_with(kernel: Decorator, state_at: Callable[..., Any], play_chip: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled `play_windows` that calls other functions: numba looks names up in the globals of what it compiles."""
    names: dict[str, Any] = {**globals(), "state_at": state_at, "play_chip": play_chip}
    for function in (play_chips, cross_links, agree, play_windows):
        bound = FunctionType(function.__code__, names, function.__name__)
        names[function.__name__] = kernel(bound)
    bound_windows: Callable[..., Any] = names["play_windows"]
    return bound_windows


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
def hand_over(state: EngineState, link: Word, crossings: Words, column: Word) -> bool:
    """Give a chip the packets that a neighbour sent over its `link`, whose words begin in a column of `crossings`.

    Returns False, and does nothing, if there is no room for them.
    """
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
    take_crossings(state, back, crossings, column)
    return True


@kernel
def take_packets(state: EngineState, mail: Mail, rank: Word) -> bool:
    """Give a chip the next packets from a process, as long as they come over the same link. Returns False if there is no room for them."""
    box, first = mail.boxes[rank, mail.registers[RANK], mail.registers[ROUNDS] & 1], mail.taken[rank] + 1
    last, where = first, box[first, WHERE]
    while last <= box[0, COUNT] and box[last, WHERE] == where:
        last += 1
    if not hand_over(state, where % N_LINKS, box[first:last], PACKET):
        return False
    mail.taken[rank] = last - 1
    return True


@kernel
def add_up(board: BoardState) -> None:
    """Add to what is known of this process what the others said of themselves."""
    registers, mail = board.registers, board.mail
    slot = mail.registers[ROUNDS] & 1
    for rank in range(mail.registers[SIZE]):
        if rank != mail.registers[RANK]:
            registers[CROSSING] += mail.boxes[rank, mail.registers[RANK], slot, 0, SAID_CROSSING]
            registers[LATE] = min(registers[LATE], mail.boxes[rank, mail.registers[RANK], slot, 0, SAID_LATE])
