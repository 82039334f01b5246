"""Messages between the processes of a board, at the end of a window: packets that cross, and what the next window depends on.

There are two boxes for each ordered pair of processes, which are used in turn. A message is a row that heads it, and a row for each
packet. In a round each process posts a message to each other one, and takes one from each; if one of them had more to say than a box
holds, all have another round. Two boxes are enough: who posts round n + 2 has the others' messages of round n + 1, which they posted after
they had taken what round n brought.

In memory that all processes share, the round's number is written last, and a kernel waits for it. Otherwise Python carries the messages.
"""

from __future__ import annotations

from typing import NamedTuple

from firmware_models.jit.compiler import kernels_of
from firmware_models.jit.shared_words import (
    exchange_word,
    load_acquire,
    pause,
    sleep_until_woken,
    store_release,
    wake_sleepers,
)
from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words

kernel = kernels_of(__package__)

# The row that heads a message: the number of its round, whether packets lead to links (or how many), the next wake of a PE that is late,
# whether another round must follow, and how many rows follow. Who waits for it writes into the last word that it sleeps.
ROUND, CROSSING, LATE, MORE, COUNT, ASLEEP = range(6)
# The row of a packet: the number of its next chip * N_LINKS + the link by which it left, and its words.
WHERE, PACKET = 0, 1
ROW_WORDS = PACKET + at.CROSS_WORDS
# Registers: this process, and how many there are; the number of its first chip; whether the boxes are shared memory; the number of the last
# round; whether its messages are posted, so that those of the others are awaited; whether this process has more to say; how often one
# pauses before one sleeps.
RANK, SIZE, FIRST_CHIP, SHARED, ROUNDS, POSTED, HAS_MORE, PAUSES = range(8)
N_REGISTERS = 8
# A link to another process: the position of the chip here, the link, the process, and the number of the chip behind it.
LINK_CHIP, LINK_LINK, LINK_RANK, LINK_BEHIND = range(4)
# For how long one sleeps before Python looks whether the others still live.
SLEEP_US = 100_000


class Mail(NamedTuple):
    """The boxes, and what this process knows of them."""

    # [N_REGISTERS]
    registers: Words
    # [from, to, 2, 1 + packets, ROW_WORDS]
    boxes: Words
    # [links to other processes, 4]
    links: Words
    # [links to other processes], packets that have been posted in earlier rounds
    posted: Words
    # [processes], packets that have been taken from the message of this round
    taken: Words


@kernel
def begin_round(mail: Mail, crossing: Word, late: Word) -> None:
    """Begin messages to all others, without packets."""
    registers = mail.registers
    registers[ROUNDS] += 1
    registers[HAS_MORE] = 0
    for rank in range(registers[SIZE]):
        head = mail.boxes[registers[RANK], rank, registers[ROUNDS] & 1, 0]
        head[CROSSING], head[LATE], head[COUNT] = crossing, late, 0
        mail.taken[rank] = 0


@kernel
def post_link(state: EngineState, mail: Mail, n: Word) -> None:
    """Put into a message what has left over link `n` to another process, as far as there is room."""
    registers, link = mail.registers, mail.links[n, LINK_LINK]
    posted: Word = mail.posted[n]
    count = state.registers[at.LEFT_BY_LINK + link]
    if not count:
        return
    box = mail.boxes[registers[RANK], mail.links[n, LINK_RANK], registers[ROUNDS] & 1]
    row = box[0, COUNT] + 1
    while posted < count and row < box.shape[0]:
        box[row, WHERE] = mail.links[n, LINK_BEHIND] * N_LINKS + link
        for word in range(at.CROSS_WORDS):
            box[row, PACKET + word] = state.link_out[link, posted, word]
        posted += 1
        row += 1
    box[0, COUNT] = row - 1
    if posted < count:
        registers[HAS_MORE] = 1
    else:
        posted = 0
        state.registers[at.LEFT_BY_LINK + link] = 0
    mail.posted[n] = posted


@kernel
def send_round(mail: Mail) -> None:
    """Let the others see the messages."""
    registers = mail.registers
    for rank in range(registers[SIZE]):
        head = mail.boxes[registers[RANK], rank, registers[ROUNDS] & 1, 0]
        head[MORE] = registers[HAS_MORE]
        store_release(head, ROUND, registers[ROUNDS])
        if registers[SHARED] and exchange_word(head, ASLEEP, 0):
            wake_sleepers(head, ROUND)
    registers[POSTED] = 1


@kernel
def have_come(mail: Mail) -> bool:
    """Whether the messages of all others are there. In shared memory they are awaited, for a while."""
    registers = mail.registers
    number, pauses = registers[ROUNDS], registers[PAUSES]
    for rank in range(registers[SIZE]):
        head = mail.boxes[rank, registers[RANK], number & 1, 0]
        found = load_acquire(head, ROUND)
        while found != number and pauses > 0:
            pause()
            pauses -= 1
            found = load_acquire(head, ROUND)
        if found != number and registers[SHARED]:
            exchange_word(head, ASLEEP, 1)
            sleep_until_woken(head, ROUND, found, SLEEP_US)
            found = load_acquire(head, ROUND)
        if found != number:
            return False
    return True


@kernel
def next_chip(mail: Mail, rank: Word) -> Word:
    """Return the position of the chip to which the next packet from a process goes, or -1 if all are taken."""
    box, row = mail.boxes[rank, mail.registers[RANK], mail.registers[ROUNDS] & 1], mail.taken[rank] + 1
    if row > box[0, COUNT]:
        return -1
    return box[row, WHERE] // N_LINKS - mail.registers[FIRST_CHIP]


@kernel
def anybody_has_more(mail: Mail) -> bool:
    """Whether another round must follow."""
    registers: Words = mail.registers
    more = False
    for rank in range(registers[SIZE]):
        more |= mail.boxes[rank, registers[RANK], registers[ROUNDS] & 1, 0, MORE] != 0
    return more
