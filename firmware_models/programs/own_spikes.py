"""The own spikes of a spiking population's PE: fires, records and sends them, takes errors for them, adds their jumps."""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge, charge_send, whole
from firmware_models.fixedpoint import Word, narrow
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.lif_backward import restart_jump, spike_jump
from firmware_models.kernels.lif_forward import fire
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.row_targets import has_synapse
from firmware_models.programs.spike_record import append_spike, begin_step
from firmware_models.programs.stray_packets import is_error
from firmware_models.words import (
    ERROR,
    GUARD,
    SAT_ERROR,
    SAT_STATE,
    SPIKE,
    WITHOUT_PAYLOAD,
    ZERO,
    Mailbox,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
)


@kernel
def record_own(s: PopulationState, row: Word, step: Word, count: Word) -> None:
    """Record the `count` neurons that have just fired, with their D."""
    begin_step(s.own, row, step)
    for n in range(count):
        j = np.int64(s.neurons.fired[row, n])
        at = append_spike(s.own, row, step, j)
        if at >= 0:
            s.own_v_slope[row, at] = s.neurons.v_slope[row, n]
            if s.rest_steps > 0:
                s.own_restart[row, at] = 0
        else:
            s.unrecorded[row] += 1
        if s.first_spike[row, j] == s.arithmetic.steps:
            s.first_spike[row, j] = step
        if step < s.arithmetic.steps - 1:
            s.spike_count[row, j] += 1


@kernel
def send_spikes(s: PopulationState, row: Word, step: Word, outbox: Mailbox, busy: Word) -> Word:
    """Fire, record and send, each spike as soon as its neuron is updated. Returns cycle parts, with those of all neurons' updates."""
    count, saturated = fire(s.arithmetic, s.neurons, row)
    s.saturated[row, SAT_STATE] += saturated
    record_own(s, row, step, count)
    s.spikes[row] += count
    ledger, fired = s.ledger, np.int64(count)
    spike = np.int64(0)
    if fired > 0:
        spike += charge(ledger, row, cost.FIRE, fired) + charge(ledger, row, cost.RECORD, fired)
        spike += charge_send(ledger, row, fired)
    for n in range(count):
        j = s.neurons.fired[row, n]
        at_cycle = whole(busy + (j + 1) * ledger.cost[cost.NEURON] + (n + 1) * (spike // fired))
        key = make_key(SPIKE, s.copy[row], s.population, s.neurons.first[row] + j)
        send(outbox, row, key, ZERO, WITHOUT_PAYLOAD, at_cycle)
    return busy + charge(ledger, row, cost.NEURON, np.int64(s.neurons.size[row])) + spike


@kernel
def push_silent(s: PopulationState, row: Word, neuron: Word) -> Word:
    """Apply the guard "push": add a fixed gradient to a silent label neuron's weights from sources that fired. Returns cycle parts."""
    seen = s.seen[row]
    seen[:] = 0
    pushed: Word = 0
    for at in range(s.inputs.length[row]):
        source = s.inputs.neuron[row, at]
        if seen[source] == 0:
            seen[source] = 1
            if has_synapse(s, row, source, neuron):
                s.gradient[row, source, neuron] -= s.push[row, neuron]
            pushed += 1
    return charge(s.ledger, row, cost.PUSH_SYNAPSE, pushed) + charge(
        s.ledger, row, cost.PUSH, np.int64(s.inputs.length[row])
    )


@kernel
def take_spike_errors(s: PopulationState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Add up the errors that populations sent for spikes of `step`, and keep those of the loss for later (output).

    A packet that is not for this PE, or whose payload cannot be an error, is marked as unmatched, like an error for no recorded spike.
    A spike of step T-1 acts on nothing, so that an error which arrives with `step` T-1 is the loss's. Returns cycle parts,
    without those of taking the packets.
    """
    begin, end = s.own.first[row, step], s.own.first[row, step + 1]
    received = s.received[row]
    for at in range(begin, end):
        received[s.own.neuron[row, at]] = 0
        s.expects_error[row, s.own.neuron[row, at]] = 1
    busy: Word = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        j = key_neuron(key) - s.neurons.first[row]
        mine = key_layer(key) == s.population and j >= 0 and j < s.neurons.size[row]
        if not mine or (key_kind(key) == ERROR and not is_error(s.arithmetic, inbox.payload[at])):
            inbox.matched[at] = 0
        elif key_kind(key) == GUARD:
            busy += push_silent(s, row, j)
        elif key_kind(key) == ERROR and s.output and (not s.hears_errors or step == s.arithmetic.steps - 1):
            if s.first_spike[row, j] < s.arithmetic.steps:
                s.loss_error[row, j] = inbox.payload[at]
            else:
                inbox.matched[at] = 0
        elif key_kind(key) == ERROR:
            if s.expects_error[row, j]:
                received[j] += np.int64(inbox.payload[at])
            else:
                inbox.matched[at] = 0
        else:
            inbox.matched[at] = 0
    for at in range(begin, end):
        s.expects_error[row, s.own.neuron[row, at]] = 0
    return busy


@kernel
def add_jumps(s: PopulationState, row: Word, step: Word) -> Word:
    """Add (lV + g) / D to total[j] for each own spike of `step`, of neurons that rest (I lV of the restart + g) / D. Returns how many."""
    a = s.arithmetic
    begin, end = s.own.first[row, step], s.own.first[row, step + 1]
    for at in range(begin, end):
        j = s.own.neuron[row, at]
        g = s.received[row, j]
        if s.output and s.first_spike[row, j] == step:
            g += np.int64(s.loss_error[row, j])
        stored = narrow(g, a.error_low, a.error_high)
        s.saturated[row, SAT_ERROR] += np.int64(stored != g)
        if s.rest_steps > 0:
            s.neurons.total[row, j] += restart_jump(a, s.own_restart[row, at], stored, s.own_v_slope[row, at])
        else:
            s.neurons.total[row, j] += spike_jump(a, s.neurons.adjoint[row, j], stored, s.own_v_slope[row, at])
    return max(np.int64(0), np.int64(end - begin))


@kernel
def note_probes(s: PopulationState, row: Word, step: Word) -> None:
    """Keep both adjoints after the jumps of the spikes of `step`, for validation."""
    for at in range(s.own.first[row, step], s.own.first[row, step + 1]):
        s.probe_adjoint[row, at] = s.neurons.adjoint[row, s.own.neuron[row, at]]
        s.probe_current[row, at] = s.neurons.adjoint_current[row, s.own.neuron[row, at]]
