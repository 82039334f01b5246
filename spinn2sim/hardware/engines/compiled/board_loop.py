"""The loop over a board: again and again it plays each chip to its horizon, and hands over what crosses links.

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
from spinn2sim.hardware.engines.compiled.horizons import (
    DUE,
    all_at,
    find_bounds,
    first_to_leave_all,
    horizon_of,
    look_at,
    went_to,
)
from spinn2sim.hardware.engines.compiled.horizons import KNOWN as KNOWN_TO
from spinn2sim.hardware.engines.compiled.loop import play
from spinn2sim.hardware.engines.compiled.mail import (
    COUNT,
    LINK_CHIP,
    LINK_LINK,
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

kernel = kernels_of(__package__)

# Registers: the instant up to which all that arrives is known; the end of the window that is played, and of the last one; a link's service
# and latency; the chip to be played next; the place in `ticks` of the next instant; the chip that has no room for what arrives; whether
# anything may set out to a link at once, and the first instant at which something does; how many windows, or rounds over all chips, there
# were; whether the chip at CURSOR was played and what leaves it is not handed over yet; whether all chips are to be looked at.
KNOWN, WINDOW, END, LOOKAHEAD, CURSOR, NEXT_TICK, FULL, CROSSING, LATE, WINDOWS, PLAYED, LOOK = range(12)
N_REGISTERS = 12
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
    # [chips, links], the position of the neighbour from which packets come over this link, NO_CHIP or ELSEWHERE
    sources: Words
    # [chips, horizons.CHIP_WORDS]
    chips: Words
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
    """Play all chips to their horizons, hand over what crosses links between them, and return GO.

    Returns another reason if a chip needs something first, or NO_ROOM_TO_TAKE.
    """
    registers, chips = board.registers, board.neighbours.shape[0]
    if registers[LOOK]:
        for n in range(chips):
            look_at(state_at(states, n), board.chips[n], board.ticks)
        registers[LOOK] = 0
    while registers[CURSOR] < chips:
        n = registers[CURSOR]
        state, chip = state_at(states, n), board.chips[n]
        if not registers[PLAYED]:
            horizon = next_horizon(board, n)
            if horizon > chip[KNOWN_TO] and (horizon == registers[END] or chip[DUE] <= horizon):
                state.registers[at.WINDOW_END] = horizon
                status = play_chip(programs, states, n)
                if status != at.BATCH_OVER and status != at.QUIET and status != at.WINDOW_OVER:
                    return status
                registers[PLAYED] = 1
            elif horizon > chip[KNOWN_TO]:
                went_to(chip, horizon)
        if registers[PLAYED]:
            for link in range(N_LINKS):
                count, neighbour = state.registers[at.LEFT_BY_LINK + link], board.neighbours[n, link]
                if count and neighbour >= 0:
                    there = state_at(states, neighbour)
                    if not hand_over(there, link, state.link_out[link, :count], 0):
                        registers[FULL] = neighbour
                        return NO_ROOM_TO_TAKE
                    state.registers[at.LEFT_BY_LINK + link] = 0
                    look_at(there, board.chips[neighbour], board.ticks)
            chip[KNOWN_TO] = state.registers[at.WINDOW_END]
            look_at(state, chip, board.ticks)
            went_to(chip, chip[KNOWN_TO])
            registers[PLAYED] = 0
        registers[CURSOR] += 1
    return at.GO


def note_leaving(states: Any, board: BoardState) -> None:
    """Note the first instant at which anything sets out to a link, here or after it has crossed to another process."""
    registers, links = board.registers, board.mail.links
    late = first_to_leave_all(board.chips)
    for n in range(links.shape[0]):
        state, link = state_at(states, links[n, LINK_CHIP]), links[n, LINK_LINK]
        if state.registers[at.LEFT_BY_LINK + link]:
            late = min(late, state.link_out[link, 0, at.CROSS_TIME])
    registers[CROSSING], registers[LATE], registers[LOOK] = 0, late, 1


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
            if status != at.GO:
                return status
            if others:
                note_leaving(states, board)
        if others:
            status = agree(states, board)
            if status != at.GO:
                return status
            registers[KNOWN] = registers[WINDOW]
            if registers[WINDOW] == registers[END]:
                return at.BATCH_OVER
            open_window(board, registers[CROSSING], registers[LATE])
        else:
            if all_at(board.chips, registers[END]):
                registers[KNOWN] = registers[END]
                return at.BATCH_OVER
            find_bounds(board.chips, board.sources, registers[LOOKAHEAD])
            registers[WINDOWS] += 1
            registers[CURSOR] = 0


def windows_with(kernel: Decorator, state_at: Callable[..., Any], play_chip: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled `play_windows` that calls other functions: numba looks names up in the globals of what it compiles."""
    names: dict[str, Any] = {**globals(), "state_at": state_at, "play_chip": play_chip}
    for function in (play_chips, note_leaving, agree, play_windows):
        bound = FunctionType(function.__code__, names, function.__name__)
        names[function.__name__] = kernel(bound)
    bound_windows: Callable[..., Any] = names["play_windows"]
    return bound_windows


@kernel
def next_horizon(board: BoardState, n: Word) -> Word:
    """Return to which instant chip `n` can be played: with other processes the end of the window, else the chip's own horizon."""
    registers = board.registers
    if board.mail.registers[SIZE] > 1:
        return registers[WINDOW]
    return min(registers[END], horizon_of(board.chips, board.sources, n, registers[LOOKAHEAD]))


@kernel
def open_window(board: BoardState, crossing: Word, late: Word) -> None:
    """Set the end of the next window, up to which all that arrives is known when all is known up to KNOWN.

    If packets are `crossing` links, they may arrive after a link's service and latency; otherwise so long after the next instant at which
    one may set out: in the next tick with such packets, or `late`, which is the first on any chip.
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
