"""The outcome of each delivery: counts by class and outcome, the first loss of each kind, and rows for the trace.

Ticks are numbered over the whole part. All batches of a part but the first are alike, so the batch, the step and the nominal instant of a
tick follow from its number.
"""

from __future__ import annotations

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.injection_rows import note_detected
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.facts import HOP_Q, PIPELINE_Q
from spinn2sim.hardware.packet import KIND_SHIFT, LONG_PAYLOAD_BYTES
from spinn2sim.hardware.rows import COPY_OF_KEY, IS_DMA

kernel = kernels_of(__package__)


# The segment of a packet that no line of the routing table matches.
NO_SEGMENT = -1


@kernel
def batch_of(state: EngineState, tick: Word) -> Word:
    """The batch of the tick with number `tick`."""
    first = state.registers[at.FIRST_TICKS]
    return 0 if tick < first else 1 + (tick - first) // state.registers[at.LATER_TICKS]


@kernel
def tick_row_of(state: EngineState, tick: Word) -> Word:
    """The row of `ticks` that describes the tick with number `tick`."""
    registers = state.registers
    first = registers[at.FIRST_TICKS]
    return tick if tick < first else registers[at.LATER_ROW] + (tick - first) % registers[at.LATER_TICKS]


@kernel
def deadline_of(state: EngineState, tick: Word) -> Word:
    """The nominal instant of the tick after the one with number `tick`, by which packets sent in `tick` are due."""
    batch = batch_of(state, tick)
    start = state.registers[at.PART_START]
    if batch:
        start += state.registers[at.FIRST_QUANTA] + (batch - 1) * state.registers[at.LATER_QUANTA]
    row = state.ticks[tick_row_of(state, tick)]
    return start + row[at.TICK_OFFSET] + row[at.TICK_PERIOD]


@kernel
def packets_traced(state: EngineState, tick: Word) -> Word:
    """Whether packets sent in the tick with number `tick` are traced. A PE that was busy may wake late, for a tick of an earlier batch."""
    return state.traced[batch_of(state, tick), at.TRACED_PACKETS]


@kernel
def wakes_traced(state: EngineState, tick: Word) -> Word:
    """Whether wakes for the tick with number `tick` are traced."""
    return state.traced[batch_of(state, tick), at.TRACED_WAKES]


@kernel
def settle(
    state: EngineState, index: Word, segment: Word, core: Word, delivered: Word, outcome: Word, now: Word
) -> None:
    """Count the outcome of one delivery of packet `index` to `core`, which is known at `now`, and trace it."""
    packet = state.packets[index]
    transfer = packet[at.PACKET_TRANSFER]
    key = packet[at.PACKET_KEY] & at.KEY_MASK
    kind = key >> KIND_SHIFT
    state.registers[at.OPEN_DELIVERIES] -= 1
    if transfer >= 0:
        if packet[at.PACKET_LINE] < 0:
            kind = at.DMA_CLASS
        state.tally_dma[0, outcome] += 1
        state.tally_dma[1, outcome] += state.transfers[transfer, at.TRANSFER_BYTES]
    state.tally[kind, at.TALLY_OUTCOME + outcome] += 1
    if outcome != at.ON_TIME:
        sent, source, tick = packet[at.PACKET_SENT], packet[at.PACKET_SOURCE], packet[at.PACKET_TICK] >> at.FLAG_BITS
        note_first_loss(state, kind * at.N_OUTCOMES + outcome, now, sent, source, core, tick, key)
        if state.registers[at.BREAKS]:
            note_detected(state, index, core, outcome)
    if packet[at.PACKET_TICK] & at.TRACED:
        record_delivery(state, index, segment, core, delivered, outcome)


@kernel
def count_on_time(state: EngineState, kind: Word, count: Word) -> None:
    """Count deliveries of packets of a kind that are on time and not traced."""
    state.registers[at.OPEN_DELIVERIES] -= count
    state.tally[kind, at.TALLY_OUTCOME + at.ON_TIME] += count


@kernel
def note_first_loss(
    state: EngineState, loss_row: Word, now: Word, sent: Word, source: Word, core: Word, tick: Word, key: Word
) -> None:
    """Keep a loss in `loss_row` if it is the first one there by (instant, send time, core and order of the sender, destination core)."""
    first = state.first_losses[loss_row]
    if first[at.LOSS_SEEN]:
        if now != first[at.LOSS_TIME]:
            if now > first[at.LOSS_TIME]:
                return
        elif sent != first[at.LOSS_SENT]:
            if sent > first[at.LOSS_SENT]:
                return
        elif source != first[at.LOSS_SOURCE]:
            if source > first[at.LOSS_SOURCE]:
                return
        elif core >= first[at.LOSS_CORE]:
            return
    first[at.LOSS_SEEN], first[at.LOSS_TIME], first[at.LOSS_SENT] = 1, now, sent
    first[at.LOSS_SOURCE], first[at.LOSS_CORE], first[at.LOSS_KEY] = source, core, key
    first[at.LOSS_BATCH] = batch_of(state, tick)
    first[at.LOSS_TRACE_NUMBER] = state.ticks[tick_row_of(state, tick), at.TICK_TRACE_NUMBER]


@kernel
def record_delivery(state: EngineState, index: Word, segment: Word, core: Word, delivered: Word, outcome: Word) -> None:
    """Append a row to the trace of packets."""
    packet = state.packets[index]
    number, transfer = packet[at.PACKET_TICK] >> at.FLAG_BITS, packet[at.PACKET_TRANSFER]
    source = packet[at.PACKET_SOURCE] >> at.ORDER_BITS
    hops, unloaded = 0, 0
    if packet[at.PACKET_LINE] >= 0:
        if transfer < 0:
            hops = state.core[source, at.CORE_TO_ROUTER_HOPS]
        else:
            hops = state.transfers[transfer, at.TRANSFER_TO_ROUTER_HOPS]
        unloaded = hops * HOP_Q + PIPELINE_Q
    if segment != NO_SEGMENT:
        hops += state.segments[segment, at.SEGMENT_HOPS]
        unloaded += state.segments[segment, at.SEGMENT_UNLOADED]
        if transfer >= 0:
            unloaded += (state.transfers[transfer, at.TRANSFER_FLITS] - 1) * state.segments[segment, at.SEGMENT_SLOWEST]
    end = state.registers[at.TRACE_ROWS]
    state.registers[at.TRACE_ROWS] = end + 1
    row = state.trace_rows[end]
    row["seq"] = packet[at.PACKET_SEQ]
    row["key"] = packet[at.PACKET_KEY] & at.KEY_MASK
    row["payload"] = packet[at.PACKET_KEY] >> 32
    row["flags"] = (packet[at.PACKET_TICK] & at.HAS_PAYLOAD) | (IS_DMA if transfer >= 0 else 0)
    row["bytes"] = LONG_PAYLOAD_BYTES if packet[at.PACKET_TICK] & at.LONG else 0
    if transfer >= 0:
        row["bytes"] = state.transfers[transfer, at.TRANSFER_BYTES]
    row["src_pe"] = source
    row["dst_pe"] = core
    row["copy"] = state.transfers[transfer, at.TRANSFER_COPY] if transfer >= 0 else COPY_OF_KEY
    # Most rows come in sequences of one tick, and the divisions that find its batch and its row take long.
    if end and state.registers[at.RECORDED_TICK] == number:
        before = state.trace_rows[end - 1]
        row["batch"], row["phase"] = before["batch"], before["phase"]
        row["tick"], row["step"] = before["tick"], before["step"]
    else:
        state.registers[at.RECORDED_TICK] = number
        tick = state.ticks[tick_row_of(state, number)]
        row["batch"], row["phase"] = batch_of(state, number), tick[at.TICK_PHASE]
        row["tick"], row["step"] = tick[at.TICK_TRACE_NUMBER], tick[at.TICK_STEP]
    row["sent_q"] = packet[at.PACKET_SENT]
    row["delivered_q"] = delivered
    # A packet that was lost on a channel has not come far enough for its latency in an empty network.
    row["queued_q"] = max(np.int64(0), delivered - packet[at.PACKET_SENT] - unloaded)
    row["hops"] = hops
    row["outcome"] = outcome


@kernel
def record_wake(state: EngineState, core: Word, number: Word, now: Word, packets: Word, cycles: Word) -> None:
    """Append a row to the trace of wakes: `core` woke for the tick with this number and took `packets`."""
    tick = state.ticks[tick_row_of(state, number)]
    end = state.registers[at.WAKE_ROWS]
    state.registers[at.WAKE_ROWS] = end + 1
    row = state.wake_rows[end]
    row["batch"] = batch_of(state, number)
    row["phase"] = tick[at.TICK_PHASE]
    row["tick"] = tick[at.TICK_TRACE_NUMBER]
    row["pe"] = core
    row["due_q"] = deadline_of(state, number) - tick[at.TICK_PERIOD]
    row["woke_q"] = now
    row["time_done"] = now + cycles * state.registers[at.CYCLE_Q]
    row["n_packets"] = packets
    row["busy_cycles"] = cycles
