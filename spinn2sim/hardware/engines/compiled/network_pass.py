"""One pass over the network: each channel, in topological order, serves all packet copies that arrive there before the next wake.

The network needs no event queue. Channels serve first come, first served, ordered by (arrival, rank), so a service starts at
max(arrival, the instant at which the channel is free), which gives the arrival at the next channel. XY routing leaves the graph of
channels without a cycle, so one visit of each channel is enough. The pass ends at a horizon, the instant of the next wakes: what arrives
before it is served, even if its service starts later; later arrivals stay queued for the next pass. An ejection channel under
the stall policy also waits for room in a FIFO. As wakes at the horizon may make room, only services that start before it are decided.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.board.shape import LINK_CORE
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_deliveries import is_dropped, lose_arrivals
from spinn2sim.hardware.engines.compiled.delivery import deliver
from spinn2sim.hardware.engines.compiled.outcomes import settle
from spinn2sim.hardware.engines.compiled.queues import count_waiting, enqueue, keep_unserved, note_wait, nothing_queued
from spinn2sim.hardware.engines.compiled.router_pass import route, serve_port, tree_is_clear
from spinn2sim.hardware.engines.compiled.sorting import sort_queue
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.engines.compiled.way_in import queue_coming, sweep_way_in, way_in_is_clear
from spinn2sim.hardware.facts import HOP_Q

kernel = kernels_of(__package__)


@kernel
def run_pass(state: EngineState, until: Word) -> None:
    """Serve all arrivals before the instant `until`."""
    base = state.registers[at.BASE]
    horizon = min(until - base, 2 * at.TIME_LIMIT)
    stall = state.registers[at.FIFO_POLICY] == at.POLICY_STALL
    router = state.registers[at.ROUTER_STAGE]
    clear, left, queued = tree_is_clear(state), 0, 0
    if way_in_is_clear(state):
        sweep_way_in(state, horizon, clear)
    else:
        queue_coming(state)
    if nothing_queued(state):
        state.registers[at.QUEUED_BELOW_PORTS] = state.registers[at.QUEUED] = 0
        return
    for stage in state.stage_order:
        if not state.waiting[stage]:
            continue
        count = state.stage[stage, at.STAGE_QUEUED]
        state.waiting[stage] = 0
        if count and state.registers[at.CHANNELS_DOWN]:
            count = lose_arrivals(state, stage, count)
        if count == 0:
            continue
        if state.stage[stage, at.STAGE_UNSORTED]:
            sort_queue(state.arrival_key[stage], state.copy_word[stage], count, state.scratch_key, state.scratch_word)
            state.stage[stage, at.STAGE_UNSORTED] = 0
        if stage == router:
            done = route(state, count, horizon)
        elif stage > router:
            done = serve_link(state, stage, count, horizon)
        elif stall and state.registers[at.EJECT_FIRST] <= stage and stage < state.registers[at.EJECT_LAST]:
            done = eject_with_credit(state, stage, count, horizon)
        elif clear and state.from_router[stage] == at.ROUTER_PORT:
            done = serve_port(state, stage, count, horizon)
        else:
            done = serve_channel(state, stage, count, horizon)
        keep_unserved(state, stage, done, count)
        queued += count - done
        if state.from_router[stage] == at.BELOW_PORT:
            left += count - done
    state.registers[at.QUEUED_BELOW_PORTS], state.registers[at.QUEUED] = left, queued


@kernel
def serve_channel(state: EngineState, stage: Word, count: Word, horizon: Word) -> Word:
    """Serve the queue of a channel. Returns how many packet copies were served."""
    row, starts, base = state.stage[stage], state.wait_start[stage], state.registers[at.BASE]
    keys, words = state.arrival_key[stage], state.copy_word[stage]
    free, service, served = row[at.STAGE_FREE_AT] - base, row[at.STAGE_SERVICE], 0
    done = 0
    while done < count:
        key, word = keys[done], words[done]
        arrival = key >> at.TIME_SHIFT
        if arrival >= horizon:
            break
        start = arrival
        if free > arrival:
            start = free
            note_wait(row, starts, base + arrival, base + start)
        flits = word & at.FLITS_MASK
        free = start + service * flits
        served += flits
        if word & at.BURST_BIT:
            state.registers[at.BURST_FREE_AT] = max(state.registers[at.BURST_FREE_AT], base + free)
        key += (start + HOP_Q - arrival) << at.TIME_SHIFT
        word += 1 << at.CURSOR_SHIFT
        onto = state.routes[(word >> at.CURSOR_SHIFT) & at.CURSOR_MASK]
        if onto != at.END_OF_ROUTE:
            enqueue(state.stage, state.waiting, state.arrival_key, state.copy_word, onto, key, word)
        else:
            deliver(state, key, word)
        done += 1
    row[at.STAGE_FREE_AT] = base + free
    row[at.STAGE_FLITS] += served
    held = base + free + at.QUAD_MASK * HOP_Q
    state.registers[at.WAY_IN_HELD_UNTIL] = max(state.registers[at.WAY_IN_HELD_UNTIL], held)
    return done


@kernel
def serve_link(state: EngineState, stage: Word, count: Word, horizon: Word) -> Word:
    """Serve the queue of a link: packets leave the chip, or are dropped if too many wait. Returns how many packet copies were served."""
    registers, row, starts = state.registers, state.stage[stage], state.wait_start[stage]
    keys, words, base, link = (
        state.arrival_key[stage],
        state.copy_word[stage],
        registers[at.BASE],
        stage - registers[at.LINK_STAGE],
    )
    free, room, done, served, long = row[at.STAGE_FREE_AT], registers[at.LINK_ROOM], 0, 0, 0
    while done < count:
        arrival = keys[done] >> at.TIME_SHIFT
        if arrival >= horizon:
            break
        start = base + arrival
        index, segment = (
            (keys[done] >> at.INDEX_SHIFT) & at.INDEX_MASK,
            (words[done] >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK,
        )
        registers[at.LINK_OPEN] -= 1
        registers[at.LINK_NEAR] -= 1
        done += 1
        if free > start:
            if room and count_waiting(row, starts, start) >= room:
                settle(state, index, segment, LINK_CORE + link, start, at.DROPPED, start)
                registers[at.LAST_EVENT] = max(registers[at.LAST_EVENT], start)
                continue
            note_wait(row, starts, start, free)
            start = free
        free = start + row[at.STAGE_SERVICE]
        if state.packets[index, at.PACKET_TICK] & at.LONG:
            free = start + registers[at.LINK_LONG_SERVICE]
            long += 1
        served += 1
        arrives = free + registers[at.LINK_LATENCY]
        leave(state, index, link, arrives)
        settle(state, index, segment, LINK_CORE + link, arrives, at.ON_TIME, arrives)
    row[at.STAGE_FREE_AT] = free
    row[at.STAGE_FLITS] += served
    registers[at.LONG_BY_LINK + link] += long
    return done


@kernel
def leave(state: EngineState, index: Word, link: Word, arrives: Word) -> None:
    """Note that packet `index` leaves by a link, and when it arrives at the neighbour."""
    end = state.registers[at.LEFT_BY_LINK + link]
    row, packet = state.link_out[link, end], state.packets[index]
    row[at.CROSS_TIME], row[at.CROSS_KEY], row[at.CROSS_TICK] = arrives, packet[at.PACKET_KEY], packet[at.PACKET_TICK]
    row[at.CROSS_PASSED] = packet[at.PACKET_ARGUMENT] + 1
    if packet[at.PACKET_TICK] & at.LONG:
        row[at.CROSS_FIRST], row[at.CROSS_SECOND] = state.long[index, 0], state.long[index, 1]
    state.registers[at.LEFT_BY_LINK + link] = end + 1


@kernel
def eject_with_credit(state: EngineState, stage: Word, count: Word, horizon: Word) -> Word:
    """Serve an ejection channel under the stall policy: the first packet holds it until each FIFO that it goes to has room.

    Returns how many services started.
    """
    row, starts, base = state.stage[stage], state.wait_start[stage], state.registers[at.BASE]
    keys, words = state.arrival_key[stage], state.copy_word[stage]
    floor, done = state.registers[at.NOW] - base, 0
    free = row[at.STAGE_FREE_AT] - base
    while done < count:
        start = max(keys[done] >> at.TIME_SHIFT, free, floor)
        if start >= horizon or not has_room(state, keys[done], words[done]):
            break
        starts[done] = start
        flits = words[done] & at.FLITS_MASK
        free = start + row[at.STAGE_SERVICE] * flits
        row[at.STAGE_FLITS] += flits
        wait = start - (keys[done] >> at.TIME_SHIFT)
        deliver(state, keys[done] + ((wait + HOP_Q) << at.TIME_SHIFT), words[done])
        done += 1
    row[at.STAGE_FREE_AT] = base + free
    started = 0
    for i in range(count):
        arrival = keys[i] >> at.TIME_SHIFT
        if arrival >= horizon:
            break
        while started < done and starts[started] <= arrival:
            started += 1
        if arrival >= floor:
            row[at.STAGE_LONGEST] = max(row[at.STAGE_LONGEST], i + 1 - started)
            state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], base + arrival)
    return done


@kernel
def has_room(state: EngineState, key: Word, word: Word) -> bool:
    """Whether each FIFO that a packet copy goes to has room for it, counting packets on their way there; a burst needs no FIFO."""
    if word & at.BURST_BIT:
        return True
    segment, full = (word >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK, 0
    index = (key >> at.INDEX_SHIFT) & at.INDEX_MASK
    for i in range(state.segments[segment, at.SEGMENT_FIRST], state.segments[segment, at.SEGMENT_LAST]):
        if state.registers[at.BREAKS] and is_dropped(state, index, state.segment_cores[i]):
            continue
        full += state.core[state.segment_cores[i], at.CORE_TAIL] >= state.registers[at.FIFO_CAPACITY]
    return full == 0
