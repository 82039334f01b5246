"""Sends the entries of the outbox: each becomes a packet, which is matched with the routing table and injected at its send time.

Packets are numbered in the order of (send time, core, order in the outbox), which is also the rule for ties on a channel.
"""

from __future__ import annotations

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.board.shape import LINK_CORE, N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_packets import (
    flip_packet,
    name_packet,
    note_burst_line,
    note_packet_line,
)
from spinn2sim.hardware.engines.compiled.outcomes import packets_traced, tick_row_of
from spinn2sim.hardware.engines.compiled.queues import enqueue
from spinn2sim.hardware.engines.compiled.sorting import sort_words
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.engines.compiled.way_in import come_in
from spinn2sim.hardware.packet import KIND_SHIFT
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.hardware.routing_table import NO_ENTRY, first_match

kernel, inlined = kernels_of(__package__), kernels_of(__package__, inline=True)


# For Fibonacci hashing: 2^64 divided by the golden ratio, as a signed word. So many consecutive keys, those of the neurons of a population,
# lie side by side.
HASH_FACTOR = 0x9E3779B97F4A7C15 - (1 << 64)
TOGETHER_BITS = 7
# Added to the number of 2^TOGETHER_BITS keys that share a result, which no key plus 1 is then equal to; where it is kept.
SHARED, SHARED_SHIFT = 1 << 33, 20


@kernel
def match_key(state: EngineState, key: Word) -> Word:
    """Find the first line of the routing table that matches `key`, or the last row, which stands for none. Results are cached.

    Where all keys that differ in the lowest bits alone match the same line, they share a result, so that few are looked up at all.
    """
    word, slots = np.int64(key), state.cached.shape[0] - 1
    block, low = word >> TOGETHER_BITS, word & ((1 << TOGETHER_BITS) - 1)
    hashed = block * HASH_FACTOR
    shared = (hashed >> SHARED_SHIFT) & slots
    found = state.cached[shared]
    if found >> at.LINE_BITS == block + SHARED:
        return found & ((1 << at.LINE_BITS) - 1)
    slot = (((hashed >> 40) << TOGETHER_BITS) | low) & slots
    found = state.cached[slot]
    if found >> at.LINE_BITS == word + 1:
        return found & ((1 << at.LINE_BITS) - 1)
    none = state.lines.shape[0] - 1
    line = first_match(state.lines[:none, at.LINE_KEY], state.lines[:none, at.LINE_MASK], key)
    if line == NO_ENTRY:
        line = none
    if match_together(state, word, line):
        state.cached[shared] = ((block + SHARED) << at.LINE_BITS) | line
    else:
        state.cached[slot] = ((word + 1) << at.LINE_BITS) | line
    return line


@kernel
def match_together(state: EngineState, key: Word, line: Word) -> bool:
    """Whether all keys that differ from `key`, whose line this is, in the lowest bits alone have the same line."""
    low = (1 << TOGETHER_BITS) - 1
    if line < state.lines.shape[0] - 1 and state.lines[line, at.LINE_MASK] & low:
        return False
    for before in range(min(line, state.lines.shape[0] - 1)):
        if ((key & state.lines[before, at.LINE_MASK]) ^ state.lines[before, at.LINE_KEY]) & ~low == 0:
            return False
    return True


@kernel
def emit(state: EngineState, group: Word, first: Word, tick: Word, now: Word) -> None:
    """Note for each outbox entry from `first` on: its send time, its sender, its line of the routing table, and the deliveries due."""
    outbox, cores = state.outbox, state.group_cores[group]
    cycle_q, breaks = state.registers[at.CYCLE_Q], state.registers[at.BREAKS]
    flags = at.TRACED if packets_traced(state, tick) else 0
    due = 0
    for i in range(first, outbox.count[0]):
        core = cores[outbox.row[i]]
        core_row = state.core[core]
        if now > core_row[at.CORE_LAST_SEND]:
            core_row[at.CORE_NEXT_ORDER] = 0
            core_row[at.CORE_LAST_SEND] = now
        order = core_row[at.CORE_NEXT_ORDER]
        core_row[at.CORE_NEXT_ORDER] = order + 1
        sent = now + outbox.cycle[i] * cycle_q
        core_row[at.CORE_LAST_SEND] = max(core_row[at.CORE_LAST_SEND], sent)
        send = state.sends[i]
        send[at.SEND_TIME], send[at.SEND_SOURCE] = sent, (core << at.ORDER_BITS) | order
        payload = np.int64(outbox.has_payload[i]) & (at.HAS_PAYLOAD | at.LONG)
        send[at.SEND_TICK] = (tick << at.FLAG_BITS) | flags | payload
        if payload > state.registers[at.LARGEST_PAYLOAD]:
            report_fault(state, at.FAULT_LONG, core, payload)
            return
        transfer = outbox.transfer[i]
        if transfer == NO_TRANSFER:
            if breaks:
                flip_packet(state, i, send[at.SEND_SOURCE], tick, sent)
            send[at.SEND_LINE] = match_key(state, outbox.key[i])
            if breaks:
                note_packet_line(state, i, send[at.SEND_LINE])
            due += state.lines[send[at.SEND_LINE], at.LINE_DUE]
            links = state.lines[send[at.SEND_LINE], at.LINE_LINKS]
            if links:
                state.registers[at.LINK_OPEN] += links
                if not state.ticks[tick_row_of(state, tick), at.TICK_CROSSES]:
                    report_fault(state, at.FAULT_LINK, core, np.int64(outbox.key[i]))
        else:
            due += deliveries_of_transfer(state, transfer, core)
            if breaks and not state.registers[at.FAULT]:
                send[at.SEND_LINE] = note_burst_line(state, transfer)
        if order >= at.ORDER_LIMIT:
            report_fault(state, at.FAULT_ORDER, core, order)
        if sent - now >= at.SEND_DELAY_LIMIT:
            report_fault(state, at.FAULT_TIME, core, sent)
    state.registers[at.UNSENT_DELIVERIES] += due


@kernel
def deliveries_of_transfer(state: EngineState, number: Word, core: Word) -> Word:
    """Count the deliveries of a DMA transfer. It is a fault if the plan has no such transfer or another core must start it."""
    if number < 0 or number >= state.transfer_row.shape[0] or state.transfer_row[number] < 0:
        report_fault(state, at.FAULT_TRANSFER, core, number)
        return 0
    transfer = state.transfers[state.transfer_row[number]]
    if transfer[at.TRANSFER_ISSUER] != core:
        report_fault(state, at.FAULT_ISSUER, core, number)
    return transfer[at.TRANSFER_DUE]


@kernel
def report_fault(state: EngineState, what: Word, a: Word, b: Word) -> None:
    """Record a fault and two numbers about it, unless there is an earlier one."""
    if not state.registers[at.FAULT]:
        state.registers[at.FAULT] = what
        state.registers[at.FAULT_A] = a
        state.registers[at.FAULT_B] = b


@kernel
def inject_until(state: EngineState, until: Word) -> None:
    """Inject the entries whose send time is before `until`, in order of (send time, core, order), and what comes over links by then.

    The others stay in the outbox, which is sorted again only when programs have added to it.
    """
    outbox, registers = state.outbox, state.registers
    if not outbox.count[0] and not packets_coming(state):
        return
    if registers[at.OPEN_DELIVERIES] == 0:
        registers[at.PACKETS_USED] = 0
        registers[at.BASE] = registers[at.NOW]
    if registers[at.SENDS_SORTED] < outbox.count[0]:
        sort_outbox(state)
    gone, count, zero = registers[at.SENDS_GONE], registers[at.SENDS_SORTED], registers[at.SENDS_ZERO]
    coming = packets_coming(state)
    while gone < count and zero + (state.send_key[gone] >> at.ORDERED_TIME_SHIFT) < until:
        if coming:
            coming -= inject_coming(state, zero + (state.send_key[gone] >> at.ORDERED_TIME_SHIFT))
        inject_packet(state, state.send_key[gone] & at.ORDERED_ENTRY_MASK)
        gone += 1
    if coming:
        inject_coming(state, until)
    registers[at.SENDS_GONE] = gone
    if gone == count:
        outbox.count[0] = registers[at.SENDS_SORTED] = registers[at.SENDS_GONE] = 0


@kernel
def sort_outbox(state: EngineState) -> None:
    """Sort the outbox by (send time, core, order), after what has left it is removed."""
    keep_unsent(state)
    outbox, registers, keys = state.outbox, state.registers, state.send_key
    count, now = outbox.count[0], registers[at.NOW]
    for i in range(count):
        core = state.sends[i, at.SEND_SOURCE] >> at.ORDER_BITS
        keys[i] = ((state.sends[i, at.SEND_TIME] - now) << at.ORDERED_TIME_SHIFT) | (core << at.ORDERED_CORE_SHIFT) | i
    sort_words(keys, count, state.scratch_send, state.scratch_key)
    registers[at.SENDS_SORTED], registers[at.SENDS_GONE], registers[at.SENDS_ZERO] = count, 0, now


@kernel
def packets_coming(state: EngineState) -> Word:
    """Count the packets that come over links and are not in the event router yet."""
    coming: Word = 0
    if state.registers[at.DEFAULT_LINE] != at.NO_LINE:
        for link in range(N_LINKS):
            coming += state.registers[at.IN_LAST + link] - state.registers[at.IN_FIRST + link]
    return coming


@kernel
def room_to_leave(state: EngineState, opened: Word) -> bool:
    """Whether there is room for the packets that may leave over links, of so many open deliveries."""
    most: Word = 0
    if state.registers[at.DEFAULT_LINE] != at.NO_LINE:
        for link in range(N_LINKS):
            most = max(most, state.registers[at.LEFT_BY_LINK + link])
        most += state.registers[at.LINK_OPEN]
    return bool(most <= state.link_out.shape[1])


@kernel
def inject_coming(state: EngineState, until: Word) -> Word:
    """Inject what comes over links before `until`, in order of (time, link). Returns how many packets that are."""
    registers, done = state.registers, 0
    while True:
        when, link = until, -1
        for other in range(N_LINKS):
            first = registers[at.IN_FIRST + other]
            if first < registers[at.IN_LAST + other] and state.link_in[other, first, at.CROSS_TIME] < when:
                when, link = state.link_in[other, first, at.CROSS_TIME], other
        if link < 0:
            return done
        row = state.link_in[link, registers[at.IN_FIRST + link]]
        registers[at.IN_FIRST + link] += 1
        key = name_packet_of(state, when, (LINK_CORE + link) << at.ORDER_BITS, row[at.CROSS_TICK])
        if row[at.CROSS_TICK] & at.LONG:
            words = state.long[(key >> at.INDEX_SHIFT) & at.INDEX_MASK]
            words[0], words[1] = row[at.CROSS_FIRST], row[at.CROSS_SECOND]
        queue_packet(state, row[at.CROSS_KEY], row[at.CROSS_LINE], row[at.CROSS_PASSED], key)
        done += 1


@kernel
def take_crossings(state: EngineState, link: Word, crossings: Words, column: Word) -> None:
    """Take packets that come over a link, whose words begin in a column of `crossings`. There is room for them.

    Each matches a line at once, or leaves straight on, or has no route.
    """
    registers = state.registers
    for i in range(crossings.shape[0]):
        row = state.link_in[link, registers[at.IN_LAST + link]]
        registers[at.IN_LAST + link] += 1
        for word in range(at.CROSS_LINE):
            row[word] = crossings[i, column + word]
        if row[at.CROSS_TICK] & at.LONG:
            row[at.CROSS_FIRST] = crossings[i, column + at.CROSS_FIRST]
            row[at.CROSS_SECOND] = crossings[i, column + at.CROSS_SECOND]
        line = match_key(state, crossings[i, column + at.CROSS_KEY] & at.KEY_MASK)
        if crossings[i, column + at.CROSS_PASSED] > registers[at.MOST_PASSED]:
            line = state.lines.shape[0] - 1
        elif line == state.lines.shape[0] - 1:
            line = registers[at.DEFAULT_LINE] + link
        row[at.CROSS_LINE] = line
        if row[at.CROSS_TIME] < registers[at.NOW]:
            report_fault(state, at.FAULT_PAST, LINK_CORE + link, row[at.CROSS_KEY] & at.KEY_MASK)
        registers[at.UNSENT_DELIVERIES] += state.lines[line, at.LINE_DUE]
        registers[at.LINK_OPEN] += state.lines[line, at.LINE_LINKS]


@inlined
def name_packet_of(state: EngineState, sent: Word, source: Word, tick: Word) -> Word:
    """Give a packet a row of `packets` and a number. Returns the arrival key with which it enters its first stage at `sent`."""
    registers = state.registers
    index = registers[at.PACKETS_USED]
    registers[at.PACKETS_USED] = index + 1
    packet = state.packets[index]
    packet[at.PACKET_SENT], packet[at.PACKET_SOURCE] = sent, source
    packet[at.PACKET_TICK], packet[at.PACKET_SEQ] = tick, registers[at.NEXT_SEQ]
    registers[at.NEXT_SEQ] += 1
    return ((sent - registers[at.BASE]) << at.TIME_SHIFT) | (index << at.INDEX_SHIFT)


@kernel
def inject_packet(state: EngineState, i: Word) -> None:
    """Inject entry `i` of the outbox: it is counted, numbered, and queued at the injection channel."""
    outbox, send = state.outbox, state.sends[i]
    key = name_packet_of(state, send[at.SEND_TIME], send[at.SEND_SOURCE], send[at.SEND_TICK])
    if outbox.transfer[i] != NO_TRANSFER:
        inject_burst(state, (key >> at.INDEX_SHIFT) & at.INDEX_MASK, i, key)
        return
    if send[at.SEND_TICK] & at.LONG:
        words = state.long[(key >> at.INDEX_SHIFT) & at.INDEX_MASK]
        words[0], words[1] = outbox.long[i, 0], outbox.long[i, 1]
    queue_packet(state, (np.int64(outbox.payload[i]) << 32) | outbox.key[i], send[at.SEND_LINE], 0, key)
    if state.registers[at.BREAKS]:
        name_packet(state, state.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK], outbox.argument[i])


@inlined
def queue_packet(state: EngineState, word: Word, line: Word, passed: Word, key: Word) -> None:
    """Count a packet with a row of `packets`, and queue it on its way to the event router.

    `word` holds its payload and its key; it has passed so many links.
    """
    registers, packet = state.registers, state.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK]
    core = packet[at.PACKET_SOURCE] >> at.ORDER_BITS
    packet[at.PACKET_KEY], packet[at.PACKET_LINE], packet[at.PACKET_TRANSFER] = word, line, NO_TRANSFER
    packet[at.PACKET_ARGUMENT] = passed
    tally = state.tally[(word & at.KEY_MASK) >> KIND_SHIFT]
    due = state.lines[line, at.LINE_DUE]
    tally[at.TALLY_SENT] += 1
    tally[at.TALLY_DUE] += due
    hops = state.core[core, at.CORE_TO_ROUTER_HOPS]
    tally[at.TALLY_HOPS] += hops + state.lines[line, at.LINE_HOPS]
    registers[at.OPEN_DELIVERIES] += due
    registers[at.UNSENT_DELIVERIES] -= due
    registers[at.LINK_NEAR] += state.lines[line, at.LINE_LINKS]
    come_in(state, key, hops)


@kernel
def inject_burst(state: EngineState, index: Word, i: Word, key: Word) -> None:
    """Queue a DMA burst on its route to the event router, or, if it goes straight over the mesh, one copy per destination quad."""
    packet, row = state.packets[index], state.transfer_row[state.outbox.transfer[i]]
    transfer = state.transfers[row]
    line, multicast_key = transfer[at.TRANSFER_LINE], transfer[at.TRANSFER_KEY]
    packet[at.PACKET_KEY], packet[at.PACKET_LINE] = multicast_key, line
    packet[at.PACKET_TRANSFER], packet[at.PACKET_ARGUMENT] = row, state.outbox.argument[i]
    packet[at.PACKET_TICK] &= ~(at.HAS_PAYLOAD | at.LONG)
    due, hops = transfer[at.TRANSFER_DUE], transfer[at.TRANSFER_HOPS]
    if state.registers[at.BREAKS] and line != at.DIRECT:  # the line that the burst took when it was started
        packet[at.PACKET_LINE] = state.sends[i, at.SEND_LINE]
        due = state.lines[packet[at.PACKET_LINE], at.LINE_DUE]
        hops = transfer[at.TRANSFER_TO_ROUTER_HOPS] + state.lines[packet[at.PACKET_LINE], at.LINE_HOPS]
    tally = state.tally[at.DMA_CLASS if line == at.DIRECT else multicast_key >> KIND_SHIFT]
    tally[at.TALLY_SENT] += 1
    tally[at.TALLY_DUE] += due
    tally[at.TALLY_HOPS] += hops * transfer[at.TRANSFER_FLITS]
    state.registers[at.OPEN_DELIVERIES] += due
    state.registers[at.UNSENT_DELIVERIES] -= due
    key += transfer[at.TRANSFER_LEAD] << at.TIME_SHIFT
    word = at.BURST_BIT | transfer[at.TRANSFER_FLITS]
    if line != at.DIRECT:
        state.registers[at.BURSTS_UNDER_WAY] += 1
        start = transfer[at.TRANSFER_TO_ROUTER]
        enqueue(
            state.stage,
            state.waiting,
            state.arrival_key,
            state.copy_word,
            state.routes[start],
            key,
            word | (start << at.CURSOR_SHIFT),
        )
        return
    state.registers[at.BURSTS_UNDER_WAY] += transfer[at.TRANSFER_LAST] - transfer[at.TRANSFER_FIRST]
    for segment in range(transfer[at.TRANSFER_FIRST], transfer[at.TRANSFER_LAST]):
        start = state.segments[segment, at.SEGMENT_START]
        copy_key = key | state.segments[segment, at.SEGMENT_QUAD]
        copy_word = word | (segment << at.SEGMENT_SHIFT) | (start << at.CURSOR_SHIFT)
        enqueue(
            state.stage, state.waiting, state.arrival_key, state.copy_word, state.routes[start], copy_key, copy_word
        )


@kernel
def keep_unsent(state: EngineState) -> None:
    """Move the entries that have not left yet to the front of the outbox, in the order in which they were written."""
    outbox, registers = state.outbox, state.registers
    gone, ordered, count = registers[at.SENDS_GONE], registers[at.SENDS_SORTED], outbox.count[0]
    registers[at.SENDS_GONE] = registers[at.SENDS_SORTED] = 0
    if not gone:
        return
    entries = state.send_key[gone:ordered]
    for i in range(ordered - gone):
        entries[i] &= at.ORDERED_ENTRY_MASK
    sort_words(entries, ordered - gone, state.scratch_send, state.scratch_key)
    left = 0
    for i in range(count - gone):
        old = entries[i] if i < ordered - gone else gone + i
        move_entry(state, old, left)
        left += 1
    outbox.count[0] = left


@kernel
def move_entry(state: EngineState, old: Word, new: Word) -> None:
    """Move entry `old` of the outbox to place `new`."""
    outbox = state.outbox
    for column in range(state.sends.shape[1]):
        state.sends[new, column] = state.sends[old, column]
    outbox.row[new], outbox.key[new], outbox.cycle[new] = outbox.row[old], outbox.key[old], outbox.cycle[old]
    outbox.payload[new], outbox.has_payload[new] = outbox.payload[old], outbox.has_payload[old]
    outbox.transfer[new], outbox.argument[new] = outbox.transfer[old], outbox.argument[old]
    if outbox.has_payload[new] == at.LONG:
        outbox.long[new, 0], outbox.long[new, 1] = outbox.long[old, 0], outbox.long[old, 1]
