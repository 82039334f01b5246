"""What became of each delivery, in arrays: counts, first losses, trace rows; it never changes what becomes of it."""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.state import (
    C_IN_HOPS,
    CORE_Q,
    DMA,
    F_BATCH,
    F_CORE,
    F_KEY,
    F_NOW,
    F_SEEN,
    F_SENT,
    F_SOURCE,
    F_TRACE,
    FIRST_QUANTA,
    FIRST_TICKS,
    FLAG_BITS,
    HAS_PAYLOAD,
    K_OFFSET,
    K_PERIOD,
    K_PHASE,
    K_STEP,
    K_TRACE,
    LATER_AT,
    LATER_QUANTA,
    LATER_TICKS,
    LEG_HOPS,
    LEG_SLOWEST,
    LEG_UNLOADED,
    N_OUTCOME,
    N_OUTCOMES,
    OPEN,
    P_KEY,
    P_LINE,
    P_MARK,
    P_SENT,
    P_SEQ,
    P_SOURCE,
    P_TRANSFER,
    ROWS,
    START,
    T_BYTES,
    T_COPY,
    T_FLITS,
    T_IN_HOPS,
    TICK_ROWS,
    TRACED,
    Net,
    Word,
)  # fmt: skip

ON_TIME, LATE, EARLY, DROPPED, NO_ROUTE, UNMATCHED = range(6)
NO_LEG = -1
KEY_MASK = (1 << 32) - 1
COPY_OF_KEY, IS_DMA = -2, 2
HOP_Q, PIPELINE_Q = 200, 120


@kernel
def batch_of(m: Net, mark: Word) -> Word:
    """The batch of the tick with number `mark`."""
    first = m.clock[FIRST_TICKS]
    return 0 if mark < first else 1 + (mark - first) // m.clock[LATER_TICKS]


@kernel
def tick_of(m: Net, mark: Word) -> Word:
    """The row of `ticks` of the tick with number `mark`."""
    first = m.clock[FIRST_TICKS]
    return mark if mark < first else m.clock[LATER_AT] + (mark - first) % m.clock[LATER_TICKS]


@kernel
def traced(m: Net, mark: Word) -> Word:
    """Whether packets sent in the tick `mark` are traced. A PE that was busy may wake for a tick of any earlier batch."""
    return m.traced[batch_of(m, mark), 0]


@kernel
def watched(m: Net, mark: Word) -> Word:
    """Whether wakes for the tick `mark` are traced."""
    return m.traced[batch_of(m, mark), 1]


@kernel
def record_wake(m: Net, core: Word, mark: Word, now: Word, packets: Word, cycles: Word) -> None:
    """Append a row of the ticks table."""
    tick = m.ticks[tick_of(m, mark)]
    at = m.clock[TICK_ROWS]
    m.clock[TICK_ROWS] = at + 1
    row = m.tick_rows[at]
    row.batch = batch_of(m, mark)
    row.phase = tick[K_PHASE]
    row.tick = tick[K_TRACE]
    row.pe = core
    row.due_q = due_of(m, mark) - tick[K_PERIOD]
    row.woke_q = now
    row.time_done = now + cycles * m.clock[CORE_Q]
    row.n_packets = packets
    row.busy_cycles = cycles


@kernel
def due_of(m: Net, mark: Word) -> Word:
    """The nominal instant of the tick after `mark`."""
    batch = batch_of(m, mark)
    start = m.clock[START]
    if batch:
        start += m.clock[FIRST_QUANTA] + (batch - 1) * m.clock[LATER_QUANTA]
    row = m.ticks[tick_of(m, mark)]
    return start + row[K_OFFSET] + row[K_PERIOD]


@kernel
def note(m: Net, what: Word, now: Word, sent: Word, source: Word, core: Word, mark: Word, key: Word) -> None:
    """Keep the first loss of its sort, by (instant, rank, core); rank is (send time, core and order of the sender)."""
    f = m.firsts[what]
    if f[F_SEEN]:
        if now != f[F_NOW]:
            if now > f[F_NOW]:
                return
        elif sent != f[F_SENT]:
            if sent > f[F_SENT]:
                return
        elif source != f[F_SOURCE]:
            if source > f[F_SOURCE]:
                return
        elif core >= f[F_CORE]:
            return
    f[F_SEEN], f[F_NOW], f[F_SENT], f[F_SOURCE], f[F_CORE] = 1, now, sent, source, core
    f[F_BATCH], f[F_TRACE], f[F_KEY] = batch_of(m, mark), m.ticks[tick_of(m, mark), K_TRACE], key


@kernel
def settle(m: Net, index: Word, leg: Word, core: Word, delivered: Word, outcome: Word, now: Word) -> None:
    """One delivery to `core` has its outcome, known at `now`."""
    p = m.packets[index]
    transfer = p[P_TRANSFER]
    key = p[P_KEY] & KEY_MASK
    kind = key >> 30
    m.clock[OPEN] -= 1
    if transfer >= 0:
        if p[P_LINE] < 0:
            kind = DMA
        m.tally_dma[0, outcome] += 1
        m.tally_dma[1, outcome] += m.transfers[transfer, T_BYTES]
    m.tally[kind, N_OUTCOME + outcome] += 1
    if outcome != ON_TIME:
        note(m, kind * N_OUTCOMES + outcome, now, p[P_SENT], p[P_SOURCE], core, p[P_MARK] >> FLAG_BITS, key)
    if p[P_MARK] & TRACED:
        record(m, index, leg, core, delivered, outcome)


@kernel
def record(m: Net, index: Word, leg: Word, core: Word, delivered: Word, outcome: Word) -> None:
    """Append a trace row."""
    p = m.packets[index]
    mark, transfer, source = p[P_MARK] >> FLAG_BITS, p[P_TRANSFER], p[P_SOURCE] >> 20
    tick = m.ticks[tick_of(m, mark)]
    hops, unloaded = 0, 0
    if p[P_LINE] >= 0:
        hops = m.core[source, C_IN_HOPS] if transfer < 0 else m.transfers[transfer, T_IN_HOPS]
        unloaded = hops * HOP_Q + PIPELINE_Q
    if leg != NO_LEG:
        hops += m.legs[leg, LEG_HOPS]
        unloaded += m.legs[leg, LEG_UNLOADED]
        if transfer >= 0:
            unloaded += (m.transfers[transfer, T_FLITS] - 1) * m.legs[leg, LEG_SLOWEST]
    at = m.clock[ROWS]
    m.clock[ROWS] = at + 1
    row = m.rows[at]
    row.seq = p[P_SEQ]
    row.key = p[P_KEY] & KEY_MASK
    row.payload = p[P_KEY] >> 32
    row.flags = (p[P_MARK] & HAS_PAYLOAD) | (IS_DMA if transfer >= 0 else 0)
    row.bytes = m.transfers[transfer, T_BYTES] if transfer >= 0 else 0
    row.src_pe = source
    row.dst_pe = core
    row.batch = batch_of(m, mark)
    row.copy = m.transfers[transfer, T_COPY] if transfer >= 0 else COPY_OF_KEY
    row.phase = tick[K_PHASE]
    row.tick = tick[K_TRACE]
    row.step = tick[K_STEP]
    row.sent_q = p[P_SENT]
    row.delivered_q = delivered
    row.queued_q = delivered - p[P_SENT] - unloaded
    row.hops = hops
    row.outcome = outcome
