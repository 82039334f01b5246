"""One pass over the network: each channel in topological order serves what arrives there before a horizon; no event, no heap.

First come, first served by (arrival, rank) fixes each start as max(arrival, free), so what starts after the horizon is known as well.
What arrives after it stays for the next pass. Ejection channels under the stall policy also wait for room: they decide only what starts
before the horizon, since the wake that makes room is there.
"""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.accounting import HOP_Q, NO_LEG, NO_ROUTE, PIPELINE_Q, settle
from spinn2sim.hardware.engines.compiled.delivery import land
from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.sorting import sort_slips
from spinn2sim.hardware.engines.compiled.state import (
    ACCEPTED,
    BASE,
    BEYOND,
    BURST_BIT,
    BURST_FREE,
    BURSTS,
    C_TAIL,
    COUNT,
    CURSOR_MASK,
    CURSOR_SHIFT,
    DIRTY,
    EJECT_FIRST,
    EJECT_LAST,
    END,
    ENGINE_0,
    FIFO_CAPACITY,
    FLITS,
    FLITS_MASK,
    FREE,
    HELD_OUT,
    INDEX_MASK,
    INDEX_SHIFT,
    JUMPS,
    LAST,
    LEG_FIRST,
    LEG_HOPS,
    LEG_JUMPED,
    LEG_LAST,
    LEG_MASK,
    LEG_QUAD,
    LEG_SHIFT,
    LEG_START,
    LINE_FIRST,
    LINE_HITS,
    LINE_LAST,
    LONGEST,
    NOW,
    P_LINE,
    P_STALL,
    POLICY,
    PORT,
    ROUTER,
    SERVICE,
    TIME_LIMIT,
    TIME_SHIFT,
    WAIT_FIRST,
    WAIT_LAST,
    Net,
    Word,
    Words,
)  # fmt: skip

ROUTER_Q = 30


@kernel
def sweep(m: Net, until: Word) -> None:
    """All arrivals before `until` (an instant of the part)."""
    base = m.clock[BASE]
    horizon = min(until - base, 2 * TIME_LIMIT)
    stall = m.clock[POLICY] == P_STALL
    router = m.clock[ROUTER]
    clear, left = way_is_clear(m), 0
    for c in m.order:
        count = m.stage[c, COUNT]
        if count == 0:
            continue
        if m.stage[c, DIRTY]:
            sort_slips(m.held_key[c], m.held_load[c], count, m.scratch_key, m.scratch_load)
            m.stage[c, DIRTY] = 0
        if c == router:
            done = accept(m, count, horizon)
        elif stall and m.clock[EJECT_FIRST] <= c and c < m.clock[EJECT_LAST]:
            done = eject(m, c, count, horizon)
        else:
            done = serve(m, c, count, horizon, clear and m.outward[c] == PORT)
        keep(m, c, done, count)
        if m.outward[c] == BEYOND:
            left += count - done
    m.clock[HELD_OUT] = left


@kernel
def way_is_clear(m: Net) -> bool:
    """Whether packets can go from the router's ports to their ends at once in this pass.

    None is on its way beyond a port, and no burst is, or still holds a channel. A direct burst that leaves its PE later comes a hop after
    what goes now.
    """
    clock = m.clock
    return clock[JUMPS] and not clock[HELD_OUT] and not clock[BURSTS] and clock[BURST_FREE] <= clock[NOW]


@kernel
def keep(m: Net, c: Word, done: Word, count: Word) -> None:
    """What is not served yet moves to the front."""
    if done < count:
        keys, loads = m.held_key[c], m.held_load[c]
        for i in range(count - done):
            keys[i] = keys[done + i]
            loads[i] = loads[done + i]
    m.stage[c, COUNT] = count - done


@kernel
def serve(m: Net, c: Word, count: Word, horizon: Word, clear: bool) -> Word:
    """A plain channel. Returns how many were served. Where the way beyond is `clear`, what passes its last channel before the horizon
    waits nowhere: it is there after as many hops as its leg has."""
    s, keys, loads, begun, base = m.stage[c], m.held_key[c], m.held_load[c], m.begun[c], m.clock[BASE]
    free, service, flits = s[FREE] - base, s[SERVICE], 0
    done = 0
    while done < count:
        key, load = keys[done], loads[done]
        arrival = key >> TIME_SHIFT
        if arrival >= horizon:
            break
        start = arrival
        if free > arrival:
            start = free
            wait(s, begun, base + arrival, base + start)
        many = load & FLITS_MASK
        free = start + service * many
        flits += many
        if load & BURST_BIT:
            m.clock[BURST_FREE] = max(m.clock[BURST_FREE], base + free)
        leg = (load >> LEG_SHIFT) & LEG_MASK
        hops = m.legs[leg, LEG_HOPS] if clear else 1
        if hops > 1 and start + (hops - 1) * HOP_Q < horizon:
            m.legs[leg, LEG_JUMPED] += many
            land(m, key + ((start + hops * HOP_Q - arrival) << TIME_SHIFT), load)
        else:
            key += (start + HOP_Q - arrival) << TIME_SHIFT
            load += 1 << CURSOR_SHIFT
            onto = m.route[(load >> CURSOR_SHIFT) & CURSOR_MASK]
            if onto != END:
                push(m.stage, m.held_key, m.held_load, onto, key, load)
            else:
                land(m, key, load)
        done += 1
    s[FREE] = base + free
    s[FLITS] += flits
    if s[WAIT_LAST]:
        forget(s, begun, base + horizon)
    return done


@kernel
def push(stage: Words, held_key: Words, held_load: Words, onto: Word, key: Word, load: Word) -> None:
    """A slip arrives at stage `onto` at the time of `key`."""
    at = stage[onto, COUNT]
    held_key[onto, at] = key
    held_load[onto, at] = load
    if at and held_key[onto, at - 1] > key:
        stage[onto, DIRTY] = 1
    stage[onto, COUNT] = at + 1


@kernel
def wait(s: Words, begun: Words, arrival: Word, start: Word) -> None:
    """One that arrives now starts later: how many wait, it included. Starts rise, so those over by now are a first stretch."""
    first, last = s[WAIT_FIRST], s[WAIT_LAST]
    begun[last] = start
    last += 1
    while begun[first] <= arrival:
        first += 1
    s[WAIT_FIRST], s[WAIT_LAST] = first, last
    s[LONGEST] = max(s[LONGEST], last - first)


@kernel
def forget(s: Words, begun: Words, horizon: Word) -> None:
    """Starts before the horizon no longer matter; the others move to the front."""
    first, last = s[WAIT_FIRST], s[WAIT_LAST]
    while first < last and begun[first] <= horizon:
        first += 1
    for i in range(last - first):
        begun[i] = begun[first + i]
    s[WAIT_FIRST], s[WAIT_LAST] = 0, last - first


@kernel
def accept(m: Net, count: Word, horizon: Word) -> Word:
    """The event router: the engine that is free first takes the slip that came first. Returns how many were taken."""
    clock, c = m.clock, m.clock[ROUTER]
    base, s, begun = clock[BASE], m.stage[c], m.begun[c]
    keys, loads = m.held_key[c], m.held_load[c]
    engines = clock[ENGINE_0 : ENGINE_0 + 3]
    done = 0
    while done < count:
        arrival = keys[done] >> TIME_SHIFT
        if arrival >= horizon:
            break
        engine = 0
        if engines[1] < engines[engine]:
            engine = 1
        if engines[2] < engines[engine]:
            engine = 2
        start = base + arrival
        if engines[engine] > start:
            start = engines[engine]
            wait(s, begun, base + arrival, start)
        many = loads[done] & FLITS_MASK
        engines[engine] = start + ROUTER_Q * many
        s[FLITS] += many
        clock[ACCEPTED] += 1
        copy(m, keys[done], loads[done], start - base)
        done += 1
    if s[WAIT_LAST]:
        forget(s, begun, base + horizon)
    return done


@kernel
def copy(m: Net, key: Word, load: Word, start: Word) -> None:
    """One slip per leg of the line leaves the router's pipeline."""
    index = (key >> INDEX_SHIFT) & INDEX_MASK
    line = m.packets[index, P_LINE]
    first, last = m.lines[line, LINE_FIRST], m.lines[line, LINE_LAST]
    m.lines[line, LINE_HITS] += 1
    if load & BURST_BIT:
        m.clock[BURSTS] += last - first - 1
    if line == m.lines.shape[0] - 1:
        now = m.clock[BASE] + start
        settle(m, index, NO_LEG, 0, now + PIPELINE_Q, NO_ROUTE, now)
        m.clock[LAST] = max(m.clock[LAST], now)
        return
    key = ((start + PIPELINE_Q) << TIME_SHIFT) | (index << INDEX_SHIFT)
    load &= FLITS_MASK | BURST_BIT
    for leg in range(first, last):
        begin = m.legs[leg, LEG_START]
        push(
            m.stage, m.held_key, m.held_load, m.route[begin], key | m.legs[leg, LEG_QUAD],
            load | (leg << LEG_SHIFT) | (begin << CURSOR_SHIFT),
        )  # fmt: skip


@kernel
def eject(m: Net, c: Word, count: Word, horizon: Word) -> Word:
    """An ejection channel under the stall policy: the first one holds it until each FIFO it goes to has room. Returns how many started."""
    s, keys, loads, starts = m.stage[c], m.held_key[c], m.held_load[c], m.begun[c]
    base = m.clock[BASE]
    floor, done = m.clock[NOW] - base, 0
    free = s[FREE] - base
    while done < count:
        start = max(keys[done] >> TIME_SHIFT, free, floor)
        if start >= horizon or not has_room(m, loads[done]):
            break
        starts[done] = start
        many = loads[done] & FLITS_MASK
        free = start + s[SERVICE] * many
        s[FLITS] += many
        land(m, keys[done] + ((start + HOP_Q - (keys[done] >> TIME_SHIFT)) << TIME_SHIFT), loads[done])
        done += 1
    s[FREE] = base + free
    started = 0
    for i in range(count):
        arrival = keys[i] >> TIME_SHIFT
        if arrival >= horizon:
            break
        while started < done and starts[started] <= arrival:
            started += 1
        if arrival >= floor:
            s[LONGEST] = max(s[LONGEST], i + 1 - started)
            m.clock[LAST] = max(m.clock[LAST], base + arrival)
    return done


@kernel
def has_room(m: Net, load: Word) -> bool:
    """Whether each FIFO of a slip's leg has room besides those on their way; a burst needs none."""
    if load & BURST_BIT:
        return True
    leg, full = (load >> LEG_SHIFT) & LEG_MASK, 0
    for i in range(m.legs[leg, LEG_FIRST], m.legs[leg, LEG_LAST]):
        full += m.core[m.members[i], C_TAIL] >= m.clock[FIFO_CAPACITY]
    return full == 0
