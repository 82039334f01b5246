"""The arrays that the compiled engine works on, and the names of their columns.

A table of integers has one row of int64 words per thing; rows that kernels often read are one or two cache lines long (8 or 16 words). The
names below are column numbers, and a name begins with its table: `state.core[5, at.CORE_WAKES]` is how often core 5 woke. numba compiles
such a name as a constant.

A packet on its way is one or more *packet copies*: one until the event router replicates it, then one per destination quad. A copy that
is queued at a channel is two words, which lie at the same place in `arrival_key` and `copy_word`:

    arrival_key   arrival of its head << 26 | packet index << 6 | destination quad
    copy_word     1 << 60 if it is a DMA burst | segment << 40 | cursor << 24 | flits

The arrival counts in quanta from register BASE. Packet indices rise with (send time, core, order in the outbox), so sorting a queue by
`arrival_key` applies the tie rule as well. The cursor is a position in `routes`: where the copy is on its route.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.facts import ROUTER_ENGINES
from spinn2sim.hardware.network import packet_copy
from spinn2sim.hardware.packet import LONG_PAYLOAD, PAYLOAD, Outcome
from spinn2sim.hardware.program import Inbox, Outbox

Words = NDArray[np.int64]
CACHE_LINE = 64  # bytes
Bytes = NDArray[np.uint8]
Word = Any  # inside a kernel an int64, outside any integer

# Fields of an arrival key and of a copy word.
TIME_SHIFT, INDEX_SHIFT, INDEX_MASK, QUAD_MASK = 26, 6, (1 << 20) - 1, (1 << 6) - 1
BURST_BIT, SEGMENT_SHIFT, SEGMENT_MASK, CURSOR_SHIFT, CURSOR_MASK = 1 << 60, 40, (1 << 20) - 1, 24, (1 << 16) - 1
FLITS_MASK = (1 << 24) - 1
# The most quanta that a packet copy may lie after BASE: about 5.7 s.
TIME_LIMIT = 1 << 36
FOREVER = 1 << 62
# An entry of a receive FIFO: when it came, and packet index << 20 | segment.
FIFO_TIME, FIFO_WORD = range(2)
FIFO_SEGMENT_BITS = 20
# The sender of a packet is core << 20 | order: how many packets the core has sent in this wake before it.
ORDER_BITS, ORDER_LIMIT = packet_copy.ORDER_BITS, packet_copy.ORDER_LIMIT
# The sort key of an outbox entry is send time << 28 | core << 20 | entry.
ORDERED_TIME_SHIFT, ORDERED_CORE_SHIFT, ORDERED_ENTRY_MASK = 28, 20, (1 << 20) - 1
# The most quanta that a send may lie after its wake: about 1.4 s.
SEND_DELAY_LIMIT = 1 << 34

# The word in `routes` that follows the last channel of a route that does not end at the event router.
END_OF_ROUTE = -1
# Channels of the tree that leaves the event router: the first one of each branch, and all channels behind those.
ROUTER_PORT, BELOW_PORT = 1, 2

# A stage: a channel, or the event router, which is the last stage.
(
    STAGE_FREE_AT,
    STAGE_FLITS,
    STAGE_LONGEST,
    STAGE_QUEUED,
    STAGE_UNSORTED,
    STAGE_SERVICE,
    STAGE_WAIT_FIRST,
    STAGE_WAIT_LAST,
) = range(8)
# A segment of a path: what leads to one destination quad. HOPS and UNLOADED count from the sender for direct transfers, otherwise from the
# event router. Its cores are [FIRST, LAST) of `segment_cores`.
SEGMENT_START, SEGMENT_QUAD, SEGMENT_FIRST, SEGMENT_LAST = range(4)
SEGMENT_HOPS, SEGMENT_UNLOADED, SEGMENT_SLOWEST, SEGMENT_BYPASS_FLITS = range(4, 8)
# A line of the routing table with its segments [FIRST, LAST), of which LINKS lead to links. Behind the table's lines come those by which
# packets that no line matches leave straight on, one for each link by which they came; the last row stands for "no line matches".
LINE_FIRST, LINE_LAST, LINE_HOPS, LINE_DUE, LINE_KEY, LINE_MASK, LINE_HITS, LINE_LINKS = range(8)
LINE_BITS = 24
# A DMA transfer of the plan with its segments [FIRST, LAST); LINE is DIRECT if it does not pass the event router.
TRANSFER_FIRST, TRANSFER_LAST, TRANSFER_HOPS, TRANSFER_DUE, TRANSFER_LEAD, TRANSFER_FLITS, TRANSFER_BYTES = range(7)
TRANSFER_COPY, TRANSFER_KEY, TRANSFER_ISSUER, TRANSFER_SOURCE, TRANSFER_LINE = range(7, 12)
TRANSFER_TO_ROUTER, TRANSFER_TO_ROUTER_HOPS = 12, 13
DIRECT = -1
# A copy entry of a DMA transfer. FROM and TO are addresses in SRAM; an end in DRAM has an array's number and an offset into its row.
DMA_FROM, DMA_FROM_DRAM, DMA_FROM_OFFSET, DMA_TO, DMA_TO_DRAM, DMA_TO_OFFSET, DMA_BYTES = range(7)
# An array in DRAM.
DRAM_ADDRESS, DRAM_STRIDE, DRAM_ROWS = range(3)
# A packet. TICK is tick number << FLAG_BITS | flags; KEY holds the payload in its upper half; ARGUMENT is that of a transfer, or the links
# that a packet has passed, or, where things break, its injection.
PACKET_SENT, PACKET_SOURCE, PACKET_KEY, PACKET_TICK, PACKET_SEQ, PACKET_LINE, PACKET_TRANSFER, PACKET_ARGUMENT = range(
    8
)
# A packet has no payload, one of 32 bits (HAS_PAYLOAD), or two words in row PACKET of `long` (LONG).
HAS_PAYLOAD, TRACED, LONG, FLAG_BITS = PAYLOAD, 2, LONG_PAYLOAD, 4
KEY_MASK = (1 << 32) - 1
# A core with its receive FIFO, and the route from it to the event router.
CORE_HEAD, CORE_HELD, CORE_TAIL, CORE_HIGH_WATER, CORE_BUSY_UNTIL, CORE_PENDING, CORE_LAST_SEND, CORE_NEXT_ORDER = (
    range(8)
)
CORE_BUSY, CORE_WAKES, CORE_OVERRUNS, CORE_LOST_TICKS, CORE_GROUP, CORE_ROW = range(8, 14)
CORE_TO_ROUTER, CORE_TO_ROUTER_HOPS = 14, 15
# In CORE_PENDING: no tick waits for the PE.
NO_TICK = -1
# An entry of the outbox: what the engine adds to what the program wrote.
SEND_TIME, SEND_SOURCE, SEND_TICK, SEND_LINE = range(4)
# A tick of a batch, which wakes the groups [FIRST, LAST) of `tick_groups`. OFFSET counts from the start of the batch. CROSSES: whether
# packets that are sent in it may leave over a link.
TICK_PHASE, TICK_STEP, TICK_TRACE_NUMBER, TICK_PERIOD, TICK_OFFSET, TICK_FIRST, TICK_LAST, TICK_CROSSES = range(8)
# A range of PEs that wake together: rows [FIRST, LAST) of a group, for the tick with number TICK.
WAKE_GROUP, WAKE_FIRST, WAKE_LAST, WAKE_TICK = range(4)
# What is traced of a batch.
TRACED_PACKETS, TRACED_WAKES = range(2)
# The counts of each class of packets; from TALLY_OUTCOME on, one column per outcome.
TALLY_SENT, TALLY_HOPS, TALLY_DUE, TALLY_OUTCOME = range(4)
# The first loss of each kind. The rows are class * N_OUTCOMES + outcome, then the two below.
LOSS_SEEN, LOSS_TIME, LOSS_SENT, LOSS_SOURCE, LOSS_CORE, LOSS_BATCH, LOSS_TRACE_NUMBER, LOSS_KEY = range(8)
N_CLASSES, N_OUTCOMES, DMA_CLASS = 5, 6, 4
OVERRUN_ROW, LOST_TICK_ROW = N_CLASSES * N_OUTCOMES, N_CLASSES * N_OUTCOMES + 1
ON_TIME, LATE, EARLY, DROPPED, NO_ROUTE, UNMATCHED = (int(outcome) for outcome in Outcome)

# Registers. Times, in quanta: of the last wakes; the zero of arrival times; of the next timer interrupt (FOREVER when the timer has
# stopped); of the start of the part; of the last event.
NOW, BASE, NEXT_INTERRUPT, PART_START, LAST_EVENT = range(5)
# The schedule: the batch that is played and the last one to play; the row of `ticks` that is next and the one after the batch's last; the
# number of the next tick, counted over the part; ticks and quanta of the first batch and of each later one; the first row of a later one.
BATCH, BATCH_LAST, SCHEDULE_ROW, SCHEDULE_END, TICK_NUMBER = range(5, 10)
FIRST_TICKS, FIRST_QUANTA, LATER_TICKS, LATER_QUANTA, LATER_ROW = range(10, 15)
# Counts: the sequence number of the next packet; deliveries without an outcome, of packets that have left their PE and in the outbox; used
# rows of `packets`, of the burst queue and of both trace tables; PEs that are late for a tick; packets that the event router accepted.
NEXT_SEQ, OPEN_DELIVERIES, UNSENT_DELIVERIES, PACKETS_USED, BURSTS_ENDING = range(15, 20)
TRACE_ROWS, WAKE_ROWS, LATE_PES, ROUTER_ACCEPTED = range(20, 24)
# The chip: quanta of a core cycle; the receive FIFOs; the router's stage; the ejection channels, which are consecutive stages; the most
# outbox entries of one instant.
CYCLE_Q, FIFO_CAPACITY, FIFO_POLICY, ROUTER_STAGE, EJECT_FIRST, EJECT_LAST, SENDS_PER_INSTANT = range(24, 31)
# What the bypass of the router's tree depends on (router_pass.tree_is_clear): whether the FIFO policy allows it; bursts in the network;
# when the last channel held by a burst becomes free; packet copies queued below the ports.
BYPASS_ALLOWED, BURSTS_UNDER_WAY, BURST_FREE_AT, QUEUED_BELOW_PORTS = range(31, 35)
# The first fault (FAULT_... below), and two numbers about it.
FAULT, FAULT_A, FAULT_B = range(35, 38)
# When each engine of the event router is free, in that order.
ENGINES_FIRST, ENGINES_LAST = 38, 38 + ROUTER_ENGINES
# Whether anything breaks, the stream and the thresholds of draws, how often a delivery comes at most, and rows of injections; the next tick
# with an action; whether lines of the table have changed, whether channels are down, how many PEs drift, how many ticks the part has.
BREAKS, FAULT_STREAM, DROP_BELOW, DOUBLE_BELOW, KEY_FLIP_BELOW, PAYLOAD_FLIP_BELOW, TIMES_DELIVERED, INJECTIONS = range(
    ENGINES_LAST, ENGINES_LAST + 8
)
NEXT_ACTION, LINES_FLIPPED, CHANNELS_DOWN, DRIFTING, PART_TICKS = range(ENGINES_LAST + 8, ENGINES_LAST + 13)
# Of a chip on a board: the end of the window (FOREVER: there is none); deliveries to links without an outcome; the first of the links'
# stages; how many packets may wait for a link; quanta from the end of a link's service to the arrival; the line of what came over link 0
# and matches none, or NO_LINE on a chip without links; the most links that a packet may pass; for each link, packets that have left by it
# since the last exchange, and the first and last of those that came by it and are not in the event router yet.
WINDOW_END, LINK_OPEN, LINK_STAGE, LINK_ROOM, LINK_LATENCY, DEFAULT_LINE, MOST_PASSED = range(
    ENGINES_LAST + 13, ENGINES_LAST + 20
)
LEFT_BY_LINK = ENGINES_LAST + 20
IN_FIRST, IN_LAST = LEFT_BY_LINK + N_LINKS, LEFT_BY_LINK + 2 * N_LINKS
# The outbox, as far as it is sorted: how many entries, how many of them have left, and the zero of the times in their keys.
SENDS_SORTED, SENDS_GONE, SENDS_ZERO = range(LEFT_BY_LINK + 3 * N_LINKS, LEFT_BY_LINK + 3 * N_LINKS + 3)
# How many packet copies the last pass left in queues.
QUEUED = SENDS_ZERO + 1
# How many packets come in at the network (`way_in`), and how long each channel to the event router holds one, if these are a tree of equal
# channels (RouteTables.way_in_service); 0 otherwise; until when a packet may have to wait there for one that has passed only some of its
# channels, or that was queued.
COMING_IN, WAY_IN_SERVICE, WAY_IN_HELD_UNTIL = range(QUEUED + 1, QUEUED + 4)
# The largest payload that the plan has: HAS_PAYLOAD or LONG. For how many quanta a long packet holds a link, and how many of them each link
# has served.
LARGEST_PAYLOAD, LINK_LONG_SERVICE, LONG_BY_LINK = range(WAY_IN_HELD_UNTIL + 1, WAY_IN_HELD_UNTIL + 4)
# The number of the tick in which the packet of the last row of the trace was sent; deliveries to links of packets that are in the network.
RECORDED_TICK = LONG_BY_LINK + N_LINKS
LINK_NEAR = RECORDED_TICK + 1
N_REGISTERS = LINK_NEAR + 1

# In DEFAULT_LINE: the chip is on no board.
NO_LINE = -1
# A packet that crosses a link. TIME is its arrival at the neighbour's event router; KEY holds the payload in its upper half, as that of a
# packet does; PASSED counts the links, with this one; LINE is known to the neighbour alone; FIRST and SECOND are the words of a long one.
CROSS_TIME, CROSS_KEY, CROSS_TICK, CROSS_PASSED, CROSS_LINE, CROSS_FIRST, CROSS_SECOND = range(7)
CROSS_WORDS = 7

# In NEXT_ACTION: no action is due any more.
NO_ACTION = -1
# A channel that goes down (FOREVER: it does not), and its row of injections.
DOWN_AT, DOWN_ROW = range(2)
# A PE whose clock drifts: parts per billion, and the number and the instant of its next tick.
DRIFT_CORE, DRIFT_PPB, DRIFT_TICK, DRIFT_TIME = range(4)
# In `drift_of`: the clock does not drift.
NO_DRIFT = -1
# A line of the routing table as the plan has it, and the injection of its last flip.
HEALTHY_KEY, HEALTHY_MASK, HEALTHY_ROW = range(3)

POLICIES = ("drop", "overwrite", "stall")
POLICY_DROP, POLICY_OVERWRITE, POLICY_STALL = range(3)

# Why `play` returned, and GO: `advance_network` returns it if the wakes of the instant can begin.
GO, BATCH_OVER, QUIET, NO_ROOM, TRACE_FULL, FAULTED, ACTION_DUE, WINDOW_OVER = range(8)
# In register FAULT: a transfer started by the wrong core, a transfer that the plan does not have, a row that its DRAM array does not have,
# a DRAM array that does not exist, too many sends of one wake, a send too long after its wake, a packet to a link in a tick without those,
# a long packet in a plan without those, a packet that comes over a link before the instant to which the chip was played.
FAULT_ISSUER, FAULT_TRANSFER, FAULT_ROW, FAULT_ARRAY, FAULT_ORDER, FAULT_TIME, FAULT_LINK, FAULT_LONG, FAULT_PAST = (
    range(1, 10)
)


class Broken(NamedTuple):
    """What is broken, as tables; they are small if nothing is."""

    # [rows, injections.COLUMNS]
    injections: Words
    # [kinds of faults], how many were injected
    injected: Words
    # [stages, 2]
    down: Words
    # [PEs whose clock drifts, 4]
    drifts: Words
    # [cores], the row of `drifts`, or NO_DRIFT
    drift_of: Words
    # [cores], 1 if the core sent or got something that was early or late
    off_time: Words
    # [lines + 1, 4]
    healthy: Words


class EngineState(NamedTuple):
    """Everything that the engine's kernels read and write, except for the programs' own states.

    Shapes are given above the fields. `capacity` is the most deliveries that can be open at once; if it is too small, the arrays grow.
    """

    # Single numbers.
    # [N_REGISTERS]
    registers: Words

    # The network, which does not change: the order in which a pass visits the stages; the stages of all routes, one route after the
    # other, each closed by the event router or END_OF_ROUTE; which stages are ROUTER_PORT or BELOW_PORT; segments, and their cores.
    # [stages]
    stage_order: Words
    # [stages of all routes]
    routes: Words
    # [stages]
    from_router: Words
    # [segments, 8]
    segments: Words
    # [cores of all segments]
    segment_cores: Words

    # The stages and their queues of packet copies, and the start times of services that had to wait, as long as they may lie ahead.
    # [stages, 8]
    stage: Words
    # [stages], 1 where packet copies are queued: a pass reads these few bytes, and not the rows of all stages
    waiting: Bytes
    # [stages, capacity]
    arrival_key: Words
    # [stages, capacity]
    copy_word: Words
    # [stages, 2 capacity]
    wait_start: Words
    # [capacity]: space for sorting a queue
    scratch_key: Words
    # [capacity]
    scratch_word: Words
    # [stages]: for the last channels before the event router, the packet that passed last and held no other channel, as in `way_in`
    passed_last: Words
    # [cores]: packets that came to the event router without waiting, whose flits no channel has counted
    passed_in: Words
    # [capacity]: packets that enter the network in this pass, as arrival at the event router if they do not wait << 26 | index << 6 | hops
    # to get there
    way_in: Words

    # The routing table, and a cache of the lines that were found for keys.
    # [lines + 1, 8]
    lines: Words
    # [2^n], (key + 1) << LINE_BITS | line, or what stands for several keys in place of one (send.match_key); 0 where there is none
    cached: Words

    # DMA: transfers, their rows by number (-1 where the plan has none), and the copy entries of each transfer at each core.
    # [transfers, 16]
    transfers: Words
    # [largest number + 1]
    transfer_row: Words
    # [transfers, cores + 1]
    dma_first: NDArray[np.int32]
    # [transfers, cores + 1]
    dma_count: NDArray[np.int32]
    # [copy entries, 8]
    dma_copies: Words
    # [DRAM arrays, 4]
    dram: Words
    # [capacity]: bursts whose last flit has not arrived yet, as keys and words of packet copies
    burst_key: Words
    # [capacity]
    burst_word: Words

    # Packets that are open, and their deliveries at each core in order of arrival: the first CORE_HELD are in the receive FIFO, the others
    # are still on the ejection channel or have arrived since the core last woke.
    # [packets, 8]
    packets: Words
    # [packets, 2], the words of long packets; [0, 2] if the plan has none
    long: Words
    # [cores, 16]
    core: Words
    # [cores, capacity, 2]
    fifo: Words

    # What programs read and write in their step.
    inbox: Inbox
    outbox: Outbox
    # [rows of the largest group]
    cycles: Words

    # What the engine knows of the outbox's entries, and space for sorting them.
    # [outbox, 4]
    sends: Words
    # [outbox]
    send_key: Words
    # [outbox]
    scratch_send: Words

    # Groups of PEs, the ticks of a first and of a later batch with their groups, and the wakes of the instant.
    # [groups, rows of the largest]
    group_cores: Words
    # [groups]
    group_rows: Words
    # [ticks, 8]
    ticks: Words
    # [groups of all ticks]
    tick_groups: Words
    # [cores + groups, 4]
    wakes: Words

    # Which batches of the part are traced, and trace rows that the recorder has not been given yet.
    # [batches, 2]: whether packets, whether wakes
    traced: NDArray[np.uint8]
    # [rows], of rows.ROW_TYPE
    trace_rows: NDArray[Any]
    # [rows], of rows.TICK_TYPE
    wake_rows: NDArray[Any]

    # Counts, and first losses.
    # [classes, 3 + outcomes]
    tally: Words
    # [2, outcomes]: transfers, bytes
    tally_dma: Words
    # [kinds of loss, 8]
    first_losses: Words

    # Packets that cross links, in the order of time: those that have left the chip, and those that come.
    # [links, capacity, CROSS_WORDS]
    link_out: Words
    # [links, capacity, CROSS_WORDS]
    link_in: Words

    broken: Broken


def aligned(shape: tuple[int, ...]) -> Words:
    """Make an array of zeros that begins with a cache line, so that a row of 8 words is one line and not parts of two."""
    size = int(np.prod(shape))
    room = np.zeros(size + CACHE_LINE // 8 - 1, np.int64)
    first = -room.ctypes.data % CACHE_LINE // 8
    return room[first : first + size].reshape(shape)
