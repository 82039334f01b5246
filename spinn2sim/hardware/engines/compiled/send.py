"""What programs send becomes packets: matched with the table, numbered in send order, put on their first channel; it reads no payload."""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.accounting import traced
from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.network_pass import push
from spinn2sim.hardware.engines.compiled.sorting import sort_words
from spinn2sim.hardware.engines.compiled.state import (
    BASE,
    BURST_BIT,
    BURSTS,
    C_IN_HOPS,
    C_LAST_SEND,
    C_NEXT_ORDER,
    C_START,
    CORE_Q,
    CURSOR_SHIFT,
    DMA,
    FAULT,
    FAULT_A,
    FAULT_B,
    FAULT_ISSUER,
    FAULT_ORDER,
    FAULT_TIME,
    FAULT_TRANSFER,
    FLAG_BITS,
    HAS_PAYLOAD,
    INDEX_SHIFT,
    LEG_QUAD,
    LEG_SHIFT,
    LEG_START,
    LINE_DUE,
    LINE_HOPS,
    LINE_KEY,
    LINE_MASK,
    N_DUE,
    N_HOPS,
    N_SENT,
    NEW_DUE,
    NOW,
    O_LINE,
    O_MARK,
    O_SENT,
    O_SOURCE,
    OPEN,
    P_ARGUMENT,
    P_KEY,
    P_LINE,
    P_MARK,
    P_SENT,
    P_SEQ,
    P_SOURCE,
    P_TRANSFER,
    PACKETS,
    SEND_CORE_SHIFT,
    SEND_LIMIT,
    SEND_MASK,
    SEND_SHIFT,
    SEQ,
    T_DUE,
    T_FIRST,
    T_FLITS,
    T_HOPS,
    T_ISSUER,
    T_KEY,
    T_LAST,
    T_LEAD,
    T_LINE,
    T_START,
    TIME_SHIFT,
    TRACED,
    Net,
    Word,
)  # fmt: skip

NO_TRANSFER = -1
DIRECT = -1
ORDER_BITS, ORDER_LIMIT = 20, 1 << 20
MIX = 0x9E3779B97F4A7C15 - (1 << 64)


@kernel
def match(m: Net, key: Word) -> Word:
    """The first line of the routing table that matches, or the last row, which stands for none. Keys are remembered."""
    slot = ((key * MIX) >> 40) & (m.memo_key.shape[0] - 1)
    if m.memo_key[slot] == key:
        return m.memo_line[slot]
    line, none = 0, m.lines.shape[0] - 1
    while line < none and (key & m.lines[line, LINE_MASK]) != m.lines[line, LINE_KEY]:
        line += 1
    m.memo_key[slot] = key
    m.memo_line[slot] = line
    return line


@kernel
def emit(m: Net, group: Word, first: Word, mark: Word, now: Word) -> None:
    """Entries of the outbox from `first` on: when each leaves, its order, its line, and what becomes due."""
    box, cores = m.outbox, m.group_cores[group]
    quanta = m.clock[CORE_Q]
    flags = TRACED if traced(m, mark) else 0
    due = 0
    for i in range(first, box.count[0]):
        core = cores[box.row[i]]
        c = m.core[core]
        if now > c[C_LAST_SEND]:
            c[C_NEXT_ORDER] = 0
            c[C_LAST_SEND] = now
        order = c[C_NEXT_ORDER]
        c[C_NEXT_ORDER] = order + 1
        sent = now + box.cycle[i] * quanta
        c[C_LAST_SEND] = max(c[C_LAST_SEND], sent)
        o = m.sends[i]
        o[O_SENT], o[O_SOURCE] = sent, (core << ORDER_BITS) | order
        o[O_MARK] = (mark << FLAG_BITS) | flags | (HAS_PAYLOAD if box.has_payload[i] else 0)
        transfer = box.transfer[i]
        if transfer == NO_TRANSFER:
            o[O_LINE] = match(m, box.key[i])
            due += m.lines[o[O_LINE], LINE_DUE]
        else:
            due += due_of_transfer(m, transfer, core)
        if order >= ORDER_LIMIT:
            fault(m, FAULT_ORDER, core, order)
        if sent - now >= SEND_LIMIT:
            fault(m, FAULT_TIME, core, sent)
    m.clock[NEW_DUE] += due


@kernel
def due_of_transfer(m: Net, number: Word, core: Word) -> Word:
    """Deliveries of a transfer; a fault when the plan has none of this number, or gives it to another core."""
    if number < 0 or number >= m.transfer_row.shape[0] or m.transfer_row[number] < 0:
        fault(m, FAULT_TRANSFER, core, number)
        return 0
    t = m.transfers[m.transfer_row[number]]
    if t[T_ISSUER] != core:
        fault(m, FAULT_ISSUER, core, number)
    return t[T_DUE]


@kernel
def fault(m: Net, what: Word, a: Word, b: Word) -> None:
    """Remember the first thing that is wrong."""
    if not m.clock[FAULT]:
        m.clock[FAULT] = what
        m.clock[FAULT_A] = a
        m.clock[FAULT_B] = b


@kernel
def launch(m: Net, until: Word) -> None:
    """Everything that leaves its PE before `until`, in order of (send time, core, order); the rest stays in the outbox."""
    box, clock = m.outbox, m.clock
    count = box.count[0]
    if not count:
        return
    now = clock[NOW]
    if clock[OPEN] == 0:
        clock[PACKETS] = 0
        clock[BASE] = now
    keys = m.send_key[:count]
    for i in range(count):
        core = m.sends[i, O_SOURCE] >> ORDER_BITS
        keys[i] = ((m.sends[i, O_SENT] - now) << SEND_SHIFT) | (core << SEND_CORE_SHIFT) | i
    sort_words(keys, count, m.scratch_send)
    gone = 0
    while gone < count and now + (keys[gone] >> SEND_SHIFT) < until:
        depart(m, keys[gone] & SEND_MASK)
        gone += 1
    left_over(m, gone, count)


@kernel
def depart(m: Net, i: Word) -> None:
    """Entry `i` of the outbox leaves its PE: count it, number it, queue it."""
    box, clock, o = m.outbox, m.clock, m.sends[i]
    index = clock[PACKETS]
    clock[PACKETS] = index + 1
    p = m.packets[index]
    sent = o[O_SENT]
    p[P_SENT], p[P_SOURCE], p[P_MARK], p[P_SEQ] = sent, o[O_SOURCE], o[O_MARK], clock[SEQ]
    clock[SEQ] += 1
    key = ((sent - clock[BASE]) << TIME_SHIFT) | (index << INDEX_SHIFT)
    if box.transfer[i] != NO_TRANSFER:
        depart_burst(m, index, i, key)
        return
    core, line, word = o[O_SOURCE] >> ORDER_BITS, o[O_LINE], box.key[i]
    p[P_KEY] = (box.payload[i] << 32) | word
    p[P_LINE], p[P_TRANSFER] = line, -1
    tally = m.tally[word >> 30]
    due = m.lines[line, LINE_DUE]
    tally[N_SENT] += 1
    tally[N_DUE] += due
    tally[N_HOPS] += m.core[core, C_IN_HOPS] + m.lines[line, LINE_HOPS]
    clock[OPEN] += due
    clock[NEW_DUE] -= due
    start = m.core[core, C_START]
    push(m.stage, m.held_key, m.held_load, m.route[start], key, (start << CURSOR_SHIFT) | 1)


@kernel
def depart_burst(m: Net, index: Word, i: Word, key: Word) -> None:
    """A DMA transfer: over the event router, or one slip per leg straight over the mesh."""
    p, row = m.packets[index], m.transfer_row[m.outbox.transfer[i]]
    t = m.transfers[row]
    p[P_KEY], p[P_LINE], p[P_TRANSFER], p[P_ARGUMENT] = t[T_KEY], t[T_LINE], row, m.outbox.argument[i]
    p[P_MARK] &= ~HAS_PAYLOAD
    tally = m.tally[DMA if t[T_LINE] == DIRECT else t[T_KEY] >> 30]
    tally[N_SENT] += 1
    tally[N_DUE] += t[T_DUE]
    tally[N_HOPS] += t[T_HOPS] * t[T_FLITS]
    m.clock[OPEN] += t[T_DUE]
    m.clock[NEW_DUE] -= t[T_DUE]
    key += t[T_LEAD] << TIME_SHIFT
    load = BURST_BIT | t[T_FLITS]
    if t[T_LINE] != DIRECT:
        m.clock[BURSTS] += 1
        start = t[T_START]
        push(m.stage, m.held_key, m.held_load, m.route[start], key, load | (start << CURSOR_SHIFT))
        return
    m.clock[BURSTS] += t[T_LAST] - t[T_FIRST]
    for leg in range(t[T_FIRST], t[T_LAST]):
        start = m.legs[leg, LEG_START]
        push(
            m.stage, m.held_key, m.held_load, m.route[start], key | m.legs[leg, LEG_QUAD],
            load | (leg << LEG_SHIFT) | (start << CURSOR_SHIFT),
        )  # fmt: skip


@kernel
def left_over(m: Net, gone: Word, count: Word) -> None:
    """What leaves later moves to the front of the outbox, in its order."""
    box, left = m.outbox, count - gone
    box.count[0] = left
    if not left:
        return
    places = m.send_key[gone:count]
    for i in range(left):
        places[i] &= SEND_MASK
    sort_words(places, left, m.scratch_send)
    for i in range(left):
        at = places[i]
        for column in range(m.sends.shape[1]):
            m.sends[i, column] = m.sends[at, column]
        box.row[i], box.key[i], box.payload[i], box.has_payload[i] = (
            box.row[at],
            box.key[at],
            box.payload[at],
            box.has_payload[at],
        )
        box.cycle[i], box.transfer[i], box.argument[i] = box.cycle[at], box.transfer[at], box.argument[at]
