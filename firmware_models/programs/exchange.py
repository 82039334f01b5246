"""The exchange phase of an optimizer PE: its sums go up a tree of chips, and the totals of all chips come down.

The vector of a PE is the gradient words that it holds, source row by source row, and then its spike counts, cut into K chunks. At tick t a
chip of depth d adds what its children have sent of chunk k = t - (D - d), and sends the sum of this chunk to its parent, where D is the
depth of the deepest chip. The chip of depth 0 sends totals instead, to all others, which take those of chunk t - 1 - D. So the update tick,
as t = K + D, takes the last totals. A packet holds two words of 64 bits; sums are modulo 2^64, in any order.
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge, charge_long_packets, charge_long_send, whole
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.exchange_state import INDEX_BITS
from firmware_models.programs.exchange_state import PACKET_WORDS as WORDS_OF_PACKET
from firmware_models.programs.optimizer_state import OptimizerState
from firmware_models.words import KIND_SHIFT, WEIGHTS, ZERO, Mailbox, send_long

# A key is kind 2 bits | role 2 | chip 8 | unit 10 | index 10; packet i of a chunk holds its words 2 i and 2 i + 1, if it has so many.
ROLE_SHIFT, CHIP_SHIFT, UNIT_SHIFT = 28, 20, 10
ROLE_MASK, CHIP_MASK, UNIT_MASK, INDEX_MASK = 0x3, 0xFF, 0x3FF, (1 << INDEX_BITS) - 1
PARTIAL, TOTAL = np.int64(1), np.int64(2)
PACKET_WORDS = np.int64(WORDS_OF_PACKET)


@kernel
def find_places(s: OptimizerState, row: Word) -> None:
    """Note where the words that the PE holds are in `total`: all of a matrix, of rows of targets those that exist."""
    size, at = np.int64(s.size[row]), np.int64(0)
    listed = s.held[row] < s.pre_rows[row] * size
    for p in range(s.pre_rows[row]):
        for j in range(size):
            w = p * s.stride + j
            if not listed or s.exists[row, w] == 1:
                s.exchange.place[row, at] = w
                at += 1


@kernel
def exchanged_word(s: OptimizerState, row: Word, word: Word) -> Word:
    """Return a word of the vector."""
    held = np.int64(s.held[row])
    return s.total[row, s.exchange.place[row, word]] if word < held else s.count_total[row, word - held]


@kernel
def take_word(s: OptimizerState, row: Word, word: Word, value: Word, adds: bool) -> None:
    """Add to a word of the vector, or put a total in its place."""
    held = np.int64(s.held[row])
    if word < held:
        at = s.exchange.place[row, word]
        s.total[row, at] = value + (s.total[row, at] if adds else ZERO)
    else:
        s.count_total[row, word - held] = value + (s.count_total[row, word - held] if adds else ZERO)


@kernel
def take_sums(s: OptimizerState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Add the partial sums in the inbox, and put totals in the place of sums. Returns cycle parts.

    What is neither is marked as unmatched.
    """
    e = s.exchange
    rises, falls = step - (e.deepest - e.depth), step - 1 - e.deepest
    packets, words = ZERO, ZERO
    for at in range(inbox.first[row], inbox.last[row]):
        key = np.int64(inbox.key[at])
        role, chip = (key >> ROLE_SHIFT) & ROLE_MASK, (key >> CHIP_SHIFT) & CHIP_MASK
        chunk = np.int64(-1)
        if key >> KIND_SHIFT == WEIGHTS and (key >> UNIT_SHIFT) & UNIT_MASK == s.exchange.unit[row]:
            if role == PARTIAL and chip != e.chip:
                chunk = rises
            elif role == TOTAL and chip == 0 and e.depth > 0:
                chunk = falls
        first = PACKET_WORDS * (key & INDEX_MASK)
        left: Word = s.exchange.words[row] - chunk * e.chunk
        held: Word = min(np.int64(e.chunk), left) - first
        if chunk < 0 or chunk >= e.chunks or held <= 0:
            inbox.matched[at] = 0
        else:
            held = min(held, PACKET_WORDS)
            for word in range(held):
                take_word(s, row, chunk * e.chunk + first + word, inbox.long[at, word], role == PARTIAL)
            packets += 1
            words += held
    return charge_long_packets(s.ledger, row, packets) + charge(s.ledger, row, cost.EXCHANGE_WORD, words)


@kernel
def send_sums(s: OptimizerState, row: Word, step: Word, outbox: Mailbox, busy: Word) -> Word:
    """Send the chunk whose turn it is, if there is one: partial sums to the parent, or totals from the root. Returns cycle parts."""
    e = s.exchange
    chunk = step - (e.deepest - e.depth)
    if chunk < 0 or chunk >= e.chunks:
        return busy
    name = (TOTAL << ROLE_SHIFT) if e.depth == 0 else (PARTIAL << ROLE_SHIFT) | np.int64(e.chip << CHIP_SHIFT)
    name |= (WEIGHTS << KIND_SHIFT) | (np.int64(s.exchange.unit[row]) << UNIT_SHIFT)
    begin = chunk * e.chunk
    end = min(begin + e.chunk, np.int64(s.exchange.words[row]))
    for first in range(begin, end, PACKET_WORDS):
        second = exchanged_word(s, row, first + 1) if first + 1 < end else ZERO
        busy += charge_long_send(s.ledger, row)
        index = (first - begin) // PACKET_WORDS
        send_long(outbox, row, name | index, exchanged_word(s, row, first), second, whole(busy))
    return busy
