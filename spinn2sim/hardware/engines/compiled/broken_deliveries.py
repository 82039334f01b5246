"""What breaks on the way of a packet and at its end: channels that are down, deliveries that are lost or doubled, and clocks that drift."""

from __future__ import annotations

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.injection_rows import DETECTED, add_injection, raise_outcome
from spinn2sim.hardware.engines.compiled.outcomes import NO_SEGMENT, deadline_of, settle, tick_row_of
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.faults import injections as column
from spinn2sim.hardware.faults.draws import DOUBLED, DROPPED, drifted, fate_of_delivery, packet_stream
from spinn2sim.hardware.faults.injections import FaultKind
from spinn2sim.hardware.packet import KIND_SHIFT

kernel = kernels_of(__package__)
DROP, DOUBLE, NONE = np.int64(FaultKind.DROP), np.int64(FaultKind.DOUBLE), np.int64(column.NONE)


@kernel
def fate_of(state: EngineState, index: Word, core: Word) -> Word:
    """Return whether the delivery of packet `index` to `core` is UNHARMED, DROPPED or DOUBLED."""
    packet, registers = state.packets[index], state.registers
    stream = packet_stream(registers[at.FAULT_STREAM], packet[at.PACKET_TICK] >> at.FLAG_BITS, packet[at.PACKET_SOURCE])
    return fate_of_delivery(stream, core, registers[at.DROP_BELOW], registers[at.DOUBLE_BELOW])


@kernel
def is_dropped(state: EngineState, index: Word, core: Word) -> bool:
    """Whether packet `index` will never reach the FIFO of `core`."""
    return bool(fate_of(state, index, core) == DROPPED)


@kernel
def times_delivered(state: EngineState, index: Word, segment: Word, core: Word, when: Word) -> Word:
    """Return how often packet `index` comes to `core` at `when`, and record it if that is not once."""
    fate = fate_of(state, index, core)
    packet = state.packets[index]
    tick = packet[at.PACKET_TICK] >> at.FLAG_BITS
    if fate == DROPPED:
        add_injection(state, DROP, core, NONE, tick, when, packet[at.PACKET_SEQ])
        settle(state, index, segment, core, when, at.DROPPED, when)
        return 0
    if fate == DOUBLED:
        add_injection(state, DOUBLE, core, NONE, tick, when, packet[at.PACKET_SEQ])
        state.tally[(packet[at.PACKET_KEY] & at.KEY_MASK) >> KIND_SHIFT, at.TALLY_DUE] += 1
        state.registers[at.OPEN_DELIVERIES] += 1
        return 2
    return 1


@kernel
def lose_arrivals(state: EngineState, stage: Word, count: Word) -> Word:
    """Lose the packet copies that arrive at a stage after it went down. Returns how many are left in its queue."""
    down = state.broken.down[stage]
    if down[at.DOWN_AT] == at.FOREVER:
        return count
    keys, words, left = state.arrival_key[stage], state.copy_word[stage], 0
    for i in range(count):
        arrival = state.registers[at.BASE] + (keys[i] >> at.TIME_SHIFT)
        if arrival >= down[at.DOWN_AT]:
            lose_copy(state, (keys[i] >> at.INDEX_SHIFT) & at.INDEX_MASK, words[i], arrival)
            raise_outcome(state, down[at.DOWN_ROW], DETECTED)
        else:
            keys[left] = keys[i]
            words[left] = words[i]
            left += 1
    state.stage[stage, at.STAGE_QUEUED] = left
    return left


@kernel
def lose_copy(state: EngineState, index: Word, word: Word, arrival: Word) -> None:
    """Settle all deliveries of a packet copy that is lost on its way: before the event router, those of the packet's line."""
    if word & at.BURST_BIT:
        state.registers[at.BURSTS_UNDER_WAY] -= 1
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], arrival)
    cursor = (word >> at.CURSOR_SHIFT) & at.CURSOR_MASK
    while state.routes[cursor] != at.END_OF_ROUTE and state.routes[cursor] != state.registers[at.ROUTER_STAGE]:
        cursor += 1
    inbound = state.routes[cursor] != at.END_OF_ROUTE
    first = (word >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK
    last = first + 1
    if inbound:
        line = state.packets[index, at.PACKET_LINE]
        first, last = state.lines[line, at.LINE_FIRST], state.lines[line, at.LINE_LAST]
        if first == last:
            settle(state, index, NO_SEGMENT, 0, arrival, at.DROPPED, arrival)
    for segment in range(first, last):
        shown = NO_SEGMENT if inbound else segment
        for i in range(state.segments[segment, at.SEGMENT_FIRST], state.segments[segment, at.SEGMENT_LAST]):
            settle(state, index, shown, state.segment_cores[i], arrival, at.DROPPED, arrival)


@kernel
def drifted_instant(state: EngineState, core: Word, instant: Word) -> Word:
    """Return when the clock of `core` shows `instant`."""
    n, start = state.broken.drift_of[core], state.registers[at.PART_START]
    return instant if n == at.NO_DRIFT else start + drifted(instant - start, state.broken.drifts[n, at.DRIFT_PPB])


@kernel
def begin_drifting_tick(state: EngineState, n: Word, number: Word) -> None:
    """Have the n-th drifting PE wait for the first tick from `number` on that wakes its group."""
    drift, ticks = state.broken.drifts[n], state.registers[at.PART_TICKS]
    group = state.core[drift[at.DRIFT_CORE], at.CORE_GROUP]
    while number < ticks and not wakes_group(state, number, group):
        number += 1
    drift[at.DRIFT_TICK] = number
    drift[at.DRIFT_TIME] = at.FOREVER
    if number < ticks:
        begin = deadline_of(state, number) - state.ticks[tick_row_of(state, number), at.TICK_PERIOD]
        drift[at.DRIFT_TIME] = drifted_instant(state, drift[at.DRIFT_CORE], begin)


@kernel
def wakes_group(state: EngineState, number: Word, group: Word) -> bool:
    """Whether the tick with this number wakes a group."""
    row, found = state.ticks[tick_row_of(state, number)], 0
    for i in range(row[at.TICK_FIRST], row[at.TICK_LAST]):
        found += state.tick_groups[i] == group
    return found > 0
