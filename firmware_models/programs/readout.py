"""Readout: one PE's share of an output layer that never fires; it remembers its highest voltage and sends that to the loss.

    I[i] = rnd(alpha_s I[i-1]) + sum of w x[i-1],  V[i] = rnd(beta_m V[i-1]) + rnd((1 - beta_m) I[i]): those of a LIF layer
    m = max V[i] over all steps (0 at rest), i* its first step
    lV[i*] += what the loss sent; e, lI, lV and dW are those of a LIF layer without spikes

docs/reference/equations.md (Loss on the highest voltage).
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, narrow, noise_stream
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.adjoint import adjoint_decay, adjoint_store, gradient_add
from firmware_models.kernels.lif import decay_current, potential_update, synapse_add
from firmware_models.programs.input_record import record_input, send_errors, send_gradient
from firmware_models.programs.readout_state import ReadoutState, clear_words
from firmware_models.words import (
    BACKWARD,
    ERROR,
    FORWARD,
    LOAD,
    REDUCE,
    SAT_ADJOINT,
    SAT_STATE,
    SPIKE,
    Int64s,
    Mailbox,
    Tick,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
)  # fmt: skip

cleared = kernel(clear_words)


@kernel
def readout_clear(s: ReadoutState, row: Word) -> Word:
    """State is cleared between batches. Returns cycles."""
    s.current[row] = 0
    s.potential[row] = 0
    s.peak[row] = 0
    s.peak_step[row] = 0
    s.adjoint[row] = 0
    s.adjoint_current[row] = 0
    s.loss_error[row] = 0
    s.gradient[row] = 0
    s.in_first[row] = 0
    s.in_count[row] = 0
    s.in_step[row] = 0
    return s.costs.clear_word * cleared(s.sources, s.size[row], s.arithmetic.steps)


@kernel
def integrate(s: ReadoutState, row: Word, tick: Tick) -> None:
    """I and V of step i = tick.step from what `total` holds of the synapses, then the highest V so far."""
    a, size, first = s.arithmetic, s.size[row], s.first[row]
    decay = drive = stream = np.int64(0)
    if a.stochastic:
        stream = noise_stream(s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, fx.NOISE_CURRENT)
        decay = noise_stream(s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, fx.NOISE_DECAY)
        drive = noise_stream(s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, fx.NOISE_DRIVE)
    decay_current(a, s.current[row], size, stream, first, s.total[row])
    s.saturated[row, SAT_STATE] += potential_update(
        a, size, (decay, drive), first, s.total[row], s.current[row], s.potential[row], s.wide[row]
    )
    for j in range(size):
        if s.potential[row, j] > s.peak[row, j]:
            s.peak[row, j] = s.potential[row, j]
            s.peak_step[row, j] = tick.step


@kernel
def readout_forward(s: ReadoutState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Forward step i = tick.step >= 1; after the last one each neuron's maximum goes to the loss, zero or not. Returns cycles."""
    size = s.size[row]
    s.total[row, :size] = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        source = key_neuron(key)
        if key_kind(key) == SPIKE and key_layer(key) == s.layer - 1 and source < s.sources:
            synapse_add(s.weight[row], source, s.arithmetic.weight_shift, size, s.total[row])
            record_input(s, row, tick.step - 1, source)
            busy += s.costs.synapse * size + s.costs.record
    integrate(s, row, tick)
    busy += s.costs.neuron * size
    if tick.step == s.arithmetic.steps - 1:
        for j in range(size):
            busy += s.costs.send
            send(outbox, row, make_key(SPIKE, s.copy[row], s.layer, s.first[row] + j), s.peak[row, j], 1, busy)
    return busy


@kernel
def take_loss(s: ReadoutState, row: Word, inbox: Mailbox) -> None:
    """Keep the loss's errors for the steps of the maxima; one for a neuron that was never above rest has nowhere to go."""
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        j = key_neuron(key) - s.first[row]
        if key_kind(key) == ERROR and key_layer(key) == s.layer and j >= 0 and j < s.size[row]:
            if s.peak_step[row, j] > 0:
                s.loss_error[row, j] = inbox.payload[at]
            else:
                inbox.matched[at] = 0


@kernel
def kick_adjoint(s: ReadoutState, row: Word, step: Word) -> Word:
    """lV[step] += error, for neurons whose maximum was in `step`. Returns cycles."""
    a = s.arithmetic
    for j in range(s.size[row]):
        if s.peak_step[row, j] == step:
            wide = np.int64(s.adjoint[row, j]) + (np.int64(s.loss_error[row, j]) << a.error_to_adjoint)
            stored = narrow(wide, a.adjoint_low, a.adjoint_high)
            s.saturated[row, SAT_ADJOINT] += np.int64(stored != wide)
            s.adjoint[row, j] = np.int32(stored)
    return s.costs.synapse * s.size[row]


@kernel
def readout_backward(s: ReadoutState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Backward step i = tick.step: maxima of step i+1 act; send e[i], update the adjoints, add to the gradient. Returns cycles."""
    size = s.size[row]
    take_loss(s, row, inbox)
    busy += kick_adjoint(s, row, tick.step + 1)
    if s.layer > 1:
        busy = send_errors(s, row, tick, outbox, busy)
    s.saturated[row, SAT_ADJOINT] += adjoint_decay(
        s.arithmetic, size, s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, s.first[row],
        s.adjoint[row], s.adjoint_current[row], s.total[row],
    )  # fmt: skip
    s.saturated[row, SAT_ADJOINT] += adjoint_store(s.arithmetic, size, s.total[row], s.adjoint[row])
    begin, end = s.in_first[row, tick.step], s.in_first[row, tick.step + 1]
    for at in range(begin, end):
        gradient_add(s.gradient[row], s.in_source[row, at], size, s.adjoint_current[row])
    return busy + s.costs.adjoint * size + s.costs.gradient_synapse * size * max(np.int64(0), np.int64(end - begin))


@kernel
def readout_step(
    state: ReadoutState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """What a PE of a readout does in each phase; packets that do not belong to the phase are taken and ignored."""
    s = state
    for row in range(pe_first, pe_last):
        busy = np.int64(s.costs.tick) + s.costs.packet * (inbox.last[row] - inbox.first[row])
        if tick.phase == LOAD:
            busy += readout_clear(s, row)
        elif tick.phase == FORWARD and tick.step >= 1:
            busy = readout_forward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == BACKWARD:
            busy = readout_backward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == REDUCE:
            busy = send_gradient(s, row, tick.step, outbox, busy)
        cycles[row] = busy
