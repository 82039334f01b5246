"""The ends of paths: packets enter a receive FIFO, whose policy is applied when its PE wakes; DMA bursts move data in SRAM or DRAM.

All packets for a core arrive over one ejection channel, in order of time, and only the core's own wake empties its FIFO. So it makes
no difference whether the policy (drop, overwrite or stall) is applied at each arrival or, as here, once before the wake.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from firmware_models.jit.memmove import move_bytes
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_deliveries import drifted_instant, times_delivered
from spinn2sim.hardware.engines.compiled.outcomes import deadline_of, settle
from spinn2sim.hardware.engines.compiled.sorting import sort_queue
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words

kernel, inlined = kernels_of(__package__), kernels_of(__package__, inline=True)


@kernel
def deliver(state: EngineState, key: Word, word: Word) -> None:
    """Deliver a packet copy whose head leaves the last channel at the time of `key`. A burst waits until its last flit arrives."""
    segment = (word >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK
    if word & at.BURST_BIT:
        state.registers[at.BURSTS_UNDER_WAY] -= 1
        key += (((word & at.FLITS_MASK) - 1) * state.segments[segment, at.SEGMENT_SLOWEST]) << at.TIME_SHIFT
        end = state.registers[at.BURSTS_ENDING]
        state.burst_key[end] = key
        state.burst_word[end] = word
        state.registers[at.BURSTS_ENDING] = end + 1
    elif state.registers[at.BREAKS]:
        deliver_if_whole(state, key, segment)
    else:
        deliver_packet(state, key, segment)


@inlined
def deliver_packet(state: EngineState, key: Word, segment: Word) -> None:
    """Put a packet into the FIFOs of a segment's cores, where nothing breaks."""
    when, index = state.registers[at.BASE] + (key >> at.TIME_SHIFT), (key >> at.INDEX_SHIFT) & at.INDEX_MASK
    for i in range(state.segments[segment, at.SEGMENT_FIRST], state.segments[segment, at.SEGMENT_LAST]):
        put(state, state.segment_cores[i], when, (index << at.FIFO_SEGMENT_BITS) | segment)
    if when > state.registers[at.LAST_EVENT]:
        state.registers[at.LAST_EVENT] = when


@kernel
def deliver_if_whole(state: EngineState, key: Word, segment: Word) -> None:
    """Put a packet into the FIFOs of a segment's cores as often as it comes there, where something may break."""
    when, index = state.registers[at.BASE] + (key >> at.TIME_SHIFT), (key >> at.INDEX_SHIFT) & at.INDEX_MASK
    for i in range(state.segments[segment, at.SEGMENT_FIRST], state.segments[segment, at.SEGMENT_LAST]):
        core = state.segment_cores[i]
        for _ in range(times_delivered(state, index, segment, core, when)):
            put(state, core, when, (index << at.FIFO_SEGMENT_BITS) | segment)
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], when)


@inlined
def put(state: EngineState, core: Word, when: Word, word: Word) -> None:
    """Put an entry behind the others of a core's FIFO."""
    tail = state.core[core, at.CORE_TAIL]
    state.core[core, at.CORE_TAIL] = tail + 1
    state.fifo[core, tail, at.FIFO_TIME] = when
    state.fifo[core, tail, at.FIFO_WORD] = word


@kernel
def apply_fifo_policy(state: EngineState, core: Word, now: Word) -> Word:
    """Put the packets that have arrived at `core` by `now` into its FIFO, which then is entries [CORE_HEAD, CORE_HEAD + CORE_HELD).

    Returns how many packets it holds. A packet that finds the FIFO full replaces the oldest one under "overwrite" and is lost under "drop";
    under "stall" none finds it full.
    """
    row, fifo = state.core[core], state.fifo[core]
    held, tail, capacity = row[at.CORE_HELD], row[at.CORE_TAIL], state.registers[at.FIFO_CAPACITY]
    i = row[at.CORE_HEAD] + held
    if tail - i <= capacity - held and (i == tail or fifo[tail - 1, at.FIFO_TIME] <= now):
        held += tail - i
        i = tail
    while i < tail and fifo[i, at.FIFO_TIME] <= now and held < capacity:
        i += 1
        held += 1
    row[at.CORE_HIGH_WATER] = max(row[at.CORE_HIGH_WATER], held)
    row[at.CORE_HELD] = held
    if i == tail or fifo[i, at.FIFO_TIME] > now:
        return held
    if state.registers[at.FIFO_POLICY] == at.POLICY_OVERWRITE:
        while i < tail and fifo[i, at.FIFO_TIME] <= now:
            old = row[at.CORE_HEAD]
            settle_lost(state, core, old, at.DROPPED, fifo[i, at.FIFO_TIME])
            row[at.CORE_HEAD] = old + 1
            i += 1
        return held
    kept = i
    while i < tail and fifo[i, at.FIFO_TIME] <= now:
        settle_lost(state, core, i, at.DROPPED, fifo[i, at.FIFO_TIME])
        i += 1
    while i < tail:
        move_entry(fifo, i, kept)
        kept += 1
        i += 1
    row[at.CORE_TAIL] = kept
    return held


@kernel
def move_entry(fifo: Words, old: Word, new: Word) -> None:
    """Move an entry of a FIFO to another place."""
    fifo[new, at.FIFO_TIME], fifo[new, at.FIFO_WORD] = fifo[old, at.FIFO_TIME], fifo[old, at.FIFO_WORD]


@kernel
def settle_lost(state: EngineState, core: Word, i: Word, outcome: Word, now: Word) -> None:
    """Settle entry `i` of a core's FIFO, which no program takes; this is known at `now`."""
    entry = state.fifo[core, i, at.FIFO_WORD]
    index, segment = entry >> at.FIFO_SEGMENT_BITS, entry & at.SEGMENT_MASK
    settle(state, index, segment, core, state.fifo[core, i, at.FIFO_TIME], outcome, now)


@kernel
def close_gaps(state: EngineState, core: Word, now: Word) -> None:
    """Apply the FIFO policy at a core that does not wake, and move the FIFO's entries to the front of their arrays."""
    apply_fifo_policy(state, core, now)
    row = state.core[core]
    gap = row[at.CORE_HEAD]
    if gap:
        for i in range(gap, row[at.CORE_TAIL]):
            move_entry(state.fifo[core], i, i - gap)
        row[at.CORE_HEAD] = 0
        row[at.CORE_TAIL] -= gap


@kernel
def empty_fifo(state: EngineState, core: Word) -> None:
    """Remove all packets from the FIFO; those that have not arrived yet move to the front."""
    row, fifo = state.core[core], state.fifo[core]
    first = row[at.CORE_HEAD] + row[at.CORE_HELD]
    left = row[at.CORE_TAIL] - first
    for i in range(left):
        move_entry(fifo, first + i, i)
    row[at.CORE_HEAD] = 0
    row[at.CORE_HELD] = 0
    row[at.CORE_TAIL] = left


@kernel
def flush_fifos(state: EngineState, now: Word) -> Word:
    """Empty all FIFOs at the end of a part, when no wake follows: their packets are late. Returns how many packets there were."""
    found = 0
    for core in range(state.core.shape[0]):
        held = apply_fifo_policy(state, core, now)
        first = state.core[core, at.CORE_HEAD]
        for i in range(first, first + held):
            settle_lost(state, core, i, at.LATE, now)
        empty_fifo(state, core)
        found += held
    return found


@kernel
def complete_bursts(state: EngineState, now: Word) -> None:
    """Complete the bursts whose last flit arrives by `now`, in order of (time, rank)."""
    count, base = state.registers[at.BURSTS_ENDING], state.registers[at.BASE]
    if not count:
        return
    keys, words = state.burst_key, state.burst_word
    sort_queue(keys, words, count, state.scratch_key, state.scratch_word)
    done = 0
    while done < count:
        when = base + (keys[done] >> at.TIME_SHIFT)
        if when > now:
            break
        complete_burst(state, (keys[done] >> at.INDEX_SHIFT) & at.INDEX_MASK, words[done], when)
        done += 1
    for i in range(count - done):
        keys[i] = keys[done + i]
        words[i] = words[done + i]
    state.registers[at.BURSTS_ENDING] = count - done


@kernel
def complete_burst(state: EngineState, index: Word, word: Word, when: Word) -> None:
    """Move the data of one burst. It is on time if this happens by the nominal instant of its issuer's next tick."""
    segment = (word >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK
    packet = state.packets[index]
    transfer = packet[at.PACKET_TRANSFER]
    deadline = deadline_of(state, packet[at.PACKET_TICK] >> at.FLAG_BITS)
    for i in range(state.segments[segment, at.SEGMENT_FIRST], state.segments[segment, at.SEGMENT_LAST]):
        core = state.segment_cores[i]
        first = state.dma_first[transfer, core]
        for entry in range(first, first + state.dma_count[transfer, core]):
            move_data(state, entry, packet[at.PACKET_ARGUMENT])
        wanted = min(deadline, drifted_instant(state, core, deadline)) if state.registers[at.DRIFTING] else deadline
        settle(state, index, segment, core, when, at.ON_TIME if when <= wanted else at.LATE, when)
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], when)


@kernel
def move_data(state: EngineState, entry: Word, argument: Word) -> None:
    """Copy the bytes of one copy entry. A DRAM row or array that does not exist is a fault."""
    row = state.dma_copies[entry]
    start = find_address(state, entry, row[at.DMA_FROM], row[at.DMA_FROM_DRAM], row[at.DMA_FROM_OFFSET], argument)
    end = find_address(state, entry, row[at.DMA_TO], row[at.DMA_TO_DRAM], row[at.DMA_TO_OFFSET], argument)
    if start and end:
        move_bytes(end, start, row[at.DMA_BYTES])


@kernel
def find_address(state: EngineState, entry: Word, sram: Word, array: Word, offset: Word, argument: Word) -> Word:
    """The address of one end of a copy entry: `sram`, or `offset` bytes into row `argument` of a DRAM array; 0 after a fault."""
    if array < 0:
        return sram
    dram = state.dram[array]
    if not dram[at.DRAM_ADDRESS] or argument < 0 or argument >= dram[at.DRAM_ROWS]:
        if not state.registers[at.FAULT]:
            state.registers[at.FAULT] = at.FAULT_ROW if dram[at.DRAM_ADDRESS] else at.FAULT_ARRAY
            state.registers[at.FAULT_A] = entry
            state.registers[at.FAULT_B] = argument
        return 0
    return dram[at.DRAM_ADDRESS] + argument * dram[at.DRAM_STRIDE] + offset
