"""The event router, and the ports by which packet copies leave it.

Below the ports each channel is fed by one other channel that is at least as slow. So copies that have left a port wait nowhere, and go to
their destinations at once, unless something else is on these channels (`tree_is_clear`).
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.delivery import deliver_packet
from spinn2sim.hardware.engines.compiled.outcomes import NO_SEGMENT, settle
from spinn2sim.hardware.engines.compiled.queues import enqueue, note_wait
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.facts import HOP_Q, PIPELINE_Q, ROUTER_Q

kernel, inlined = kernels_of(__package__), kernels_of(__package__, inline=True)


@kernel
def tree_is_clear(state: EngineState) -> bool:
    """Whether packet copies may bypass the queues below the event router's ports in this pass: none would wait there.

    This holds if no copy is queued below a port, and no burst is in the network or still holds a channel. A direct burst that leaves its
    PE later reaches these channels one hop after the copies that pass now. Where something breaks, each channel is looked at.
    """
    registers = state.registers
    return (
        registers[at.BYPASS_ALLOWED]
        and not registers[at.BREAKS]
        and not registers[at.QUEUED_BELOW_PORTS]
        and not registers[at.BURSTS_UNDER_WAY]
        and registers[at.BURST_FREE_AT] <= registers[at.NOW]
    )


@kernel
def route(state: EngineState, count: Word, horizon: Word) -> Word:
    """Route the queue of the event router. Returns how many packets were routed."""
    stage = state.registers[at.ROUTER_STAGE]
    keys, words = state.arrival_key[stage], state.copy_word[stage]
    done = 0
    while done < count:
        arrival = keys[done] >> at.TIME_SHIFT
        if arrival >= horizon:
            break
        start = accept(state, arrival, words[done] & at.FLITS_MASK)
        replicate(state, keys[done], words[done], start)
        done += 1
    return done


@inlined
def accept(state: EngineState, arrival: Word, flits: Word) -> Word:
    """Accept the packet that is next in the order of arrival: the engine that is free first takes it. Returns when that begins."""
    registers, stage = state.registers, state.registers[at.ROUTER_STAGE]
    start = registers[at.BASE] + arrival
    if registers[at.ENGINES_FIRST] > start:
        note_wait(state.stage[stage], state.wait_start[stage], start, registers[at.ENGINES_FIRST])
        start = registers[at.ENGINES_FIRST]
    # The engines stay in the order in which they are free. After packets, this one is the last, as it began the latest.
    free, engine = start + ROUTER_Q * flits, at.ENGINES_FIRST
    while engine + 1 < at.ENGINES_LAST and registers[engine + 1] < free:
        registers[engine] = registers[engine + 1]
        engine += 1
    registers[engine] = free
    state.stage[stage, at.STAGE_FLITS] += flits
    registers[at.ROUTER_ACCEPTED] += 1
    return start - registers[at.BASE]


@kernel
def replicate(state: EngineState, key: Word, word: Word, start: Word) -> None:
    """Queue one copy per destination quad of the packet's line at its port; the packet entered the event router's pipeline at `start`."""
    index = (key >> at.INDEX_SHIFT) & at.INDEX_MASK
    line = state.lines[state.packets[index, at.PACKET_LINE]]
    first, last = line[at.LINE_FIRST], line[at.LINE_LAST]
    line[at.LINE_HITS] += 1
    if word & at.BURST_BIT:
        state.registers[at.BURSTS_UNDER_WAY] += last - first - 1
    if first == last:
        settle_unrouted(state, index, start)
    key = ((start + PIPELINE_Q) << at.TIME_SHIFT) | (index << at.INDEX_SHIFT)
    word &= at.FLITS_MASK | at.BURST_BIT
    for segment in range(first, last):
        queue_copy(state, segment, key, word)


@kernel
def replicate_clear(state: EngineState, key: Word, start: Word, horizon: Word) -> None:
    """Replicate a packet where nothing else is behind the ports: a copy that finds no queue at its port passes it now.

    Packets must come in the order in which their copies arrive at the ports, and before the horizon.
    """
    index = (key >> at.INDEX_SHIFT) & at.INDEX_MASK
    line = state.lines[state.packets[index, at.PACKET_LINE]]
    first, last = line[at.LINE_FIRST], line[at.LINE_LAST]
    line[at.LINE_HITS] += 1
    if first == last:
        settle_unrouted(state, index, start)
    key = ((start + PIPELINE_Q) << at.TIME_SHIFT) | (index << at.INDEX_SHIFT)
    segments, routes, waiting, from_router = state.segments, state.routes, state.waiting, state.from_router
    for segment in range(first, last):
        port = routes[segments[segment, at.SEGMENT_START]]
        if waiting[port] or from_router[port] != at.ROUTER_PORT:
            queue_copy(state, segment, key, 1)
        else:
            pass_port(state, port, key | segments[segment, at.SEGMENT_QUAD], segment, horizon)


@kernel
def queue_copy(state: EngineState, segment: Word, key: Word, word: Word) -> None:
    """Queue the copy for a segment at the segment's first stage."""
    cursor = state.segments[segment, at.SEGMENT_START]
    key |= state.segments[segment, at.SEGMENT_QUAD]
    word |= (segment << at.SEGMENT_SHIFT) | (cursor << at.CURSOR_SHIFT)
    enqueue(state.stage, state.waiting, state.arrival_key, state.copy_word, state.routes[cursor], key, word)


@kernel
def settle_unrouted(state: EngineState, index: Word, start: Word) -> None:
    """Settle a packet whose line leads nowhere."""
    now = state.registers[at.BASE] + start
    settle(state, index, NO_SEGMENT, 0, now + PIPELINE_Q, at.NO_ROUTE, now)
    state.registers[at.LAST_EVENT] = max(state.registers[at.LAST_EVENT], now)


@kernel
def serve_port(state: EngineState, stage: Word, count: Word, horizon: Word) -> Word:
    """Serve the queue of a port behind which the channels are clear. Returns how many packet copies were served."""
    keys, words = state.arrival_key[stage], state.copy_word[stage]
    done = 0
    while done < count and keys[done] >> at.TIME_SHIFT < horizon:
        pass_port(state, stage, keys[done], (words[done] >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK, horizon)
        done += 1
    return done


@inlined
def pass_port(state: EngineState, port: Word, key: Word, segment: Word, horizon: Word) -> None:
    """Serve the copy of a packet for a segment at a port behind which the channels are clear.

    If it can leave its last channel before the horizon, it is delivered after as many hops as its segment has.
    """
    row, base, start = state.stage[port], state.registers[at.BASE], key >> at.TIME_SHIFT
    wait = row[at.STAGE_FREE_AT] - base - start
    if wait > 0:
        note_wait(row, state.wait_start[port], base + start, base + start + wait)
        start += wait
        key += wait << at.TIME_SHIFT
    row[at.STAGE_FREE_AT] = base + start + row[at.STAGE_SERVICE]
    row[at.STAGE_FLITS] += 1
    hops = state.segments[segment, at.SEGMENT_HOPS]
    if hops == 1 or start + (hops - 1) * HOP_Q < horizon:
        state.segments[segment, at.SEGMENT_BYPASS_FLITS] += 1
        deliver_packet(state, key + ((hops * HOP_Q) << at.TIME_SHIFT), segment)
    else:
        queue_below(state, key + (HOP_Q << at.TIME_SHIFT), segment)


@kernel
def queue_below(state: EngineState, key: Word, segment: Word) -> None:
    """Queue the copy of a packet for a segment behind the segment's port."""
    cursor = state.segments[segment, at.SEGMENT_START] + 1
    word = (segment << at.SEGMENT_SHIFT) | (cursor << at.CURSOR_SHIFT) | 1
    enqueue(state.stage, state.waiting, state.arrival_key, state.copy_word, state.routes[cursor], key, word)
