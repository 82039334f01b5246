"""What the engine does around a program's step: network up to now, inbox, judgement, sleep; it never knows which program."""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.accounting import (
    EARLY,
    KEY_MASK,
    LATE,
    ON_TIME,
    UNMATCHED,
    note,
    record_wake,
    settle,
    watched,
)
from spinn2sim.hardware.engines.compiled.delivery import FIFO_LEG_BITS, clear_held, complete, fold
from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.network_pass import sweep
from spinn2sim.hardware.engines.compiled.send import emit, launch
from spinn2sim.hardware.engines.compiled.state import (
    BASE,
    C_BUSY,
    C_BUSY_UNTIL,
    C_GROUP,
    C_HEAD,
    C_LOST,
    C_OVERRUNS,
    C_PENDING,
    C_ROW,
    C_TAIL,
    C_WAKES,
    CORE_Q,
    F_LOST_TICKS,
    F_OVERRUNS,
    FAULT,
    FLAG_BITS,
    FOREVER,
    GO,
    K_FIRST,
    K_LAST,
    K_PERIOD,
    LAST,
    LATE_PES,
    LEG_MASK,
    MARK,
    NEW_DUE,
    NO_ROOM,
    NOW,
    OPEN,
    P_KEY,
    P_MARK,
    PACKETS,
    ROWS,
    ROWS_FULL,
    TICK,
    TICK_ROWS,
    TIME_LIMIT,
    TIMER,
    WAKE_SENDS,
    WRONG,
    Net,
    Word,
)  # fmt: skip

NO_TICK = -1


@kernel
def advance(m: Net, until: Word) -> Word:
    """All that happens in the network before the wakes of instant `until`. Returns GO, or why it cannot; then nothing was done."""
    clock = m.clock
    if clock[FAULT]:
        return WRONG
    count = m.outbox.count[0]
    opened = clock[OPEN] + clock[NEW_DUE]
    used = clock[PACKETS] if clock[OPEN] else 0
    if m.rows.shape[0] and clock[ROWS] + opened > m.rows.shape[0]:
        return ROWS_FULL
    if m.tick_rows.shape[0] and clock[TICK_ROWS] + 2 * m.core.shape[0] > m.tick_rows.shape[0]:
        return ROWS_FULL  # a PE can wake twice in an instant
    if (
        opened > m.held_key.shape[1]
        or used + count > m.packets.shape[0]
        or count + clock[WAKE_SENDS] > m.sends.shape[0]
    ):
        return NO_ROOM
    if clock[OPEN] and clock[NOW] - clock[BASE] > TIME_LIMIT // 2:
        return NO_ROOM
    launch(m, until)
    if clock[OPEN]:
        sweep(m, until)
        complete(m, until)
    return WRONG if clock[FAULT] else GO


@kernel
def fill(m: Net, group: Word, first: Word, last: Word, now: Word) -> Word:
    """Show rows [first, last) what their FIFOs hold. Returns how many packets."""
    box, cores, count = m.inbox, m.group_cores[group], 0
    for row in range(first, last):
        core = cores[row]
        box.first[row] = count
        if m.core[core, C_TAIL]:
            held = fold(m, core, now)
            head = m.core[core, C_HEAD]
            for at in range(head, head + held):
                word = m.packets[m.fifo_load[core, at] >> FIFO_LEG_BITS, P_KEY]
                box.key[count] = word & KEY_MASK
                box.payload[count] = word >> 32
                box.matched[count] = 1
                count += 1
        box.last[row] = count
    m.cycles[first:last] = 0
    return count


@kernel
def after(m: Net, group: Word, first: Word, last: Word, begun: Word, packets: Word, mark: Word, now: Word) -> None:
    """After the step: judge what was taken, sleep again when the busy cycles are over, send entries from `begun` on."""
    cores, quanta = m.group_cores[group], m.clock[CORE_Q]
    if packets:
        for row in range(first, last):
            if m.inbox.first[row] < m.inbox.last[row]:
                judge(m, cores[row], m.inbox.first[row], m.inbox.last[row], mark, now)
    for row in range(first, last):
        c = m.core[cores[row]]
        c[C_BUSY] += m.cycles[row]
        c[C_WAKES] += 1
        c[C_BUSY_UNTIL] = now + m.cycles[row] * quanta
    if watched(m, mark):
        for row in range(first, last):
            record_wake(m, cores[row], mark, now, m.inbox.last[row] - m.inbox.first[row], m.cycles[row])
    if m.outbox.count[0] > begun:
        emit(m, group, begun, mark, now)


@kernel
def judge(m: Net, core: Word, first: Word, last: Word, mark: Word, now: Word) -> None:
    """A packet is due in the tick after its sender's. Unmatched is said only of one that came in time."""
    head = m.core[core, C_HEAD] - first
    for at in range(first, last):
        what = m.fifo_load[core, head + at]
        index = what >> FIFO_LEG_BITS
        ahead = (m.packets[index, P_MARK] >> FLAG_BITS) + 1 - mark
        if ahead == 0:
            outcome = ON_TIME if m.inbox.matched[at] else UNMATCHED
        else:
            outcome = EARLY if ahead > 0 else LATE
        settle(m, index, what & LEG_MASK, core, m.fifo_time[core, head + at], outcome, now)
    clear_held(m, core)


@kernel
def all_free(m: Net, group: Word, now: Word) -> bool:
    """Whether every PE of a group sleeps."""
    cores, busy = m.group_cores[group], 0
    for row in range(m.group_rows[group]):
        busy += m.core[cores[row], C_BUSY_UNTIL] > now
    return busy == 0


@kernel
def interrupt(m: Net, core: Word, mark: Word, now: Word) -> bool:
    """The timer's interrupt at a PE: whether it wakes at once. A busy one keeps one tick for later, a further one is lost."""
    c = m.core[core]
    if c[C_PENDING] != NO_TICK:
        c[C_LOST] += 1
        note(m, F_LOST_TICKS, now, 0, 0, core, mark, -1)
        return False
    if c[C_BUSY_UNTIL] <= now:
        return True
    c[C_PENDING] = mark
    m.clock[LATE_PES] += 1
    c[C_OVERRUNS] += 1
    note(m, F_OVERRUNS, now, 0, 0, core, mark, -1)
    return False


@kernel
def next_late(m: Net) -> Word:
    """When the next PE that was late for its tick is free; FOREVER if there is none."""
    when = FOREVER
    if m.clock[LATE_PES]:
        for core in range(m.core.shape[0]):
            if m.core[core, C_PENDING] != NO_TICK:
                when = min(when, m.core[core, C_BUSY_UNTIL])
    return when


@kernel
def late_wakes(m: Net, now: Word) -> Word:
    """Fill `wakes` with the PEs whose waiting tick begins now. Returns how many."""
    count = 0
    m.clock[LAST] = max(m.clock[LAST], now)
    for core in range(m.core.shape[0]):
        c = m.core[core]
        if c[C_PENDING] != NO_TICK and c[C_BUSY_UNTIL] == now:
            add_wake(m, count, c[C_GROUP], c[C_ROW], c[C_ROW] + 1, c[C_PENDING])
            c[C_PENDING] = NO_TICK
            m.clock[LATE_PES] -= 1
            count += 1
    return count


@kernel
def add_wake(m: Net, at: Word, group: Word, first: Word, last: Word, mark: Word) -> None:
    """Row `at` of `wakes`."""
    m.wakes[at, 0], m.wakes[at, 1], m.wakes[at, 2], m.wakes[at, 3] = group, first, last, mark


@kernel
def strike(m: Net, now: Word) -> Word:
    """The timer's interrupt: fill `wakes` with stretches of rows of PEs that sleep. Returns how many."""
    clock, count = m.clock, 0
    row, mark = m.ticks[clock[TICK]], clock[MARK]
    clock[TICK] += 1
    clock[MARK] += 1
    clock[TIMER] = now + row[K_PERIOD]
    for at in range(row[K_FIRST], row[K_LAST]):
        group = m.tick_groups[at]
        first, rows = 0, m.group_rows[group]
        if not all_free(m, group, now):
            for one in range(rows):
                if not interrupt(m, m.group_cores[group, one], mark, now):
                    if first < one:
                        add_wake(m, count, group, first, one, mark)
                        count += 1
                    first = one + 1
        if first < rows:
            add_wake(m, count, group, first, rows, mark)
            count += 1
    return count
