"""The engine's main loop: at each instant at which PEs wake, first the network, then the late PEs, then the timer interrupt.

With programs that are plain Python, `play` runs as plain Python. If all programs have compiled kernels, `fused` compiles it together with
them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.outcomes import batch_of, tick_row_of
from spinn2sim.hardware.engines.compiled.state import EngineState, Word
from spinn2sim.hardware.engines.compiled.wake import (
    advance_network,
    collect_drifting_wakes,
    collect_late_wakes,
    fill_inbox,
    finish_wake,
    next_drifting_wake,
    next_late_wake,
    timer_interrupt,
)
from spinn2sim.hardware.program import TimerTick


def step(programs: Any, group: Word, first: Word, last: Word, tick: TimerTick, state: EngineState) -> None:
    """Run the step of one group's program for rows [first, last)."""
    programs[group].step(first, last, tick, state.inbox, state.outbox, state.cycles)


def play(programs: Any, state: EngineState) -> Word:
    """Play to the end of batch BATCH_LAST or of the window, or, if the timer has stopped, until nothing more happens.

    Returns why it stopped. After any reason but BATCH_OVER and QUIET it can be called again once the cause is removed.
    """
    registers = state.registers
    while True:
        late = next_late_wake(state)
        drifting = next_drifting_wake(state) if registers[at.DRIFTING] else at.FOREVER
        now = min(registers[at.NEXT_INTERRUPT], late, drifting)
        closes = registers[at.WINDOW_END] < now
        status = advance_network(state, min(now, registers[at.WINDOW_END]))
        if status != at.GO:
            return status
        if closes:
            registers[at.NOW] = registers[at.WINDOW_END]
            return at.WINDOW_OVER
        if now == at.FOREVER:
            return at.QUIET
        registers[at.NOW] = now
        over = registers[at.NEXT_INTERRUPT] == now and registers[at.SCHEDULE_ROW] == registers[at.SCHEDULE_END]
        # PEs that were late wake before the others. All kinds use the one call of `step` below, so that each program is compiled once.
        # Those with a drifting clock wake last, so not before the next batch has begun if one is over.
        for kind in range(3 if drifting == now and not over else 2):
            if kind == 0:
                wakes = collect_late_wakes(state, now) if late == now else 0
            elif kind == 2:
                wakes = collect_drifting_wakes(state, now)
            elif registers[at.NEXT_INTERRUPT] == now and not over:
                if registers[at.TICK_NUMBER] == registers[at.NEXT_ACTION]:
                    return at.ACTION_DUE
                wakes = timer_interrupt(state, now)
            else:
                wakes = 0
            for n in range(wakes):
                wake = state.wakes[n]
                group, first, last, number = (
                    wake[at.WAKE_GROUP],
                    wake[at.WAKE_FIRST],
                    wake[at.WAKE_LAST],
                    wake[at.WAKE_TICK],
                )
                row = state.ticks[tick_row_of(state, number)]
                packets = fill_inbox(state, group, first, last, now)
                sent_before = state.outbox.count[0]
                tick = TimerTick(int(row[at.TICK_PHASE]), int(row[at.TICK_STEP]), int(batch_of(state, number)))
                step(programs, group, first, last, tick, state)
                finish_wake(state, group, first, last, sent_before, packets, number, now)
        if over:
            if registers[at.BATCH] == registers[at.BATCH_LAST]:
                return at.BATCH_OVER
            registers[at.BATCH] += 1
            registers[at.SCHEDULE_ROW] = registers[at.LATER_ROW]
            registers[at.SCHEDULE_END] = registers[at.LATER_ROW] + registers[at.LATER_TICKS]


def play_with(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `play` that calls another `step`: numba looks names up in the globals of the function that it compiles."""
    return FunctionType(play.__code__, {**globals(), "step": step}, play.__name__)
