"""Input source: fetches its sample's spike list by DMA and sends each spike in its step; it computes nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.settings import Costs
from firmware_models.words import FORWARD, LOAD, SPIKE, Int32s, Int64s, Mailbox, Tick, make_key, send, start_transfer

STEP_SHIFT = 16  # an event word is step << 16 | input


class SourceState(NamedTuple):
    """Rows are the PEs of all copies' shares of the input layer."""

    copies: int
    costs: Costs
    copy: Int32s  # [pe]
    transfer: Int32s  # [pe]: number of the transfer that fetches the record
    record: Int32s  # [pe, 1 + events]: count, then event words in order of step
    cursor: Int64s  # [pe]
    spikes: Int64s  # [pe]: sent since the part began


@kernel
def source_step(
    state: SourceState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load: start the fetch. Forward tick k: send every event of step k (and of steps whose tick was lost)."""
    for row in range(pe_first, pe_last):
        busy = np.int64(state.costs.tick) + state.costs.packet * (inbox.last[row] - inbox.first[row])
        if tick.phase == LOAD:
            state.cursor[row] = 0
            state.record[row, 0] = 0
            busy += state.costs.dma
            start_transfer(outbox, row, state.transfer[row], tick.batch * state.copies + state.copy[row], busy)
        elif tick.phase == FORWARD:
            at = state.cursor[row]
            while at < state.record[row, 0] and (state.record[row, 1 + at] >> STEP_SHIFT) <= tick.step:
                busy += state.costs.send
                neuron = state.record[row, 1 + at] & 0xFFFF
                send(outbox, row, make_key(SPIKE, state.copy[row], 0, neuron), 0, 0, busy)
                state.spikes[row] += 1
                at += 1
            state.cursor[row] = at
        cycles[row] = busy


def make_source_state(copies: int, costs: Costs, copy: Int32s, transfer: Int32s, events: int) -> SourceState:
    """An empty state for len(copy) PEs whose samples have at most `events` spikes."""
    rows = len(copy)
    return SourceState(
        copies,
        costs,
        copy,
        transfer,
        np.zeros((rows, 1 + events), np.int32),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int64),
    )


def source_regions(events: int) -> dict[str, int]:
    """SRAM bytes by name."""
    return {"spike record": 4 * (1 + events)}


def source_cycles(costs: Any, phase: int, neurons: int) -> int:
    """The most cycles that one wake can take: every input fires."""
    return int(costs.tick + (costs.dma if phase == LOAD else costs.send * neurons if phase == FORWARD else 0))
