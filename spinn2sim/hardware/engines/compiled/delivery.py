"""Ends of ways: receive FIFOs, and bursts that complete in SRAM or DRAM; it never loses a packet without saying so.

A core's deliveries come from one channel, in order of time, and nothing but its own wake takes from its FIFO. So its policy is applied
when the core wakes (`fold`), to all that came since: the same as at each arrival.
"""

from __future__ import annotations

from firmware_models.jit.memmove import move_bytes
from spinn2sim.hardware.engines.compiled.accounting import DROPPED, LATE, ON_TIME, due_of, settle
from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.sorting import sort_slips
from spinn2sim.hardware.engines.compiled.state import (
    BASE,
    BURST_BIT,
    BURSTS,
    C_HEAD,
    C_HELD,
    C_HIGH,
    C_TAIL,
    D_ADDRESS,
    D_ROWS,
    D_STRIDE,
    FAULT,
    FAULT_A,
    FAULT_ARRAY,
    FAULT_B,
    FAULT_ROW,
    FIFO_CAPACITY,
    FINISHING,
    FLAG_BITS,
    FLITS_MASK,
    INDEX_MASK,
    INDEX_SHIFT,
    LAST,
    LEG_FIRST,
    LEG_LAST,
    LEG_MASK,
    LEG_SHIFT,
    LEG_SLOWEST,
    P_ARGUMENT,
    P_MARK,
    P_OVERWRITE,
    P_TRANSFER,
    POLICY,
    S_BYTES,
    S_FROM,
    S_FROM_DRAM,
    S_FROM_SKIP,
    S_TO,
    S_TO_DRAM,
    S_TO_SKIP,
    TIME_SHIFT,
    Net,
    Word,
)  # fmt: skip

FIFO_LEG_BITS = 20


@kernel
def land(m: Net, key: Word, load: Word) -> None:
    """The head of a slip has passed its last channel and is there at the time of `key`."""
    leg = (load >> LEG_SHIFT) & LEG_MASK
    if load & BURST_BIT:
        m.clock[BURSTS] -= 1
        key += (((load & FLITS_MASK) - 1) * m.legs[leg, LEG_SLOWEST]) << TIME_SHIFT
        at = m.clock[FINISHING]
        m.finish_key[at] = key
        m.finish_load[at] = load
        m.clock[FINISHING] = at + 1
        return
    when = m.clock[BASE] + (key >> TIME_SHIFT)
    what = (((key >> INDEX_SHIFT) & INDEX_MASK) << FIFO_LEG_BITS) | leg
    for i in range(m.legs[leg, LEG_FIRST], m.legs[leg, LEG_LAST]):
        core = m.members[i]
        at = m.core[core, C_TAIL]
        m.fifo_time[core, at] = when
        m.fifo_load[core, at] = what
        m.core[core, C_TAIL] = at + 1
    m.clock[LAST] = max(m.clock[LAST], when)


@kernel
def fold(m: Net, core: Word, now: Word) -> Word:
    """Put what came to `core` by `now` into its FIFO: entries [C_HEAD, C_HEAD + held). Returns held."""
    c, times, loads = m.core[core], m.fifo_time[core], m.fifo_load[core]
    held, tail, capacity = c[C_HELD], c[C_TAIL], m.clock[FIFO_CAPACITY]
    at = c[C_HEAD] + held
    while at < tail and times[at] <= now and held < capacity:
        at += 1
        held += 1
    c[C_HIGH] = max(c[C_HIGH], held)
    c[C_HELD] = held
    if at == tail or times[at] > now:
        return held
    if m.clock[POLICY] == P_OVERWRITE:
        while at < tail and times[at] <= now:
            old = c[C_HEAD]
            settle(m, loads[old] >> FIFO_LEG_BITS, loads[old] & LEG_MASK, core, times[old], DROPPED, times[at])
            c[C_HEAD] = old + 1
            at += 1
        return held
    keep = at
    while at < tail and times[at] <= now:
        settle(m, loads[at] >> FIFO_LEG_BITS, loads[at] & LEG_MASK, core, times[at], DROPPED, times[at])
        at += 1
    while at < tail:
        times[keep] = times[at]
        loads[keep] = loads[at]
        keep += 1
        at += 1
    c[C_TAIL] = keep
    return held


@kernel
def compact(m: Net, core: Word, now: Word) -> None:
    """Apply the policy to what came to a core that does not wake, and close gaps."""
    fold(m, core, now)
    c = m.core[core]
    gap = c[C_HEAD]
    if gap:
        for i in range(gap, c[C_TAIL]):
            m.fifo_time[core, i - gap] = m.fifo_time[core, i]
            m.fifo_load[core, i - gap] = m.fifo_load[core, i]
        c[C_HEAD] = 0
        c[C_TAIL] -= gap


@kernel
def clear_held(m: Net, core: Word) -> None:
    """Forget what the FIFO held; what is on its way moves to the front."""
    c, times, loads = m.core[core], m.fifo_time[core], m.fifo_load[core]
    first = c[C_HEAD] + c[C_HELD]
    left = c[C_TAIL] - first
    for i in range(left):
        times[i] = times[first + i]
        loads[i] = loads[first + i]
    c[C_HEAD] = 0
    c[C_HELD] = 0
    c[C_TAIL] = left


@kernel
def flush(m: Net, now: Word) -> Word:
    """What FIFOs still hold when the chip is quiet is late. Returns how much there was."""
    found = 0
    for core in range(m.core.shape[0]):
        held = fold(m, core, now)
        first = m.core[core, C_HEAD]
        for at in range(first, first + held):
            what = m.fifo_load[core, at]
            settle(m, what >> FIFO_LEG_BITS, what & LEG_MASK, core, m.fifo_time[core, at], LATE, now)
        clear_held(m, core)
        found += held
    return found


@kernel
def complete(m: Net, now: Word) -> None:
    """Bursts that are complete by `now`, in order of (time, rank): move their data, settle."""
    count, base = m.clock[FINISHING], m.clock[BASE]
    if not count:
        return
    sort_slips(m.finish_key, m.finish_load, count, m.scratch_key, m.scratch_load)
    done = 0
    while done < count:
        when = base + (m.finish_key[done] >> TIME_SHIFT)
        if when > now:
            break
        finish(m, (m.finish_key[done] >> INDEX_SHIFT) & INDEX_MASK, m.finish_load[done], when)
        done += 1
    for i in range(count - done):
        m.finish_key[i] = m.finish_key[done + i]
        m.finish_load[i] = m.finish_load[done + i]
    m.clock[FINISHING] = count - done


@kernel
def finish(m: Net, index: Word, load: Word, when: Word) -> None:
    """One burst is complete: on time if by the nominal instant of its issuer's next tick."""
    leg = (load >> LEG_SHIFT) & LEG_MASK
    p = m.packets[index]
    transfer = p[P_TRANSFER]
    outcome = ON_TIME if when <= due_of(m, p[P_MARK] >> FLAG_BITS) else LATE
    for i in range(m.legs[leg, LEG_FIRST], m.legs[leg, LEG_LAST]):
        core = m.members[i]
        first = m.strip_first[transfer, core]
        for at in range(first, first + m.strip_count[transfer, core]):
            move(m, at, p[P_ARGUMENT])
        settle(m, index, leg, core, when, outcome, when)
    m.clock[LAST] = max(m.clock[LAST], when)


@kernel
def move(m: Net, at: Word, argument: Word) -> None:
    """Move one strip; a DRAM row or array that is not there is a fault."""
    s = m.strips[at]
    start = address(m, at, s[S_FROM], s[S_FROM_DRAM], s[S_FROM_SKIP], argument)
    end = address(m, at, s[S_TO], s[S_TO_DRAM], s[S_TO_SKIP], argument)
    if start and end:
        move_bytes(end, start, s[S_BYTES])


@kernel
def address(m: Net, strip: Word, where: Word, array: Word, skip: Word, argument: Word) -> Word:
    """Of the first byte of one end of a strip; 0 after a fault."""
    if array < 0:
        return where
    d = m.dram[array]
    if not d[D_ADDRESS] or argument < 0 or argument >= d[D_ROWS]:
        if not m.clock[FAULT]:
            m.clock[FAULT] = FAULT_ROW if d[D_ADDRESS] else FAULT_ARRAY
            m.clock[FAULT_A] = strip
            m.clock[FAULT_B] = argument
        return 0
    return d[D_ADDRESS] + argument * d[D_STRIDE] + skip
