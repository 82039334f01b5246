"""What a layer's PE does with the spikes that it heard, whether it fires itself or not: record, errors down, gradient out."""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, noise_stream
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.adjoint import error_below
from firmware_models.programs.population_state import LayerState
from firmware_models.programs.readout_state import ReadoutState
from firmware_models.words import ERROR, SAT_ERROR, Mailbox, Tick, make_key, send, start_transfer

Hearing = LayerState | ReadoutState


@kernel
def record_input(s: Hearing, row: Word, step: Word, source: Word) -> None:
    """Note that `source` spiked in `step` (it acts now): in_source[in_first[step] .. in_first[step + 1])."""
    for i in range(s.in_step[row] + 1, step + 1):
        s.in_first[row, i] = s.in_count[row]
    at = s.in_count[row]
    if at < s.in_source.shape[1]:
        s.in_source[row, at] = source
        s.in_count[row] = at + 1
    else:
        s.unrecorded[row] += 1
    s.in_step[row] = max(s.in_step[row], step)
    s.in_first[row, step + 1] = s.in_count[row]


@kernel
def send_errors(s: Hearing, row: Word, tick: Tick, outbox: Mailbox, busy: Word) -> Word:
    """One error packet with payload for each recorded spike of the layer below in this step (zero or not). Returns cycles."""
    size = s.size[row]
    stream = np.int64(0)
    if s.arithmetic.stochastic:
        stream = noise_stream(s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, fx.NOISE_ERROR)
    for at in range(s.in_first[row, tick.step], s.in_first[row, tick.step + 1]):
        source = s.in_source[row, at]
        e, saturated = error_below(
            s.arithmetic, s.weight[row], source, size, stream, s.first[row], s.adjoint[row], s.adjoint_current[row]
        )
        s.saturated[row, SAT_ERROR] += saturated
        busy += s.costs.error_synapse * size + s.costs.send
        send(outbox, row, make_key(ERROR, s.copy[row], s.layer - 1, source), e, 1, busy)
    return busy


@kernel
def send_gradient(s: Hearing, row: Word, turn: Word, outbox: Mailbox, busy: Word) -> Word:
    """In its copy's turn: one DMA per optimizer PE that holds rows of this share's weights. Returns cycles."""
    if s.turn[row] == turn:
        for n in range(s.transfer.shape[1]):
            if s.transfer[row, n] >= 0:
                busy += s.costs.dma
                start_transfer(outbox, row, s.transfer[row, n], 0, busy)
    return busy
