"""The schedule's loop: network, late wakes, ticks, instant by instant; it never names a program.

`play` runs as plain Python on programs that are Python. Where all programs are compiled, `fused` compiles it together with their kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from spinn2sim.hardware.engines.compiled.accounting import batch_of, tick_of
from spinn2sim.hardware.engines.compiled.state import (
    BATCH,
    BATCH_LAST,
    BATCH_OVER,
    FOREVER,
    GO,
    K_PHASE,
    K_STEP,
    LATER_AT,
    LATER_TICKS,
    NOW,
    QUIET,
    TICK,
    TICK_END,
    TIMER,
    Net,
    Word,
)  # fmt: skip
from spinn2sim.hardware.engines.compiled.wake import advance, after, fill, late_wakes, next_late, strike
from spinn2sim.hardware.program import Tick


def step(programs: Any, group: Word, first: Word, last: Word, tick: Tick, m: Net) -> None:
    """One group's step, by its Program."""
    programs[group].step(first, last, tick, m.inbox, m.outbox, m.cycles)


def play(programs: Any, m: Net) -> Word:
    """To the end of batch BATCH_LAST, or to the end of everything when the timer has stopped.

    Returns why it came back; all but BATCH_OVER and QUIET can be called again when the cause is gone.
    """
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
        over = clock[TIMER] == now and clock[TICK] == clock[TICK_END]
        for half in range(
            2
        ):  # PEs that were late wake before those that were not; both here, so that each step is compiled once
            if half == 0:
                wakes = late_wakes(m, now) if late == now else 0
            else:
                wakes = strike(m, now) if clock[TIMER] == now and not over else 0
            for n in range(wakes):
                group, first, last, mark = m.wakes[n, 0], m.wakes[n, 1], m.wakes[n, 2], m.wakes[n, 3]
                row = m.ticks[tick_of(m, mark)]
                packets = fill(m, group, first, last, now)
                begun = m.outbox.count[0]
                tick = Tick(int(row[K_PHASE]), int(row[K_STEP]), int(batch_of(m, mark)))
                step(programs, group, first, last, tick, m)
                after(m, group, first, last, begun, packets, mark, now)
        if over:
            if clock[BATCH] == clock[BATCH_LAST]:
                return BATCH_OVER
            clock[BATCH] += 1
            clock[TICK] = clock[LATER_AT]
            clock[TICK_END] = clock[LATER_AT] + clock[LATER_TICKS]


def play_with(step: Callable[..., Any]) -> Callable[..., Any]:
    """`play` with another `step`, for a compiler: numba takes what a function names from the function's own globals."""
    return FunctionType(play.__code__, {**globals(), "step": step}, play.__name__)
