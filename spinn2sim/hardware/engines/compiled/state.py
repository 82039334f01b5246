"""Names of columns and the structure of arrays that the compiled engine works on; it never computes.

Every table is int64, one row of 8 words (a cache line) per thing. A *slip* stands for a flight on its way: `key` says when its head
arrives (relative to clock[BASE]) and breaks ties, `load` says what it is.

    key   time << 26 | packet index << 6 | quad rank      packet indices rise with (send time, core, order)
    load  is a burst << 60 | leg << 40 | cursor in `route` << 24 | flits
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.program import Inbox, Outbox

Words = NDArray[np.int64]
Word = Any  # inside a kernel an int64, outside any integer

TIME_SHIFT, INDEX_SHIFT, INDEX_MASK, QUAD_MASK = 26, 6, (1 << 20) - 1, (1 << 6) - 1
BURST_BIT, LEG_SHIFT, LEG_MASK, CURSOR_SHIFT, CURSOR_MASK = 1 << 60, 40, (1 << 20) - 1, 24, (1 << 16) - 1
FLITS_MASK = (1 << 24) - 1
TIME_LIMIT = 1 << 36  # quanta that a slip may lie after BASE, about 5.7 s
SEND_SHIFT, SEND_CORE_SHIFT, SEND_MASK, SEND_LIMIT = 28, 20, (1 << 20) - 1, 1 << 34
FOREVER = 1 << 62
END = -1  # after the last channel of a way
PORT, BEYOND = 1, 2  # of the event router's tree: its first channels, and all further ones

# stage: channels, and the event router as one more
FREE, FLITS, LONGEST, COUNT, DIRTY, SERVICE, WAIT_FIRST, WAIT_LAST = range(8)
# leg: `hops` and `unloaded` from the sender for direct legs, from the router for multicast ones
LEG_START, LEG_QUAD, LEG_FIRST, LEG_LAST, LEG_HOPS, LEG_UNLOADED, LEG_SLOWEST, LEG_JUMPED = range(8)
# line of the routing table; the last row stands for "no line matches"
LINE_FIRST, LINE_LAST, LINE_HOPS, LINE_DUE, LINE_KEY, LINE_MASK, LINE_HITS = range(7)
# transfer
T_FIRST, T_LAST, T_HOPS, T_DUE, T_LEAD, T_FLITS, T_BYTES, T_COPY = range(8)
T_KEY, T_ISSUER, T_SOURCE, T_LINE, T_START, T_IN_HOPS = range(8, 14)  # T_LINE is -1 for direct transfers
# strip: what one transfer moves to one core
S_FROM, S_FROM_DRAM, S_FROM_SKIP, S_TO, S_TO_DRAM, S_TO_SKIP, S_BYTES = range(7)
# array in DRAM
D_ADDRESS, D_STRIDE, D_ROWS = range(3)
# packet
P_SENT, P_SOURCE, P_KEY, P_MARK, P_SEQ, P_LINE, P_TRANSFER, P_ARGUMENT = range(8)
HAS_PAYLOAD, TRACED, FLAG_BITS = 1, 2, 4
# core
C_HEAD, C_HELD, C_TAIL, C_HIGH, C_BUSY_UNTIL, C_PENDING, C_LAST_SEND, C_NEXT_ORDER = range(8)
C_BUSY, C_WAKES, C_OVERRUNS, C_LOST, C_GROUP, C_ROW, C_START, C_IN_HOPS = range(8, 16)
# what is sent in a tick, beside the outbox
O_SENT, O_SOURCE, O_MARK, O_LINE = range(4)
# tick of a batch: row of `ticks`
K_PHASE, K_STEP, K_TRACE, K_PERIOD, K_OFFSET, K_FIRST, K_LAST = range(7)
# count by class: column of `tally`; outcomes follow
N_SENT, N_HOPS, N_DUE, N_OUTCOME = range(4)
# first loss of a sort
F_SEEN, F_NOW, F_SENT, F_SOURCE, F_CORE, F_BATCH, F_TRACE, F_KEY = range(8)
N_CLASSES, N_OUTCOMES, DMA = 5, 6, 4
F_OVERRUNS, F_LOST_TICKS = N_CLASSES * N_OUTCOMES, N_CLASSES * N_OUTCOMES + 1

# clock: single numbers of a part
(
    NOW, BASE, TIMER, START, BATCH, BATCH_LAST, TICK, TICK_END, MARK, FIRST_TICKS, FIRST_QUANTA, LATER_TICKS, LATER_QUANTA, LATER_AT,
    SEQ, OPEN, NEW_DUE, PACKETS, FINISHING, ROWS, LATE_PES, LAST, ACCEPTED, ENGINE_0, ENGINE_1, ENGINE_2, CORE_Q, FIFO_CAPACITY,
    POLICY, ROUTER, FAULT, FAULT_A, FAULT_B, EJECT_FIRST, EJECT_LAST, WAKE_SENDS, JUMPS, BURSTS, BURST_FREE, HELD_OUT,
    TICK_ROWS, CLOCKS,
) = range(42)  # fmt: skip
POLICIES = ("drop", "overwrite", "stall")
P_DROP, P_OVERWRITE, P_STALL = range(3)

# why `play` came back
GO, BATCH_OVER, QUIET, NO_ROOM, ROWS_FULL, WRONG = range(6)
# what is wrong
(
    FAULT_ISSUER, FAULT_TRANSFER, FAULT_ROW, FAULT_ARRAY, FAULT_ORDER, FAULT_TIME,
) = range(1, 7)  # fmt: skip


class Net(NamedTuple):
    """Everything but the programs. [...] are rows; `capacity` is the most deliveries that can be open at once."""

    clock: Words  # [CLOCKS]
    order: Words  # [stages]: topological
    route: Words  # stages of all ways, each closed by the router or END
    stage: Words  # [stages, 8]
    outward: Words  # [stages]: PORT, BEYOND or 0
    held_key: Words  # [stages, capacity]: slips that arrive there
    held_load: Words
    begun: Words  # [stages, 2 capacity]: starts of those that had to wait and may be waiting still
    scratch_key: Words  # [capacity]
    scratch_load: Words
    legs: Words  # [legs, 8]
    members: Words  # cores of legs
    lines: Words  # [lines + 1, 8]
    memo_key: Words  # [2^n]: keys looked up before, and their lines
    memo_line: Words
    transfers: Words  # [transfers, 16]
    transfer_row: Words  # by number; -1 where there is none
    strip_first: NDArray[np.int32]  # [transfers, cores + 1]: strips of one core, -1 where none
    strip_count: NDArray[np.int32]
    strips: Words  # [strips, 8]
    dram: Words  # [arrays, 4]
    packets: Words  # [packets, 8]
    core: Words  # [cores, 16]
    fifo_time: (
        Words  # [cores, capacity]: deliveries by arrival; the first C_HELD are in the FIFO, the others on the way
    )
    fifo_load: Words  # packet index << 20 | leg
    finish_key: Words  # [capacity]: bursts that are complete, by time and rank
    finish_load: Words
    outbox: Outbox
    sends: Words  # [outbox, 4]
    send_key: Words  # [outbox]
    scratch_send: Words  # [outbox]
    inbox: Inbox
    cycles: Words  # [rows of the largest group]
    group_cores: Words  # [groups, rows of the largest]
    group_rows: Words  # [groups]
    traced: NDArray[np.uint8]  # [batches of the part, 2]: whether packets and wakes of a batch are traced
    ticks: Words  # [ticks of a first and of a later batch, 8]
    tick_groups: Words
    wakes: Words  # [cores, 4]: group, first row, last row, number of the tick
    tally: Words  # [classes, 3 + outcomes]
    tally_dma: Words  # [2, outcomes]: transfers, bytes
    firsts: Words  # [sorts of loss, 8]
    tick_rows: NDArray[Any]  # of rows.TICK_TYPE
    rows: NDArray[Any]  # of rows.ROW_TYPE
