"""The loop over a board: again and again it plays each chip to its horizon, and hands over what crosses links.

Before each such round a process meets the others, if there are any: it takes what they have sent, and they tell each other when something
may set out to a link on each chip. A process that can play no chip on waits for news of the others.

With programs that are plain Python, `play_rounds` runs as plain Python, and `states` and `programs` are sequences. If all programs have
compiled kernels, `fused` compiles it together with them; then `states` and `programs` are tables of addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from firmware_models.jit.compiler import Decorator, kernels_of
from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.horizons import KNOWN as KNOWN_TO
from spinn2sim.hardware.engines.compiled.horizons import (
    LEAVES,
    all_at,
    can_go_on,
    find_bounds,
    has_work,
    horizon_of,
    look_at,
    went_to,
)
from spinn2sim.hardware.engines.compiled.loop import play
from spinn2sim.hardware.engines.compiled.mail import (
    CARRIED,
    COUNT,
    LINK_CHIP,
    LINK_LINK,
    OTHERS_PLAY,
    PACKET,
    RANK,
    SHARED,
    SIZE,
    TAKEN,
    UNPOSTED,
    WHERE,
    Mail,
    has_mail,
    has_news,
    hold,
    next_chip,
    post_link,
    release,
    say,
)
from spinn2sim.hardware.engines.compiled.send import take_crossings
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words

kernel = kernels_of(__package__)

# Registers: the instant up to which all chips were played, and the one up to which they are to be; a link's service and latency; the
# number of the first chip of this process; the position of the chip that is played next, and of one that has no room for what arrives;
# how many rounds over all chips there were; whether the chip at CURSOR was played and what leaves it is not handed over yet; whether
# others are to be met before the next round; whether all chips are to be looked at.
KNOWN, END, LOOKAHEAD, FIRST, CURSOR, FULL, ROUNDS, PLAYED, MEETS, LOOK = range(10)
N_REGISTERS = 10
# Why `play_rounds` returned, beside the reasons of `play`: it waits for other processes, or a chip is FULL.
MAIL_DUE, NO_ROOM_TO_TAKE = 100, 101
# In `neighbours` and `sources`: there is no chip.
NO_CHIP = -1


class BoardState(NamedTuple):
    """What the loop over a board reads and writes, beside the states of the chips, which are those of this process."""

    # [N_REGISTERS]
    registers: Words
    # [chips of this process, links], the number of the neighbour, or NO_CHIP
    neighbours: Words
    # [chips of the board, links], the number of the neighbour from which packets can come over this link, or NO_CHIP
    sources: Words
    # [chips of the board, links], the same where some of these packets can leave the chip again, else NO_CHIP
    passing: Words
    # [chips of the board, horizons.CHIP_WORDS]; of chips of other processes only LEAVES and BOUND
    chips: Words
    # [ticks], the instants at which packets can be sent over links, up to END, and the next one after it
    ticks: Words
    # What is told to other processes and by them.
    mail: Mail


def state_at(states: Any, n: Word) -> EngineState:
    """Return the state of the chip at position `n`."""
    found: EngineState = states[n]
    return found


def play_chip(programs: Any, states: Any, n: Word) -> Word:
    """Play the chip at position `n` to its horizon."""
    return play(programs[n], states[n])


def play_chips(programs: Any, states: Any, board: BoardState) -> Word:
    """Play all chips to their horizons, hand over what crosses links between them, and return GO.

    Returns another reason if a chip needs something first, or NO_ROOM_TO_TAKE.
    """
    registers, first, chips = board.registers, board.registers[FIRST], board.neighbours.shape[0]
    while registers[CURSOR] < chips:
        n = registers[CURSOR]
        state, chip = state_at(states, n), board.chips[first + n]
        if not registers[PLAYED]:
            horizon = min(registers[END], horizon_of(board.chips, board.sources, first + n, registers[LOOKAHEAD]))
            if has_work(chip, horizon, registers[END]):
                state.registers[at.WINDOW_END] = horizon
                status = play_chip(programs, states, n)
                if status != at.BATCH_OVER and status != at.QUIET and status != at.WINDOW_OVER:
                    return status
                registers[PLAYED] = 1
            elif horizon > chip[KNOWN_TO]:
                went_to(board.chips, board.passing, first + n, registers[LOOKAHEAD], horizon)
        if registers[PLAYED]:
            for link in range(N_LINKS):
                count, neighbour = state.registers[at.LEFT_BY_LINK + link], board.neighbours[n, link] - first
                if count and 0 <= neighbour < chips:
                    there = state_at(states, neighbour)
                    if not hand_over(there, link, state.link_out[link, :count], 0):
                        registers[FULL] = neighbour
                        return NO_ROOM_TO_TAKE
                    state.registers[at.LEFT_BY_LINK + link] = 0
                    look_at(there, board.chips[first + neighbour], board.ticks)
            chip[KNOWN_TO] = state.registers[at.WINDOW_END]
            look_at(state, chip, board.ticks)
            went_to(board.chips, board.passing, first + n, registers[LOOKAHEAD], chip[KNOWN_TO])
            registers[PLAYED] = 0
        registers[CURSOR] += 1
    return at.GO


def look_at_all(states: Any, board: BoardState) -> None:
    """Look at all chips of this process."""
    for n in range(board.neighbours.shape[0]):
        look_at(state_at(states, n), board.chips[board.registers[FIRST] + n], board.ticks)


def take_all(states: Any, board: BoardState) -> Word:
    """Take all packets from other processes, and return GO, or NO_ROOM_TO_TAKE. The process holds the lock."""
    mail, first = board.mail, board.registers[FIRST]
    for rank in range(mail.registers[SIZE]):
        n = next_chip(mail, rank) if rank != mail.registers[RANK] else NO_CHIP
        while n >= 0:
            state = state_at(states, n)
            if not take_packets(state, mail, rank):
                board.registers[FULL] = n
                return NO_ROOM_TO_TAKE
            look_at(state, board.chips[first + n], board.ticks)
            n = next_chip(mail, rank)
    return at.GO


def tell_all(states: Any, board: BoardState) -> bool:
    """Post what crosses to other processes, and say when something may set out on each chip. The process holds the lock.

    Returns whether any of this is news. A packet that finds no room in a box has not set out, as far as others know.
    """
    mail, first, news = board.mail, board.registers[FIRST], False
    mail.registers[UNPOSTED] = 0
    for n in range(mail.links.shape[0]):
        here, link = mail.links[n, LINK_CHIP], mail.links[n, LINK_LINK]
        if state_at(states, here).registers[at.LEFT_BY_LINK + link]:
            look_at(state_at(states, here), board.chips[first + here], board.ticks)
    for n in range(mail.links.shape[0]):
        here, link = mail.links[n, LINK_CHIP], mail.links[n, LINK_LINK]
        if state_at(states, here).registers[at.LEFT_BY_LINK + link]:
            waits = post_link(state_at(states, here), mail, n)
            if waits < at.FOREVER:
                mail.registers[UNPOSTED] += 1
                board.chips[first + here, LEAVES] = min(
                    board.chips[first + here, LEAVES], waits - board.registers[LOOKAHEAD]
                )
            news = True
    for n in range(board.neighbours.shape[0]):
        news |= say(mail, first + n, board.chips[first + n, LEAVES])
    return news


def meet(states: Any, board: BoardState) -> Word:
    """Tell other processes of this one's chips, and find out what they say of theirs.

    Returns GO, MAIL_DUE or NO_ROOM_TO_TAKE.
    """
    mail = board.mail
    if not hold(mail):
        return MAIL_DUE
    emptied = has_mail(mail)
    status = take_all(states, board)
    if status != at.GO:
        release(mail, False)
        return status
    if mail.registers[CARRIED]:
        mail.registers[CARRIED] = 0
    else:
        news = tell_all(states, board)
        if not mail.registers[SHARED]:
            mail.registers[CARRIED] = 1
            return MAIL_DUE
        if news or emptied:
            find_out(board)
            release(mail, True)
            return at.GO
    find_out(board)
    release(mail, False)
    return at.GO


def play_rounds(programs: Any, states: Any, board: BoardState) -> Word:
    """Play all chips of this process to register END, and return BATCH_OVER.

    Returns another reason if a chip or another process needs something first; then it can be called again.
    """
    registers, mail, end = board.registers, board.mail, board.registers[END]
    first, last = registers[FIRST], registers[FIRST] + board.neighbours.shape[0]
    if registers[LOOK]:
        look_at_all(states, board)
        registers[LOOK] = 0
    while True:
        if registers[MEETS]:
            if mail.registers[SIZE] > 1:
                status = meet(states, board)
                if status != at.GO:
                    return status
            waited_for = mail.registers[OTHERS_PLAY] or mail.registers[UNPOSTED]
            if all_at(board.chips[first:last], end) and not waited_for:
                registers[KNOWN] = end
                return at.BATCH_OVER
            find_bounds(board.chips, board.passing, registers[LOOKAHEAD])
            if mail.registers[SHARED] and not can_go_on(
                board.chips, board.sources, first, last, registers[LOOKAHEAD], end
            ):
                if has_news(mail):
                    continue
                return MAIL_DUE
            registers[MEETS] = registers[CURSOR] = 0
            registers[ROUNDS] += 1
        status = play_chips(programs, states, board)
        if status != at.GO:
            return status
        registers[MEETS] = 1


def rounds_with(kernel: Decorator, state_at: Callable[..., Any], play_chip: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled `play_rounds` that calls other functions: numba looks names up in the globals of what it compiles."""
    names: dict[str, Any] = {**globals(), "state_at": state_at, "play_chip": play_chip}
    for function in (play_chips, look_at_all, take_all, tell_all, meet, play_rounds):
        bound = FunctionType(function.__code__, names, function.__name__)
        names[function.__name__] = kernel(bound)
    bound_rounds: Callable[..., Any] = names["play_rounds"]
    return bound_rounds


@kernel
def find_out(board: BoardState) -> None:
    """Note when something may set out on the chips of other processes. The process holds the lock."""
    mail, first = board.mail, board.registers[FIRST]
    for chip in range(board.chips.shape[0]):
        if chip < first or chip >= first + board.neighbours.shape[0]:
            board.chips[chip, LEAVES] = mail.leaves[chip]
            if not mail.registers[SHARED]:
                mail.leaves[chip] = at.FOREVER  # until another process says more


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
    box = mail.boxes[rank, mail.registers[RANK]]
    first = box[0, TAKEN] + 1
    last, where = first, box[first, WHERE]
    while last <= box[0, COUNT] and box[last, WHERE] == where:
        last += 1
    if not hand_over(state, where % N_LINKS, box[first:last], PACKET):
        return False
    box[0, TAKEN] = last - 1
    return True
