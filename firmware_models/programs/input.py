"""The program of the input population: fetches a sample's spikes by DMA, and sends each spike in its step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import Ledger, begin_wake, charge, charge_dma, charge_send, end_wake, make_ledger, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.group_program import Group, GroupProgram, Plan, Unit, column
from firmware_models.programs.stray_packets import refuse_all
from firmware_models.wake_bounds import bounded, dma_cost, send_cost, wake_cost
from firmware_models.words import (
    FORWARD,
    INPUT_MASK,
    LOAD,
    SPIKE,
    STEP_SHIFT,
    WITHOUT_PAYLOAD,
    ZERO,
    Int32s,
    Int64s,
    Mailbox,
    Tick,
    make_key,
    send,
    start_transfer,
)

DATA_WORDS = (("record", 1),)  # all but the count of events


class InputState(NamedTuple):
    """The state of the input program, with a row for each PE of all copies."""

    copies: int
    # The position of the population in the graph.
    population: int
    ledger: Ledger
    # [pe]
    copy: Int32s
    # [pe], the number of the transfer that fetches the record
    transfer: Int32s
    # [pe, 1 + events], the count, then event words in the order of steps
    record: Int32s
    # [pe], the index of the next event word
    cursor: Int64s
    # [pe], spikes sent since the part began
    spikes: Int64s


@kernel
def input_step(
    state: InputState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load tick: start the fetch. Forward tick k: send every event of step k (and of steps whose tick was lost)."""
    for row in range(pe_first, pe_last):
        ledger = state.ledger
        arrived = inbox.last[row] - inbox.first[row]
        busy = begin_wake(ledger, row, tick.phase, arrived, arrived)
        refuse_all(inbox, row)
        if tick.phase == LOAD:
            state.cursor[row] = 0
            state.record[row, 0] = 0
            busy += charge_dma(ledger, row)
            argument = tick.batch * state.copies + state.copy[row]
            start_transfer(outbox, row, state.transfer[row], argument, whole(busy))
        elif tick.phase == FORWARD:
            busy += charge(ledger, row, cost.TICK_INPUT, cost.ONE)
            at = state.cursor[row]
            while at < state.record[row, 0] and (state.record[row, 1 + at] >> STEP_SHIFT) <= tick.step:
                busy += charge_send(ledger, row, cost.ONE)
                neuron = state.record[row, 1 + at] & INPUT_MASK
                key = make_key(SPIKE, state.copy[row], state.population, neuron)
                send(outbox, row, key, ZERO, WITHOUT_PAYLOAD, whole(busy))
                state.spikes[row] += 1
                at += 1
            state.cursor[row] = at
        cycles[row] = end_wake(ledger, row, busy)


def build_input(c: FirmwareConstants, plan: Plan, group: Group) -> GroupProgram:
    """Build the program of the input PEs, for samples of up to the group's `events` spikes."""
    rows, events = len(group.cores), group.scalars["events"]
    state = InputState(
        copies=plan.copies,
        population=group.layer,
        ledger=make_ledger(c.costs, rows),
        copy=column(group, "copy"),
        transfer=column(group, "transfer"),
        record=np.zeros((rows, 1 + events), np.int32),
        cursor=np.zeros(rows, np.int64),
        spikes=np.zeros(rows, np.int64),
    )
    return GroupProgram(group.name, rows, events + 1, state, input_step, DATA_WORDS)


def input_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name."""
    return {"spike record": 4 * (1 + unit.events)}


def input_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles that one wake can take, in which every input fires."""
    k = c.costs
    if phase == LOAD:
        return bounded(wake_cost(k) + dma_cost(k))
    return bounded(wake_cost(k) + (k.tick_input + send_cost(k) * unit.neurons if phase == FORWARD else 0))
