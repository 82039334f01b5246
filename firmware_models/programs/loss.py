"""Loss: hears the output layer and answers first-spike times with errors, a silent label with a guard; it never holds a weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.loss import loss_errors
from firmware_models.settings import Costs, Settings
from firmware_models.words import (
    ERROR,
    FORWARD,
    GUARD,
    LOAD,
    LOSS,
    SAT_ERROR,
    SPIKE,
    Int32s,
    Int64s,
    Mailbox,
    Tick,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
    start_transfer,
)  # fmt: skip

NO_SAMPLE = -1


class LossState(NamedTuple):
    """One row per copy."""

    copies: int
    steps: int
    layer: int  # of the output layer
    n_out: int
    fraction: int
    inverse_xi: int
    error_low: int
    error_high: int
    push: bool
    costs: Costs
    exp_table: Int64s
    label_table: Int64s
    training: Int64s  # [1]: 1 while the part trains
    copy: Int32s  # [pe]
    label_transfer: Int32s  # [pe]
    result_transfer: Int32s  # [pe]
    label: Int32s  # [pe, 4]: label, padding to the 16 bytes of a DMA
    first: Int32s  # [pe, n_out padded to 4]: first spike step, T if silent
    errors: Int64s  # [pe, n_out]
    saturated: Int64s  # [pe, 4]


@kernel
def hear(s: LossState, row: Word, step: Word, inbox: Mailbox) -> None:
    """Output spikes that came by now were sent in `step`, as far as this PE can know."""
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        k = key_neuron(key)
        if key_kind(key) == SPIKE and key_layer(key) == s.layer and k < s.n_out and s.first[row, k] == s.steps:
            s.first[row, k] = step


@kernel
def send_loss(s: LossState, row: Word, outbox: Mailbox, busy: Word) -> Word:
    """Errors to outputs that fired before step T-1; a guard packet to a label neuron that did not. Returns cycles."""
    label = s.label[row, 0]
    s.saturated[row, SAT_ERROR] += loss_errors(
        s.exp_table,
        s.label_table,
        s.fraction,
        s.inverse_xi,
        s.error_low,
        s.error_high,
        s.n_out,
        s.first[row],
        label,
        s.errors[row],
    )
    busy += s.n_out * (s.costs.exp + s.costs.divide + s.costs.round)
    for k in range(s.n_out):
        if s.first[row, k] < s.steps - 1:
            busy += s.costs.send
            send(outbox, row, make_key(ERROR, s.copy[row], s.layer, k), s.errors[row, k], 1, busy)
    if s.push and s.first[row, label] >= s.steps - 1:
        busy += s.costs.send
        send(outbox, row, make_key(GUARD, s.copy[row], s.layer, label), 0, 0, busy)
    return busy


@kernel
def loss_step(
    state: LossState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load: fetch the label. Forward: note first spikes. Loss: send errors (while training), write first-spike steps to DRAM.

    No output spike is due in forward tick 0: what arrives there is of the batch before, and is taken and ignored.
    """
    s = state
    for row in range(pe_first, pe_last):
        busy = np.int64(s.costs.tick) + s.costs.packet * (inbox.last[row] - inbox.first[row])
        argument = tick.batch * s.copies + s.copy[row]
        if tick.phase == LOAD:
            s.first[row] = s.steps
            s.label[row] = NO_SAMPLE
            busy += s.costs.dma
            start_transfer(outbox, row, s.label_transfer[row], argument, busy)
        elif tick.phase == FORWARD and tick.step >= 1:
            hear(s, row, tick.step - 1, inbox)
        elif tick.phase == LOSS:
            hear(s, row, s.steps - 1, inbox)
            if s.training[0] and s.label[row, 0] >= 0 and s.label[row, 0] < s.n_out:
                busy = send_loss(s, row, outbox, busy)
            busy += s.costs.dma
            start_transfer(outbox, row, s.result_transfer[row], argument, busy)
        cycles[row] = busy


def make_loss_state(
    settings: Settings,
    copies: int,
    layer: int,
    n_out: int,
    copy: Int32s,
    label_transfer: Int32s,
    result_transfer: Int32s,
) -> LossState:
    """An empty state for len(copy) PEs."""
    rows, a = len(copy), settings.arithmetic
    return LossState(
        copies=copies, steps=a.steps, layer=layer, n_out=n_out, fraction=settings.loss_fraction, inverse_xi=settings.inverse_xi,
        error_low=a.error_low, error_high=a.error_high, push=a.push != 0, costs=settings.costs,
        exp_table=settings.exp_table, label_table=settings.label_table, training=np.zeros(1, np.int64), copy=copy,
        label_transfer=label_transfer, result_transfer=result_transfer, label=np.full((rows, 4), NO_SAMPLE, np.int32),
        first=np.full((rows, padded(n_out)), a.steps, np.int32), errors=np.zeros((rows, n_out), np.int64),
        saturated=np.zeros((rows, 4), np.int64),
    )  # fmt: skip


def padded(words: int) -> int:
    """Words up to the next 16 bytes (DRAM transfers are 16-byte aligned: chip-paper, portal)."""
    return -(-words // 4) * 4


def loss_regions(settings: Settings, n_out: int) -> dict[str, int]:
    """SRAM bytes by name."""
    return {
        "tables": (4 + 8) * (settings.arithmetic.steps + 1),
        "first spikes": 4 * padded(n_out) + 8 * n_out,
        "label": 16,
    }


def loss_cycles(settings: Settings, phase: int, n_out: int) -> int:
    """The most cycles that one wake can take."""
    c = settings.costs
    if phase == LOAD:
        return c.tick + c.dma
    heard = c.tick + c.packet * n_out
    return heard + n_out * (c.exp + c.divide + c.round + c.send) + c.send + c.dma if phase == LOSS else heard
