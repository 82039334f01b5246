"""What happens at a wake besides the program's step: timer interrupt, inbox, the outcome of each packet taken, busy time.

PEs of a group that wake together are ranges of rows in `wakes`, so that a program's step runs for many PEs at once.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_deliveries import begin_drifting_tick
from spinn2sim.hardware.engines.compiled.delivery import apply_fifo_policy, complete_bursts, empty_fifo
from spinn2sim.hardware.engines.compiled.injection_rows import no_room_for_injections
from spinn2sim.hardware.engines.compiled.network_pass import run_pass
from spinn2sim.hardware.engines.compiled.outcomes import (
    count_on_time,
    note_first_loss,
    record_wake,
    settle,
    wakes_traced,
)
from spinn2sim.hardware.engines.compiled.send import emit, inject_until, packets_coming, room_to_leave
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.packet import KIND_SHIFT

kernel = kernels_of(__package__)


@kernel
def advance_network(state: EngineState, until: Word) -> Word:
    """Do all that happens in the network before the wakes of instant `until`, and return GO.

    Returns another status, and does nothing, if there is too little room. Returns FAULTED after a fault.
    """
    registers = state.registers
    if registers[at.FAULT]:
        return at.FAULTED
    count = state.outbox.count[0]
    opened = registers[at.TIMES_DELIVERED] * (registers[at.OPEN_DELIVERIES] + registers[at.UNSENT_DELIVERIES])
    used = registers[at.PACKETS_USED] if registers[at.OPEN_DELIVERIES] else 0
    if state.trace_rows.shape[0] and registers[at.TRACE_ROWS] + opened > state.trace_rows.shape[0]:
        return at.TRACE_FULL
    # A PE can wake twice in an instant, so each may need two rows.
    if state.wake_rows.shape[0] and registers[at.WAKE_ROWS] + 2 * state.core.shape[0] > state.wake_rows.shape[0]:
        return at.TRACE_FULL
    if (
        opened > state.arrival_key.shape[1]
        or used + count + packets_coming(state) > state.packets.shape[0]
        or count + registers[at.SENDS_PER_INSTANT] > state.sends.shape[0]
    ):
        return at.NO_ROOM
    if registers[at.BREAKS] and no_room_for_injections(state, opened):
        return at.NO_ROOM
    if registers[at.OPEN_DELIVERIES] and registers[at.NOW] - registers[at.BASE] > at.TIME_LIMIT // 2:
        return at.NO_ROOM
    if not room_to_leave(state, opened):
        return at.NO_ROOM
    inject_until(state, until)
    if registers[at.OPEN_DELIVERIES]:
        run_pass(state, until)
        complete_bursts(state, until)
    return at.FAULTED if registers[at.FAULT] else at.GO


@kernel
def fill_inbox(state: EngineState, group: Word, first: Word, last: Word, now: Word) -> Word:
    """Copy the packets in the FIFOs of rows [first, last) to the inbox. Returns the number of packets."""
    inbox, cores, count, has_long = state.inbox, state.group_cores[group], 0, state.long.shape[0] > 0
    for row in range(first, last):
        core = cores[row]
        inbox.first[row] = count
        if state.core[core, at.CORE_TAIL]:
            held = apply_fifo_policy(state, core, now)
            head = state.core[core, at.CORE_HEAD]
            for i in range(head, head + held):
                index = state.fifo[core, i, at.FIFO_WORD] >> at.FIFO_SEGMENT_BITS
                key = state.packets[index, at.PACKET_KEY]
                inbox.key[count] = key & at.KEY_MASK
                inbox.payload[count] = key >> 32
                inbox.matched[count] = 1
                if has_long:
                    is_long = state.packets[index, at.PACKET_TICK] & at.LONG
                    inbox.long[count, 0] = state.long[index, 0] if is_long else 0
                    inbox.long[count, 1] = state.long[index, 1] if is_long else 0
                count += 1
        inbox.last[row] = count
    state.cycles[first:last] = 0
    return count


@kernel
def finish_wake(
    state: EngineState, group: Word, first: Word, last: Word, sent_before: Word, packets: Word, tick: Word, now: Word
) -> None:
    """Finish the wake of rows [first, last) for the tick with number `tick`, after the program's step.

    Classifies the packets that were taken, keeps each PE busy for its cycles, and sends the outbox's entries from `sent_before` on.
    """
    cores, cycle_q = state.group_cores[group], state.registers[at.CYCLE_Q]
    if packets:
        for row in range(first, last):
            if state.inbox.first[row] < state.inbox.last[row]:
                classify(state, cores[row], state.inbox.first[row], state.inbox.last[row], tick, now)
    for row in range(first, last):
        core = state.core[cores[row]]
        core[at.CORE_BUSY] += state.cycles[row]
        core[at.CORE_WAKES] += 1
        core[at.CORE_BUSY_UNTIL] = now + state.cycles[row] * cycle_q
    if wakes_traced(state, tick):
        for row in range(first, last):
            taken = state.inbox.last[row] - state.inbox.first[row]
            record_wake(state, cores[row], tick, now, taken, state.cycles[row])
    if state.outbox.count[0] > sent_before:
        emit(state, group, sent_before, tick, now)


@kernel
def classify(state: EngineState, core: Word, first: Word, last: Word, tick: Word, now: Word) -> None:
    """Settle the packets [first, last) of the inbox, which `core` has taken in the tick with number `tick`.

    A packet is due in the tick after the one in which it was sent. Only a packet that came in time can be unmatched. Those on time that are
    not traced are only counted, those of one kind that follow each other at once.
    """
    fifo, head, kind, plain = state.fifo[core], state.core[core, at.CORE_HEAD] - first, 0, 0
    for i in range(first, last):
        entry = fifo[head + i, at.FIFO_WORD]
        index = entry >> at.FIFO_SEGMENT_BITS
        sent_in = state.packets[index, at.PACKET_TICK]
        ahead = (sent_in >> at.FLAG_BITS) + 1 - tick
        if ahead == 0 and state.inbox.matched[i] and not sent_in & at.TRACED:
            this = (state.packets[index, at.PACKET_KEY] & at.KEY_MASK) >> KIND_SHIFT
            if this != kind:
                count_on_time(state, kind, plain)
                kind, plain = this, 0
            plain += 1
            continue
        if ahead == 0:
            outcome = at.ON_TIME if state.inbox.matched[i] else at.UNMATCHED
        else:
            outcome = at.EARLY if ahead > 0 else at.LATE
        settle(state, index, entry & at.SEGMENT_MASK, core, fifo[head + i, at.FIFO_TIME], outcome, now)
    count_on_time(state, kind, plain)
    empty_fifo(state, core)


@kernel
def timer_interrupt(state: EngineState, now: Word) -> Word:
    """Begin the next tick of the schedule: fill `wakes` with the sleeping PEs of its groups. Returns the number of wakes."""
    registers, count = state.registers, 0
    row, tick = state.ticks[registers[at.SCHEDULE_ROW]], registers[at.TICK_NUMBER]
    registers[at.SCHEDULE_ROW] += 1
    registers[at.TICK_NUMBER] += 1
    registers[at.NEXT_INTERRUPT] = now + row[at.TICK_PERIOD]
    for i in range(row[at.TICK_FIRST], row[at.TICK_LAST]):
        group = state.tick_groups[i]
        first, rows = 0, state.group_rows[group]
        if registers[at.DRIFTING] or not all_asleep(state, group, now):
            for candidate in range(rows):
                core = state.group_cores[group, candidate]
                if state.broken.drift_of[core] != at.NO_DRIFT or not interrupt_pe(state, core, tick, now):
                    if first < candidate:
                        add_wake(state, count, group, first, candidate, tick)
                        count += 1
                    first = candidate + 1
        if first < rows:
            add_wake(state, count, group, first, rows, tick)
            count += 1
    return count


@kernel
def all_asleep(state: EngineState, group: Word, now: Word) -> bool:
    """Whether every PE of a group sleeps."""
    cores, busy = state.group_cores[group], 0
    for row in range(state.group_rows[group]):
        busy += state.core[cores[row], at.CORE_BUSY_UNTIL] > now
    return busy == 0


@kernel
def interrupt_pe(state: EngineState, core: Word, tick: Word, now: Word) -> bool:
    """Interrupt one PE for the tick with number `tick`. Returns whether it wakes now.

    A busy PE latches the tick and wakes for it when it is done (an overrun); if it has latched one already, the tick is lost.
    """
    row = state.core[core]
    if row[at.CORE_PENDING] != at.NO_TICK:
        row[at.CORE_LOST_TICKS] += 1
        note_first_loss(state, at.LOST_TICK_ROW, now, 0, 0, core, tick, -1)
        return False
    if row[at.CORE_BUSY_UNTIL] <= now:
        return True
    row[at.CORE_PENDING] = tick
    state.registers[at.LATE_PES] += 1
    row[at.CORE_OVERRUNS] += 1
    note_first_loss(state, at.OVERRUN_ROW, now, 0, 0, core, tick, -1)
    return False


@kernel
def next_late_wake(state: EngineState) -> Word:
    """Return the instant at which the next PE with a latched tick finishes its current one; FOREVER if there is none."""
    when = at.FOREVER
    if state.registers[at.LATE_PES]:
        for core in range(state.core.shape[0]):
            if state.core[core, at.CORE_PENDING] != at.NO_TICK:
                when = min(when, state.core[core, at.CORE_BUSY_UNTIL])
    return when


@kernel
def collect_late_wakes(state: EngineState, now: Word) -> Word:
    """Fill `wakes` with the PEs that begin their latched tick now. Returns the number of wakes."""
    count = 0
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], now)
    for core in range(state.core.shape[0]):
        row = state.core[core]
        if row[at.CORE_PENDING] != at.NO_TICK and row[at.CORE_BUSY_UNTIL] == now:
            add_wake(state, count, row[at.CORE_GROUP], row[at.CORE_ROW], row[at.CORE_ROW] + 1, row[at.CORE_PENDING])
            row[at.CORE_PENDING] = at.NO_TICK
            state.registers[at.LATE_PES] -= 1
            count += 1
    return count


@kernel
def next_drifting_wake(state: EngineState) -> Word:
    """Return the instant of the next tick of a PE whose clock drifts; FOREVER if there is none."""
    when = at.FOREVER
    for n in range(state.registers[at.DRIFTING]):
        when = min(when, state.broken.drifts[n, at.DRIFT_TIME])
    return when


@kernel
def collect_drifting_wakes(state: EngineState, now: Word) -> Word:
    """Fill `wakes` with the PEs whose drifting clock begins a tick now, if they sleep. Returns the number of wakes."""
    count = 0
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], now)
    for n in range(state.registers[at.DRIFTING]):
        drift = state.broken.drifts[n]
        if drift[at.DRIFT_TIME] == now:
            core, tick = drift[at.DRIFT_CORE], drift[at.DRIFT_TICK]
            row = state.core[core]
            if interrupt_pe(state, core, tick, now):
                add_wake(state, count, row[at.CORE_GROUP], row[at.CORE_ROW], row[at.CORE_ROW] + 1, tick)
                count += 1
            begin_drifting_tick(state, n, tick + 1)
    return count


@kernel
def add_wake(state: EngineState, i: Word, group: Word, first: Word, last: Word, tick: Word) -> None:
    """Write row `i` of `wakes`: rows [first, last) of a group wake for the tick with number `tick`."""
    wake = state.wakes[i]
    wake[at.WAKE_GROUP], wake[at.WAKE_FIRST], wake[at.WAKE_LAST], wake[at.WAKE_TICK] = group, first, last, tick
