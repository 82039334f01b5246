"""Loss on highest voltages: takes each readout neuron's maximum and answers with errors; it never sees a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.loss import peak_errors
from firmware_models.programs.loss import NO_SAMPLE, padded
from firmware_models.settings import Costs, Settings, Softmax
from firmware_models.words import (
    ERROR,
    FORWARD,
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


class PeakLossState(NamedTuple):
    """One row per copy."""

    copies: int
    layer: int  # of the readout
    n_out: int
    softmax: Softmax
    error_low: int
    error_high: int
    costs: Costs
    training: Int64s  # [1]: 1 while the part trains
    copy: Int32s  # [pe]
    label_transfer: Int32s  # [pe]
    result_transfer: Int32s  # [pe]
    label: Int32s  # [pe, 4]: label, padding to the 16 bytes of a DMA
    peak: Int32s  # [pe, n_out padded to 4] state format: highest voltage, 0 until it came
    exps: Int64s  # [pe, n_out]: scratch
    errors: Int64s  # [pe, n_out]
    saturated: Int64s  # [pe, 4]


@kernel
def hear_peaks(s: PeakLossState, row: Word, inbox: Mailbox) -> None:
    """Note the maxima that came."""
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        k = key_neuron(key)
        if key_kind(key) == SPIKE and key_layer(key) == s.layer and k < s.n_out:
            s.peak[row, k] = inbox.payload[at]


@kernel
def send_peak_errors(s: PeakLossState, row: Word, outbox: Mailbox, busy: Word) -> Word:
    """Errors to the readout neurons that were above rest once: the others have no step to learn at. Returns cycles."""
    s.saturated[row, SAT_ERROR] += peak_errors(
        s.softmax, s.error_low, s.error_high, s.n_out, s.peak[row], s.label[row, 0], s.exps[row], s.errors[row]
    )
    busy += s.n_out * (s.costs.exp + s.costs.divide + 2 * s.costs.round)
    for k in range(s.n_out):
        if s.peak[row, k] > 0:
            busy += s.costs.send
            send(outbox, row, make_key(ERROR, s.copy[row], s.layer, k), s.errors[row, k], 1, busy)
    return busy


@kernel
def peak_loss_step(
    state: PeakLossState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load: fetch the label. Loss: send errors (while training), write the maxima to DRAM.

    Maxima are due in the loss tick; one that an overrun took earlier is heard all the same. In forward tick 0 none can be of this batch.
    """
    s = state
    for row in range(pe_first, pe_last):
        busy = np.int64(s.costs.tick) + s.costs.packet * (inbox.last[row] - inbox.first[row])
        argument = tick.batch * s.copies + s.copy[row]
        if tick.phase == LOAD:
            s.peak[row] = 0
            s.label[row] = NO_SAMPLE
            busy += s.costs.dma
            start_transfer(outbox, row, s.label_transfer[row], argument, busy)
        elif tick.phase == FORWARD and tick.step >= 1:
            hear_peaks(s, row, inbox)
        elif tick.phase == LOSS:
            hear_peaks(s, row, inbox)
            if s.training[0] and s.label[row, 0] >= 0 and s.label[row, 0] < s.n_out:
                busy = send_peak_errors(s, row, outbox, busy)
            busy += s.costs.dma
            start_transfer(outbox, row, s.result_transfer[row], argument, busy)
        cycles[row] = busy


def make_peak_loss_state(
    settings: Settings,
    softmax: Softmax,
    copies: int,
    layer: int,
    n_out: int,
    copy: Int32s,
    label_transfer: Int32s,
    result_transfer: Int32s,
) -> PeakLossState:
    """An empty state for len(copy) PEs."""
    rows, a = len(copy), settings.arithmetic
    return PeakLossState(
        copies=copies, layer=layer, n_out=n_out, softmax=softmax, error_low=a.error_low, error_high=a.error_high,
        costs=settings.costs, training=np.zeros(1, np.int64), copy=copy, label_transfer=label_transfer,
        result_transfer=result_transfer, label=np.full((rows, 4), NO_SAMPLE, np.int32),
        peak=np.zeros((rows, padded(n_out)), np.int32), exps=np.zeros((rows, n_out), np.int64),
        errors=np.zeros((rows, n_out), np.int64), saturated=np.zeros((rows, 4), np.int64),
    )  # fmt: skip


def peak_loss_regions(n_out: int) -> dict[str, int]:
    """SRAM bytes by name."""
    return {"maxima": 4 * padded(n_out), "softmax": (4 + 8) * n_out, "label": 16}


def peak_loss_cycles(settings: Settings, phase: int, n_out: int) -> int:
    """The most cycles that one wake can take."""
    c = settings.costs
    if phase == LOAD:
        return c.tick + c.dma
    heard = c.tick + c.packet * n_out
    return heard + n_out * (c.exp + c.divide + 2 * c.round + c.send) + c.dma if phase == LOSS else heard
