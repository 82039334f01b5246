"""What the processes of a board tell each other: when something may set out to a link on each chip, and the packets that cross.

Shared memory has an instant for each chip, before which nothing new sets out to a link there, of all that is on the chip or in a box on its
way to it; and a box for each ordered pair of processes. A process writes and reads them while it holds a lock. So what it reads belongs
together: whatever will cross is on a chip, with the instant that its own process wrote, or in a box, and then the sender has lowered the
instant of the chip to which it goes. A process may be late with what it says; its instants are then earlier than they need be.

Where memory is not shared each process has a lock, instants and boxes of its own, and Python carries what it wrote to all others, and what
they wrote to it.
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

# Words that all write, each in a cache line of its own: whether a process holds the lock; how often there was news; whether anybody sleeps
# until there is; how often words of all processes were gathered, and how many have brought theirs for the next time.
LOCK, NEWS, ASLEEP, GATHERED, BROUGHT = 0, 8, 16, 24, 25
COMMON_WORDS = 32
# The row that heads a box: how many rows follow, and how many of them are taken.
COUNT, TAKEN = range(2)
# The row of a packet: the number of its next chip * N_LINKS + the link by which it left, and its words.
WHERE, PACKET = 0, 1
ROW_WORDS = PACKET + at.CROSS_WORDS
# Registers: this process, and how many there are; the number of its first chip; whether memory is shared; how often one pauses before one
# sleeps; which news this process knows; where memory is not shared, whether what it wrote is being carried, and whether any other process
# still plays; how often it waited for news, and how often it slept then; over how many links packets wait for room in a box.
RANK, SIZE, FIRST_CHIP, SHARED, PAUSES, SEEN, CARRIED, OTHERS_PLAY, WAITS, SLEEPS, UNPOSTED = range(11)
N_REGISTERS = 11
# A link to another process: the position of the chip here, the link, the process, and the number of the chip behind it.
LINK_CHIP, LINK_LINK, LINK_RANK, LINK_BEHIND = range(4)
# For how long one sleeps before Python looks whether the others still live; and for a moment, if a process sleeps that holds the lock.
SLEEP_US, MOMENT_US = 100_000, 50
# How often one asks for the lock before one sleeps, and sleeps before Python looks.
ASKED, SLEPT = 100, 1000


class Mail(NamedTuple):
    """What processes share, and what this process knows of it."""

    # [N_REGISTERS]
    registers: Words
    # [COMMON_WORDS]
    common: Words
    # [2, processes], for `gather`
    gathered: Words
    # [at least as many as chips]
    leaves: Words
    # [from, to, 1 + packets, ROW_WORDS]
    boxes: Words
    # [links to other processes, 4]
    links: Words
    # [links to other processes], packets that have been posted while others had no room
    posted: Words


@kernel
def hold(mail: Mail) -> bool:
    """Take the lock. Returns False if nobody has released it for long, so that its holder may have ended."""
    if not mail.registers[SHARED]:
        return True
    for _ in range(SLEPT):
        for _ in range(ASKED):
            if not exchange_word(mail.common, LOCK, 1):
                return True
            pause()
        sleep_until_woken(mail.common, LOCK, 1, MOMENT_US)
    return False


@kernel
def release(mail: Mail, news: bool) -> None:
    """Release the lock. If there is news, whoever sleeps is woken."""
    common, registers = mail.common, mail.registers
    if not registers[SHARED]:
        return
    if news:
        store_release(common, NEWS, common[NEWS] + 1)
    registers[SEEN] = common[NEWS]
    store_release(common, LOCK, 0)
    if news and exchange_word(common, ASLEEP, 0):
        wake_sleepers(common, NEWS)


@kernel
def has_news(mail: Mail) -> bool:
    """Wait for a while until there is news that this process does not know. Returns whether there is."""
    common, registers = mail.common, mail.registers
    pauses, known = registers[PAUSES], registers[SEEN]
    found = load_acquire(common, NEWS)
    registers[WAITS] += found == known
    while found == known and pauses > 0:
        pause()
        pauses -= 1
        found = load_acquire(common, NEWS)
    if found == known:
        registers[SLEEPS] += 1
        exchange_word(common, ASLEEP, 1)
        sleep_until_woken(common, NEWS, known, SLEEP_US)
        found = load_acquire(common, NEWS)
    return bool(found != known)


@kernel
def say(mail: Mail, number: Word, leaves: Word) -> bool:
    """Write the instant of a chip of this process. Returns whether it is another one than before. The process holds the lock."""
    other = mail.leaves[number] != leaves
    mail.leaves[number] = leaves
    return bool(other)


@kernel
def post_link(state: EngineState, mail: Mail, n: Word) -> Word:
    """Put into a box what has left over link `n` to another process, as far as there is room. The process holds the lock.

    Returns the arrival of the first packet that found no room; FOREVER if all did.
    """
    link, behind = mail.links[n, LINK_LINK], mail.links[n, LINK_BEHIND]
    posted: Word = mail.posted[n]
    count = state.registers[at.LEFT_BY_LINK + link]
    box = mail.boxes[mail.registers[RANK], mail.links[n, LINK_RANK]]
    row = box[0, COUNT] + 1
    if posted < count and row < box.shape[0]:
        mail.leaves[behind] = min(mail.leaves[behind], state.link_out[link, posted, at.CROSS_TIME])
    while posted < count and row < box.shape[0]:
        box[row, WHERE] = behind * N_LINKS + link
        for word in range(at.CROSS_WORDS):
            box[row, PACKET + word] = state.link_out[link, posted, word]
        posted += 1
        row += 1
    box[0, COUNT] = row - 1
    if posted < count:
        mail.posted[n] = posted
        return state.link_out[link, posted, at.CROSS_TIME]
    mail.posted[n] = state.registers[at.LEFT_BY_LINK + link] = 0
    return at.FOREVER


@kernel
def has_mail(mail: Mail) -> bool:
    """Whether there are packets in any box for this process, for which others may wait to post more. The process holds the lock."""
    rows = 0
    for rank in range(mail.registers[SIZE]):
        rows += mail.boxes[rank, mail.registers[RANK], 0, COUNT]
    return bool(rows > 0)


@kernel
def next_chip(mail: Mail, rank: Word) -> Word:
    """Return the position of the chip to which the next packet from a process goes. If there is none, the box is emptied: -1."""
    head, box = mail.boxes[rank, mail.registers[RANK], 0], mail.boxes[rank, mail.registers[RANK]]
    if head[TAKEN] == head[COUNT]:
        head[TAKEN] = head[COUNT] = 0
        return -1
    return box[head[TAKEN] + 1, WHERE] // N_LINKS - mail.registers[FIRST_CHIP]


@kernel
def bring(mail: Mail, word: Word) -> Word:
    """Bring a word to be gathered. Returns how often words were gathered before; -1, and does nothing, if the lock cannot be had."""
    common, registers = mail.common, mail.registers
    if not hold(mail):
        return -1
    before: Word = common[GATHERED]
    mail.gathered[before & 1, registers[RANK]] = word
    common[BROUGHT] += 1
    last = common[BROUGHT] == registers[SIZE]
    if last:
        common[BROUGHT] = 0
        store_release(common, GATHERED, before + 1)
    release(mail, last)
    return before


@kernel
def have_brought(mail: Mail, before: Word) -> bool:
    """Whether all have brought their words, which is awaited for a while. They stay until this process brings its next but one."""
    while True:
        known = load_acquire(mail.common, NEWS)
        if load_acquire(mail.common, GATHERED) != before:
            return True
        mail.registers[SEEN] = known
        if not has_news(mail):
            return False
