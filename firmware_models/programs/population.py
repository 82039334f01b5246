"""LIF layer: one PE's share of a layer, forward and backward in time; it sends spikes up and errors down, and its gradient by DMA."""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, narrow
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.adjoint import adjoint_decay, adjoint_store, gradient_add, spike_jump
from firmware_models.kernels.lif import lif_forward, synapse_add
from firmware_models.programs.input_record import record_input, send_errors, send_gradient
from firmware_models.programs.population_state import LayerState
from firmware_models.words import (
    BACKWARD,
    ERROR,
    FORWARD,
    GUARD,
    LOAD,
    REDUCE,
    SAT_ADJOINT,
    SAT_ERROR,
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


@kernel
def layer_clear(s: LayerState, row: Word) -> Word:
    """State is cleared between batches. Returns cycles."""
    size = s.size[row]
    s.current[row] = 0
    s.potential[row] = 0
    s.adjoint[row] = 0
    s.adjoint_current[row] = 0
    s.gradient[row] = 0
    s.own_first[row] = 0
    s.in_first[row] = 0
    s.own_count[row] = 0
    s.in_count[row] = 0
    s.own_step[row] = 0
    s.in_step[row] = 0
    s.loss_error[row] = 0
    s.first_spike[row] = s.arithmetic.steps
    s.spike_count[row] = 0
    words = 2 * size * s.sources + 4 * size + 2 * (s.arithmetic.steps + 1)
    return s.costs.clear_word * words


@kernel
def record_own(s: LayerState, row: Word, step: Word, count: Word) -> None:
    """Note `count` spikes of `step` with their D from the scratch arrays."""
    for i in range(s.own_step[row] + 1, step + 1):
        s.own_first[row, i] = s.own_count[row]
    for n in range(count):
        at = s.own_count[row]
        j = s.fired[row, n]
        if at < s.own_neuron.shape[1]:
            s.own_neuron[row, at] = j
            s.own_slack[row, at] = s.slack[row, n]
            s.own_count[row] = at + 1
        else:
            s.unrecorded[row] += 1
        if s.first_spike[row, j] == s.arithmetic.steps:
            s.first_spike[row, j] = step
        if step < s.arithmetic.steps - 1:
            s.spike_count[row, j] += 1
    s.own_step[row] = max(s.own_step[row], step)
    s.own_first[row, step + 1] = s.own_count[row]


@kernel
def layer_forward(s: LayerState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Forward step i = tick.step >= 1: add the spikes that came (step i-1 of the layer below), update, fire. Returns cycles."""
    size = s.size[row]
    total = s.total[row]
    total[:size] = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        source = key_neuron(key)
        if key_kind(key) == SPIKE and key_layer(key) == s.layer - 1 and source < s.sources:
            synapse_add(s.weight[row], source, s.arithmetic.weight_shift, size, total)
            record_input(s, row, tick.step - 1, source)
            busy += s.costs.synapse * size + s.costs.record
    count, saturated = lif_forward(
        s.arithmetic, size, s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, s.first[row],
        total, s.current[row], s.potential[row], s.wide[row], s.fired[row], s.slack[row],
    )  # fmt: skip
    s.saturated[row, SAT_STATE] += saturated
    record_own(s, row, tick.step, count)
    s.spikes[row] += count
    for n in range(count):
        j = s.fired[row, n]
        at_cycle = busy + (j + 1) * s.costs.neuron + (n + 1) * (s.costs.send + s.costs.record)
        send(outbox, row, make_key(SPIKE, s.copy[row], s.layer, s.first[row] + j), 0, 0, at_cycle)
    return busy + size * s.costs.neuron + count * (s.costs.send + s.costs.record)


@kernel
def push_silent(s: LayerState, row: Word, neuron: Word) -> Word:
    """Silence guard "push": each weight of a silent label neuron from a source that fired gets a stated gradient. Returns cycles."""
    seen = s.seen[row]
    seen[:] = 0
    pushed = 0
    for at in range(s.in_count[row]):
        source = s.in_source[row, at]
        if seen[source] == 0:
            seen[source] = 1
            s.gradient[row, source, neuron] -= s.arithmetic.push
            pushed += 1
    return s.costs.gradient_synapse * pushed + s.in_count[row]


@kernel
def take_errors(s: LayerState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Add up the errors for spikes of `step` (inner layers) or keep the loss's for later (output layer).

    Returns cycles beyond those of taking the packets.
    """
    begin, end = s.own_first[row, step], s.own_first[row, step + 1]
    received = s.received[row]
    for at in range(begin, end):
        received[s.own_neuron[row, at]] = 0
        s.mark[row, s.own_neuron[row, at]] = 1
    busy = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        j = key_neuron(key) - s.first[row]
        if key_layer(key) != s.layer or j < 0 or j >= s.size[row]:
            continue
        if key_kind(key) == GUARD:
            busy += push_silent(s, row, j)
        elif key_kind(key) == ERROR and s.output:
            if s.first_spike[row, j] < s.arithmetic.steps:
                s.loss_error[row, j] = inbox.payload[at]
            else:
                inbox.matched[at] = 0
        elif key_kind(key) == ERROR:
            if s.mark[row, j]:
                received[j] += np.int64(inbox.payload[at])
            else:
                inbox.matched[at] = 0
    for at in range(begin, end):
        s.mark[row, s.own_neuron[row, at]] = 0
    return busy


@kernel
def layer_jumps(s: LayerState, row: Word, step: Word) -> Word:
    """total[j] += (lV + g) / D for each own spike of `step`, then lV is stored; notes both adjoints for inspection. Returns spikes."""
    a = s.arithmetic
    begin, end = s.own_first[row, step], s.own_first[row, step + 1]
    for at in range(begin, end):
        j = s.own_neuron[row, at]
        g = s.received[row, j]
        if s.output:
            g = np.int64(s.loss_error[row, j]) if s.first_spike[row, j] == step else np.int64(0)
        stored = narrow(g, a.error_low, a.error_high)
        s.saturated[row, SAT_ERROR] += np.int64(stored != g)
        s.total[row, j] += spike_jump(a, s.adjoint[row, j], stored, s.own_slack[row, at])
    s.saturated[row, SAT_ADJOINT] += adjoint_store(a, s.size[row], s.total[row], s.adjoint[row])
    for at in range(begin, end):
        s.probe_adjoint[row, at] = s.adjoint[row, s.own_neuron[row, at]]
        s.probe_current[row, at] = s.adjoint_current[row, s.own_neuron[row, at]]
    return max(np.int64(0), np.int64(end - begin))


@kernel
def layer_backward(s: LayerState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Backward step i = tick.step: errors for spikes of step i+1 have come; send e[i], update the adjoints, add to the gradient."""
    size = s.size[row]
    busy += take_errors(s, row, tick.step + 1, inbox)
    if s.layer > 1:
        busy = send_errors(s, row, tick, outbox, busy)
    s.saturated[row, SAT_ADJOINT] += adjoint_decay(
        s.arithmetic, size, s.seed[0], tick.batch, s.copy[row], s.layer, tick.step, s.first[row],
        s.adjoint[row], s.adjoint_current[row], s.total[row],
    )  # fmt: skip
    spikes = layer_jumps(s, row, tick.step + 1)
    begin, end = s.in_first[row, tick.step], s.in_first[row, tick.step + 1]
    for at in range(begin, end):
        gradient_add(s.gradient[row], s.in_source[row, at], size, s.adjoint_current[row])
    added = max(np.int64(0), np.int64(end - begin))
    return busy + s.costs.adjoint * size + s.costs.jump * spikes + s.costs.gradient_synapse * size * added


@kernel
def layer_step(
    state: LayerState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """What a PE of a LIF layer does in each phase; packets that do not belong to the phase are taken and ignored."""
    s = state
    for row in range(pe_first, pe_last):
        busy = np.int64(s.costs.tick) + s.costs.packet * (inbox.last[row] - inbox.first[row])
        if tick.phase == LOAD:
            busy += layer_clear(s, row)
        elif tick.phase == FORWARD and tick.step >= 1:
            busy = layer_forward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == BACKWARD:
            busy = layer_backward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == REDUCE:
            busy = send_gradient(s, row, tick.step, outbox, busy)
        cycles[row] = busy
