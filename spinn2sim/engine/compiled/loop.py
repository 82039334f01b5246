"""The schedule's loop: network, late wakes, ticks, instant by instant; it never names a program.

`play` runs here as plain Python on programs that are Python, and compiled, together with the programs' kernels, in a module that
`fused` writes: its text from the line of dashes on, after another `step`.
"""

from __future__ import annotations

from typing import Any

from spinn2sim.engine.compiled.layout import (
    BATCH_OVER, C_GROUP, C_ROW, FOREVER, GO, K_FIRST, K_LAST, K_PERIOD, K_PHASE, K_STEP, LAST, MARK, NOW, QUIET, TICK, TICK_END,
    TIMER, Net, Word,
)  # fmt: skip
from spinn2sim.engine.compiled.ledger import batch_of, tick_of
from spinn2sim.engine.compiled.waking import NO_TICK, advance, after, all_free, fill, interrupt, next_late, take_late
from spinn2sim.spec.program import Tick


def kernel(function: Any) -> Any:
    """Here a kernel is a plain function."""
    return function


def step(programs: Any, group: Word, first: Word, last: Word, tick: Tick, m: Net) -> None:
    """One group's step, by its Program."""
    programs[group].step(first, last, tick, m.inbox, m.outbox, m.cycles)


# ----------------------------------------------------------------------------------------------------------------------
@kernel
def wake(programs: Any, m: Net, group: Word, first: Word, last: Word, mark: Word, now: Word) -> None:
    """Drain, step, judge, sleep, send: rows [first, last) of a group in the tick with number `mark`."""
    row = m.ticks[tick_of(m, mark)]
    packets = fill(m, group, first, last, now)
    begun = m.outbox.count[0]
    step(programs, group, first, last, Tick(int(row[K_PHASE]), int(row[K_STEP]), int(batch_of(m, mark))), m)
    after(m, group, first, last, begun, packets, mark, now)


@kernel
def strike(programs: Any, m: Net, group: Word, mark: Word, now: Word) -> None:
    """The timer's interrupt at a group: PEs that sleep wake, in stretches of rows."""
    rows = m.group_rows[group]
    if all_free(m, group, now):
        wake(programs, m, group, 0, rows, mark, now)
        return
    first = 0
    for row in range(rows):
        if not interrupt(m, m.group_cores[group, row], mark, now):
            if first < row:
                wake(programs, m, group, first, row, mark, now)
            first = row + 1
    if first < rows:
        wake(programs, m, group, first, rows, mark, now)


@kernel
def play(programs: Any, m: Net) -> Word:
    """To the end of the batch, or to the end of everything when the timer has stopped. Returns why it came back; all but BATCH_OVER and
    QUIET can be called again when the cause is gone."""
    clock = m.clock
    while True:
        late = next_late(m)
        now = min(clock[TIMER], late)
        status = advance(m, now)
        if status != GO:
            return status
        if now == FOREVER:
            return QUIET
        clock[NOW] = now
        if late == now:
            clock[LAST] = max(clock[LAST], now)
            for core in range(m.core.shape[0]):
                mark = take_late(m, core, now)
                if mark != NO_TICK:
                    at = m.core[core, C_ROW]
                    wake(programs, m, m.core[core, C_GROUP], at, at + 1, mark, now)
        if clock[TIMER] == now:
            if clock[TICK] == clock[TICK_END]:
                return BATCH_OVER
            row = m.ticks[clock[TICK]]
            mark = clock[MARK]
            clock[TICK] += 1
            clock[MARK] += 1
            clock[TIMER] = now + row[K_PERIOD]
            for at in range(row[K_FIRST], row[K_LAST]):
                strike(programs, m, m.tick_groups[at], mark, now)
