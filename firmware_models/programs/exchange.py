"""The exchange phase of an optimizer PE: its sums go up a tree of chips, and the totals of all chips come down.

The vector of a PE is the gradient words that it holds, source row by source row, and then its spike counts, cut into K chunks. At tick t a
chip of depth d adds what its children have sent of chunk k = t - (D - d), and sends the sum of this chunk to its parent, where D is the
depth of the deepest chip. The chip of depth 0 sends totals instead, to all others, which take those of chunk t - 1 - D. So the update tick,
as t = K + D, takes the last totals. A word is 64 bits, in two packets; sums are modulo 2^64, in any order.
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge, charge_send, whole
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.exchange_state import INDEX_BITS
from firmware_models.programs.optimizer_state import OptimizerState
from firmware_models.words import KIND_SHIFT, WEIGHTS, WITH_PAYLOAD, Mailbox, send

# A key is kind 2 bits | role 2 | chip 8 | unit 10 | index 10, where index 2 w is the low half of word w of the chunk, 2 w + 1 the high one.
ROLE_SHIFT, CHIP_SHIFT, UNIT_SHIFT = 28, 20, 10
ROLE_MASK, CHIP_MASK, UNIT_MASK, INDEX_MASK = 0x3, 0xFF, 0x3FF, (1 << INDEX_BITS) - 1
PARTIAL, TOTAL = np.int64(1), np.int64(2)
LOW_HALF, HALF_BITS, SIGN_OF_HALF = np.int64(0xFFFF_FFFF), np.int64(32), np.int64(0x8000_0000)
TWO = np.int64(2)


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
def set_exchanged_word(s: OptimizerState, row: Word, word: Word, value: Word) -> None:
    """Set a word of the vector."""
    held = np.int64(s.held[row])
    if word < held:
        s.total[row, s.exchange.place[row, word]] = value
    else:
        s.count_total[row, word - held] = value


@kernel
def with_half(value: Word, half: Word, payload: Word, adds: bool) -> Word:
    """Add a half to a word, or put it in the place of that half."""
    part = payload << HALF_BITS if half == 1 else payload & LOW_HALF
    if adds:
        return value + part
    return (value & LOW_HALF) | part if half == 1 else value - (value & LOW_HALF) + part


@kernel
def take_sums(s: OptimizerState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Add the partial sums in the inbox, and put totals in the place of sums. Returns cycle parts.

    What is neither is marked as unmatched.
    """
    e = s.exchange
    rises, falls = step - (e.deepest - e.depth), step - 1 - e.deepest
    taken: Word = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = np.int64(inbox.key[at])
        role, chip = (key >> ROLE_SHIFT) & ROLE_MASK, (key >> CHIP_SHIFT) & CHIP_MASK
        index, chunk = key & INDEX_MASK, np.int64(-1)
        if key >> KIND_SHIFT == WEIGHTS and (key >> UNIT_SHIFT) & UNIT_MASK == s.exchange.unit[row]:
            if role == PARTIAL and chip != e.chip:
                chunk = rises
            elif role == TOTAL and chip == 0 and e.depth > 0:
                chunk = falls
        word = chunk * e.chunk + (index >> 1)
        if chunk < 0 or chunk >= e.chunks or index >= TWO * e.chunk or word >= s.exchange.words[row]:
            inbox.matched[at] = 0
        else:
            value = exchanged_word(s, row, word)
            set_exchanged_word(s, row, word, with_half(value, index & 1, np.int64(inbox.payload[at]), role == PARTIAL))
            taken += 1
    return charge(s.ledger, row, cost.EXCHANGE_WORD, taken)


@kernel
def send_sums(s: OptimizerState, row: Word, step: Word, outbox: Mailbox, busy: Word) -> Word:
    """Send the chunk whose turn it is, if there is one: partial sums to the parent, or totals from the root. Returns cycle parts."""
    e = s.exchange
    chunk = step - (e.deepest - e.depth)
    if chunk < 0 or chunk >= e.chunks:
        return busy
    name = (TOTAL << ROLE_SHIFT) if e.depth == 0 else (PARTIAL << ROLE_SHIFT) | np.int64(e.chip << CHIP_SHIFT)
    name |= (WEIGHTS << KIND_SHIFT) | (np.int64(s.exchange.unit[row]) << UNIT_SHIFT)
    first = chunk * e.chunk
    for word in range(first, min(first + e.chunk, np.int64(s.exchange.words[row]))):
        value, index = exchanged_word(s, row, word), TWO * (word - first)
        low = ((value & LOW_HALF) ^ SIGN_OF_HALF) - SIGN_OF_HALF
        busy += charge_send(s.ledger, row, cost.ONE)
        send(outbox, row, name | index, low, WITH_PAYLOAD, whole(busy))
        busy += charge_send(s.ledger, row, cost.ONE)
        send(outbox, row, name | (index + 1), value >> HALF_BITS, WITH_PAYLOAD, whole(busy))
    return busy
