"""The way to the event router: one sweep in place of a visit of each channel.

The channels to the event router form a tree: all packets that pass a channel have the same number of hops before them. So whichever of
them is first at the event router in an empty network is also first at each channel that they share, and packets that are taken in the
order of (that instant, index) find each channel in the order in which they arrive there. A packet that waits is later by its wait; if
another one is now before it, it waits on a heap until its turn comes. In this way each packet goes through several channels in one step,
and one that finds its last channel free goes through all of them without a look at the others (`waits_nowhere`).

This holds as long as packets are alone on these channels (`way_in_is_clear`); otherwise they are queued, and the pass visits the channels.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.queues import enqueue, note_wait
from spinn2sim.hardware.engines.compiled.router_pass import accept, replicate, replicate_clear
from spinn2sim.hardware.engines.compiled.sorting import pop_least, push, sort_nearly
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.facts import HOP_Q, PIPELINE_Q

kernel, inlined = kernels_of(__package__), kernels_of(__package__, inline=True)

# In `passed_last`: no packet.
NOBODY = -1
INDEX_BITS = at.INDEX_MASK << at.INDEX_SHIFT


@inlined
def come_in(state: EngineState, key: Word, hops: Word) -> None:
    """Note a packet that is at the first of so many channels to the event router at the time of `key`."""
    end = state.registers[at.COMING_IN]
    state.way_in[end] = key + ((hops * HOP_Q) << at.TIME_SHIFT) + hops
    state.registers[at.COMING_IN] = end + 1


@kernel
def way_in_is_clear(state: EngineState) -> bool:
    """Whether nothing but packets is on its way to the event router, over a tree of channels, and nothing breaks."""
    registers = state.registers
    return registers[at.WAY_IN_SERVICE] and not registers[at.BURSTS_UNDER_WAY] and not registers[at.BREAKS]


@inlined
def router_cursor(state: EngineState, key: Word) -> Word:
    """The position in `routes` of the event router on the route of a packet."""
    source = state.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK, at.PACKET_SOURCE] >> at.ORDER_BITS
    return state.core[source, at.CORE_TO_ROUTER] + state.core[source, at.CORE_TO_ROUTER_HOPS]


@kernel
def queue_coming(state: EngineState) -> None:
    """Queue the packets that come in at the first stages of their routes."""
    for i in range(state.registers[at.COMING_IN]):
        queue_one(state, state.way_in[i], router_cursor(state, state.way_in[i]))
    state.registers[at.COMING_IN] = 0


@kernel
def queue_one(state: EngineState, key: Word, router: Word) -> None:
    """Queue a packet at its next stage, given the position of the event router on its route."""
    left = key & at.QUAD_MASK
    cursor = router - left
    key -= ((left * HOP_Q) << at.TIME_SHIFT) + left
    word = (cursor << at.CURSOR_SHIFT) | 1
    enqueue(state.stage, state.waiting, state.arrival_key, state.copy_word, state.routes[cursor], key, word)


@kernel
def gather_queued(state: EngineState) -> None:
    """Take the packets that earlier passes have left in queues before the event router back among those that come in."""
    for stage in state.stage_order:
        if state.waiting[stage]:
            for i in range(state.stage[stage, at.STAGE_QUEUED]):
                key = state.arrival_key[stage, i]
                come_in(
                    state,
                    key,
                    router_cursor(state, key) - ((state.copy_word[stage, i] >> at.CURSOR_SHIFT) & at.CURSOR_MASK),
                )
            state.stage[stage, at.STAGE_QUEUED] = state.stage[stage, at.STAGE_UNSORTED] = state.waiting[stage] = 0
        if stage == state.registers[at.ROUTER_STAGE]:
            return


@kernel
def sweep_way_in(state: EngineState, horizon: Word, clear: bool) -> None:
    """Serve the packets on their way to the event router, and there, as far as they arrive at a stage before the horizon.

    `clear` says whether copies may pass the event router's ports at once. These arrive there in the order of (start at the event router,
    index), so packets that start at the same instant, which are no more than the engines, are replicated together.
    """
    if state.registers[at.QUEUED]:
        gather_queued(state)
    keys, heap, group = state.way_in, state.scratch_key, state.scratch_word
    count = state.registers[at.COMING_IN]
    sort_nearly(keys, count, heap, group)
    state.passed_last[:] = NOBODY
    done, held, together, started = 0, 0, 0, 0
    while done < count or held:
        if held and (done == count or heap[0] < keys[done]):
            key = heap[0]
            held = pop_least(heap, held)
        else:
            key = keys[done]
            done += 1
        source = state.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK, at.PACKET_SOURCE] >> at.ORDER_BITS
        if not waits_nowhere(state, key, source, horizon):
            after = at.FOREVER * 2 - 1
            if done < count:
                after = keys[done]
            if held:
                after = min(after, heap[0])
            key = pass_channels(state, key, source, after, horizon)
            if key > after:
                hold_back(state, key)
                held = push(heap, held, key)
                continue
            if (key >> at.TIME_SHIFT) - (key & at.QUAD_MASK) * HOP_Q >= horizon:
                hold_back(state, key)
                queue_one(state, key, router_cursor(state, key))
                continue
        start = accept(state, key >> at.TIME_SHIFT, 1)
        if start > started:
            replicate_all(state, group, together, started, horizon, clear)
            together, started = 0, start
        insert(group, together, key & INDEX_BITS)
        together += 1
    replicate_all(state, group, together, started, horizon, clear)
    state.registers[at.COMING_IN] = 0


@inlined
def waits_nowhere(state: EngineState, key: Word, source: Word, horizon: Word) -> bool:
    """Whether a packet of core `source` passes all channels at once, since it waits at none; if so, it is at the event router now.

    All channels hold packets for equally long. Whoever comes to the last one when it is free comes to each of its others after whoever
    has gone through both, and finds it free. So only the last one is noted as held here, and who holds it: `pass_channels` needs the
    others only of that packet, since those before it are through. None may be on its way there that has passed only some channels.
    """
    base, hops, arrival = state.registers[at.BASE], state.core[source, at.CORE_TO_ROUTER_HOPS], key >> at.TIME_SHIFT
    if key & at.QUAD_MASK != hops or arrival >= horizon or base + arrival < state.registers[at.WAY_IN_HELD_UNTIL]:
        return False
    if hops:
        last = state.routes[state.core[source, at.CORE_TO_ROUTER] + hops - 1]
        row, there = state.stage[last], base + arrival - HOP_Q
        if row[at.STAGE_FREE_AT] > there:
            return False
        row[at.STAGE_FREE_AT] = there + row[at.STAGE_SERVICE]
        state.passed_last[last] = key
        state.passed_in[source] += 1
    return True


@inlined
def hold_back(state: EngineState, key: Word) -> None:
    """Note that a packet with this key has passed only some of its channels."""
    registers = state.registers
    until = registers[at.BASE] + (key >> at.TIME_SHIFT) + registers[at.WAY_IN_SERVICE]
    registers[at.WAY_IN_HELD_UNTIL] = max(registers[at.WAY_IN_HELD_UNTIL], until)


@kernel
def hold_channels(state: EngineState, key: Word) -> None:
    """Let a packet that waited nowhere hold the channels that it has passed."""
    router, arrival = router_cursor(state, key), state.registers[at.BASE] + (key >> at.TIME_SHIFT)
    for left in range(1, (key & at.QUAD_MASK) + 1):
        row = state.stage[state.routes[router - left]]
        row[at.STAGE_FREE_AT] = arrival - left * HOP_Q + row[at.STAGE_SERVICE]


@inlined
def pass_channels(state: EngineState, key: Word, source: Word, after: Word, horizon: Word) -> Word:
    """Take a packet of core `source` through the channels before the event router, until it is there, or behind the key `after`, or beyond
    the horizon. Returns its key at that place.
    """
    routes, base, left = state.routes, state.registers[at.BASE], key & at.QUAD_MASK
    router = state.core[source, at.CORE_TO_ROUTER] + state.core[source, at.CORE_TO_ROUTER_HOPS]
    arrival = (key >> at.TIME_SHIFT) - left * HOP_Q
    if left:
        last = routes[router - 1]
        if state.passed_last[last] != NOBODY:
            hold_channels(state, state.passed_last[last])
            state.passed_last[last] = NOBODY
    while left and arrival < horizon:
        stage = routes[router - left]
        row = state.stage[stage]
        row[at.STAGE_FLITS] += 1
        left -= 1
        key -= 1
        wait = row[at.STAGE_FREE_AT] - base - arrival
        if wait > 0:
            note_wait(row, state.wait_start[stage], base + arrival, base + arrival + wait)
            arrival += wait
            key += wait << at.TIME_SHIFT
        row[at.STAGE_FREE_AT] = base + arrival + row[at.STAGE_SERVICE]
        arrival += HOP_Q
        if key > after:
            return key
    return key


@kernel
def replicate_all(state: EngineState, group: Words, count: Word, start: Word, horizon: Word, clear: bool) -> None:
    """Replicate the packets of group[:count], which entered the event router's pipeline at `start`."""
    clear = clear and start + PIPELINE_Q < horizon
    for i in range(count):
        if clear:
            replicate_clear(state, group[i], start, horizon)
        else:
            replicate(state, group[i], 1, start)


@inlined
def insert(group: Words, count: Word, key: Word) -> None:
    """Insert a key into the sorted keys group[:count]."""
    while count and group[count - 1] > key:
        group[count] = group[count - 1]
        count -= 1
    group[count] = key
