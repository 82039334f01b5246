"""The program of a population's PEs: runs forward and backward in time, sends spikes, errors, and gradients by DMA.

A spiking population and a readout differ only in what happens to U and in what acts on lV, which is chosen once per step.
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models import fixedpoint as fx
from firmware_models.charges import begin_wake, charge, charge_dma, charge_send, end_wake, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word, narrow
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.lif_backward import adjoint_decay, adjoint_store, error_below, gradient_add
from firmware_models.kernels.lif_forward import integrate, synapse_add, track_peak
from firmware_models.kernels.listed_synapses import error_below_listed, gradient_add_listed, synapse_add_listed
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.programs.delayed_inputs import (
    acts_after,
    add_delayed_error,
    add_delayed_gradients,
    add_due,
    clear_delays,
    note_reach,
    sort_delays,
    take_delayed_spike,
)
from firmware_models.programs.group_program import Group, GroupProgram, Plan
from firmware_models.programs.own_average import add_average, add_average_errors, clear_average
from firmware_models.programs.own_maximum import add_peak_errors, send_peaks, take_peak_errors
from firmware_models.programs.own_spikes import add_jumps, note_probes, send_spikes, take_spike_errors
from firmware_models.programs.population_cost import words_to_clear
from firmware_models.programs.population_state import PopulationState, make_population_state
from firmware_models.programs.rests import end_rests, hold_resting
from firmware_models.programs.row_targets import is_listed, list_row, row_size
from firmware_models.programs.spike_record import append_spike, begin_step, clear_record
from firmware_models.words import (
    BACKWARD,
    ERROR,
    FORWARD,
    LOAD,
    REDUCE,
    SAT_ADJOINT,
    SAT_ERROR,
    SAT_STATE,
    SPIKE,
    WITH_PAYLOAD,
    ZERO,
    Int64s,
    Mailbox,
    Tick,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
    start_transfer,
)

# Not among them: records, delays and steps, which are indices or lead to some, and D, which must not be 0.
DATA_WORDS = tuple((name, 0) for name in (
    "weight", "gradient", "neurons.current", "neurons.potential", "neurons.adjoint", "neurons.adjoint_current", "loss_error", "peak",
    "delays.ring", "delay_gradient", "axon_gradient", "average_sum",
))  # fmt: skip
count_words_to_clear = kernel(words_to_clear)


@kernel
def clear_state(s: PopulationState, row: Word) -> Word:
    """Clear the state before a batch. Returns cycle parts."""
    s.neurons.current[row] = 0
    s.neurons.potential[row] = 0
    s.neurons.adjoint[row] = 0
    s.neurons.adjoint_current[row] = 0
    s.gradient[row] = 0
    s.loss_error[row] = 0
    clear_record(s.inputs, row)
    if s.spiking:
        clear_record(s.own, row)
        s.first_spike[row] = s.arithmetic.steps
        s.spike_count[row] = 0
    else:
        s.peak[row] = 0
        s.peak_step[row] = 0
    words = (
        count_words_to_clear(s.spiking, s.sources, s.neurons.size[row], s.arithmetic.steps) - 2 * s.lists.absent[row]
    )
    if s.averages:
        words += clear_average(s, row)
    return charge(s.ledger, row, cost.CLEAR_WORD, words + clear_delays(s, row))


@kernel
def take_spikes(s: PopulationState, row: Word, step: Word, inbox: Mailbox, busy: Word) -> Word:
    """Add the weights of the spikes in the inbox to `total`, and record them as of `step` of their populations. Returns cycle parts.

    A packet that is no spike of a source neuron is marked as unmatched.
    """
    size, total, incoming = s.neurons.size[row], s.neurons.total[row], s.incoming
    total[:size] = 0
    recorded: Word = 0
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        population, neuron = key_layer(key), key_neuron(key)
        inbox.matched[at] = 0
        for q in range(incoming.population.size):
            if incoming.population[q] == population and neuron < incoming.size[q] and key_kind(key) == SPIKE:
                source = incoming.first_row[q] + neuron
                inbox.matched[at] = 1
                synapses = row_size(s, row, q, source)
                if s.has_delays and incoming.delay_max[q] > 0:
                    take_delayed_spike(s, row, q, source, step + 1)
                    busy += charge(s.ledger, row, cost.DELAYED_SYNAPSE, synapses)
                elif is_listed(s, q):
                    line = list_row(s, q, source)
                    targets = s.lists.target[row, line, : s.lists.length[row, line]]
                    synapse_add_listed(s.weight[row, source], targets, s.arithmetic.weight_to_state_shift, total)
                    busy += charge(s.ledger, row, cost.LISTED_SYNAPSE, synapses)
                else:
                    synapse_add(s.weight[row], source, s.arithmetic.weight_to_state_shift, size, total)
                    busy += charge(s.ledger, row, cost.SYNAPSE, synapses)
                record_input(s, row, step, source)
                recorded += 1
    busy += charge(s.ledger, row, cost.RECORD, recorded)
    return busy + add_due(s, row, step + 1) if s.has_delays else busy


@kernel
def record_input(s: PopulationState, row: Word, step: Word, source: Word) -> None:
    """Record a spike of `step` of a source neuron."""
    begin_step(s.inputs, row, step)
    at = append_spike(s.inputs, row, step, source)
    if at < 0:
        s.unrecorded[row] += 1
    elif s.has_delays:
        s.delays.error_sum[row, at] = 0
        note_reach(s, row, at, source)


@kernel
def step_forward(s: PopulationState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Run forward step i = tick.step >= 1: add spikes of step i-1 below, update, and fire, keep maximum or average. Returns cycle parts."""
    size = np.int64(s.neurons.size[row])
    busy += charge(s.ledger, row, cost.TICK_FORWARD, cost.ONE)
    busy = take_spikes(s, row, tick.step - 1, inbox, busy)
    if s.arithmetic.stochastic:
        busy += charge(s.ledger, row, cost.NOISE, cost.NUMBERS_A_NEURON * size)
    name = NoiseName(s.seed[0], tick.batch, s.first_copy + np.int64(s.copy[row]), s.population, tick.step)
    s.saturated[row, SAT_STATE] += integrate(s.arithmetic, s.neurons, row, name)
    if s.rest_steps > 0:
        busy += hold_resting(s, row, tick.step)
    if s.spiking:
        return send_spikes(s, row, tick.step, outbox, busy)
    if s.averages:
        busy += add_average(s, row, tick.step)
    else:
        track_peak(s.neurons.potential[row], size, tick.step, s.peak[row], s.peak_step[row])
    busy += charge(s.ledger, row, cost.READOUT_NEURON, size)
    return send_peaks(s, row, outbox, busy) if tick.step == s.arithmetic.steps - 1 else busy


@kernel
def send_errors(s: PopulationState, row: Word, name: NoiseName, outbox: Mailbox, busy: Word) -> Word:
    """Send an error for each recorded spike in this step of a population that takes errors, even if it is zero. Returns cycle parts.

    Errors over synapses with delays are added up before: over a synapse with delay d the spike of step s acts on the adjoints of s + d.
    """
    stream, incoming, slots = np.int64(0), s.incoming, s.delays.ring.shape[1]
    if s.arithmetic.stochastic:
        stream = named_stream(name, fx.NOISE_ERROR)
    for fired in range(max(np.int64(0), name.step - slots + 1), name.step + 1 if s.has_delays else 0):
        for at in range(s.inputs.first[row, fired], s.inputs.first[row, fired + 1]):
            if name.step - fired <= s.delays.reach[row, at]:
                if acts_after(s, row, at, name.step - fired):
                    busy += add_delayed_error(s, row, at, name.step - fired, stream)
                else:
                    busy += charge(s.ledger, row, cost.LOOK_DELAY, cost.ONE)
    for at in range(s.inputs.first[row, name.step], s.inputs.first[row, name.step + 1]):
        source = np.int64(s.inputs.neuron[row, at])
        q = incoming.of_row[source]
        if incoming.takes_errors[q] == 0:
            continue
        numbers: Word = 0
        if s.has_delays and incoming.delay_max[q] > 0:
            e = narrow(s.delays.error_sum[row, at], s.arithmetic.error_low, s.arithmetic.error_high)
            saturated = np.int64(e != s.delays.error_sum[row, at])
        elif is_listed(s, q):
            line = list_row(s, q, source)
            targets = s.lists.target[row, line, : s.lists.length[row, line]]
            e, saturated = error_below_listed(
                s.arithmetic, s.neurons, row, s.weight[row, source], targets, source, stream
            )
            busy += charge(s.ledger, row, cost.LISTED_ERROR_SYNAPSE, np.int64(targets.size))
            numbers += np.int64(targets.size)
        else:
            e, saturated = error_below(s.arithmetic, s.neurons, row, s.weight[row], source, stream)
            busy += charge(s.ledger, row, cost.ERROR_SYNAPSE, np.int64(s.neurons.size[row]))
            numbers += np.int64(s.neurons.size[row])
        s.saturated[row, SAT_ERROR] += saturated
        if s.arithmetic.stochastic:
            busy += charge(s.ledger, row, cost.NOISE, numbers)
        busy += charge(s.ledger, row, cost.ERROR, cost.ONE) + charge_send(s.ledger, row, cost.ONE)
        send(
            outbox,
            row,
            make_key(ERROR, s.copy[row], incoming.population[q], source - incoming.first_row[q]),
            e,
            WITH_PAYLOAD,
            whole(busy),
        )
    return busy


@kernel
def step_backward(s: PopulationState, row: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, busy: Word) -> Word:
    """Run backward step i = tick.step: send e[i], update the adjoints, add to the gradient. Returns cycle parts.

    The inbox has the errors for spikes (or maxima) of step i+1.
    """
    name = NoiseName(s.seed[0], tick.batch, s.first_copy + np.int64(s.copy[row]), s.population, tick.step)
    busy += charge(s.ledger, row, cost.TICK_BACKWARD, cost.ONE)
    if s.spiking:
        busy += take_spike_errors(s, row, tick.step + 1, inbox)
    else:
        take_peak_errors(s, row, inbox)
        busy += add_average_errors(s, row, tick.step + 1) if s.averages else add_peak_errors(s, row, tick.step + 1)
    if s.sends_errors or s.has_delays:
        busy = send_errors(s, row, name, outbox, busy)
    s.saturated[row, SAT_ADJOINT] += adjoint_decay(s.arithmetic, s.neurons, row, name)
    if s.rest_steps > 0:
        busy += end_rests(s, row, tick.step + 1)
    if s.spiking:
        busy += charge(s.ledger, row, cost.JUMP, add_jumps(s, row, tick.step + 1))
    s.saturated[row, SAT_ADJOINT] += adjoint_store(s.arithmetic, s.neurons, row)
    if s.spiking:
        note_probes(s, row, tick.step + 1)
    size = np.int64(s.neurons.size[row])
    begin, end = s.inputs.first[row, tick.step], s.inputs.first[row, tick.step + 1]
    rows: Word = 0
    added: Word = 0
    listed: Word = 0
    for at in range(begin, end):
        source = np.int64(s.inputs.neuron[row, at])
        q = np.int64(s.incoming.of_row[source])
        if not s.has_delays or s.incoming.delay_max[q] == 0:
            if is_listed(s, q):
                line = list_row(s, q, source)
                targets = s.lists.target[row, line, : s.lists.length[row, line]]
                gradient_add_listed(s.gradient[row, source], targets, s.neurons.adjoint_current[row])
                listed += np.int64(targets.size)
            else:
                gradient_add(s.gradient[row], source, size, s.neurons.adjoint_current[row])
                added += size
            rows += 1
    if s.has_delays:
        busy += add_delayed_gradients(s, row, tick.step)
    if s.arithmetic.stochastic:
        busy += charge(s.ledger, row, cost.NOISE, cost.NUMBERS_A_NEURON * size)
    busy += charge(s.ledger, row, cost.GRADIENT_ROW, rows) + charge(s.ledger, row, cost.GRADIENT_SYNAPSE, added)
    return (
        busy + charge(s.ledger, row, cost.LISTED_GRADIENT_SYNAPSE, listed) + charge(s.ledger, row, cost.ADJOINT, size)
    )


@kernel
def send_gradient(s: PopulationState, row: Word, turn: Word, outbox: Mailbox, busy: Word) -> Word:
    """In the copy's reduce round, start a DMA to each optimizer PE that holds rows of this share's weights. Returns cycle parts."""
    if s.turn[row] == turn:
        busy += charge(s.ledger, row, cost.TICK_REDUCE, cost.ONE)
        for n in range(s.transfer.shape[1]):
            if s.transfer[row, n] >= 0:
                busy += charge_dma(s.ledger, row)
                start_transfer(outbox, row, s.transfer[row, n], ZERO, whole(busy))
    return busy


@kernel
def population_step(
    state: PopulationState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:  # fmt: skip
    """Run a wake of a population's PEs, by phase. Packets that do not belong to the phase are taken and ignored."""
    s = state
    for row in range(pe_first, pe_last):
        arrived = inbox.last[row] - inbox.first[row]
        takes = tick.phase == BACKWARD or (tick.phase == FORWARD and tick.step > 0)
        busy = begin_wake(s.ledger, row, tick.phase, arrived, arrived if takes else ZERO)
        if tick.phase == LOAD:
            busy += charge(s.ledger, row, cost.TICK_LOAD, cost.ONE) + clear_state(s, row)
        elif tick.phase == FORWARD and tick.step == 0:
            busy += sort_delays(s, row)
        elif tick.phase == FORWARD:
            busy = step_forward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == BACKWARD:
            busy = step_backward(s, row, tick, inbox, outbox, busy)
        elif tick.phase == REDUCE:
            busy = send_gradient(s, row, tick.step, outbox, busy)
        cycles[row] = end_wake(s.ledger, row, busy)


def build_spiking(c: FirmwareConstants, plan: Plan, group: Group) -> GroupProgram:
    """Build the program of a population that fires."""
    return _build(plan, group, make_population_state(c, group, spiking=True))


def build_readout(c: FirmwareConstants, plan: Plan, group: Group) -> GroupProgram:
    """Build the program of an output population that never fires."""
    return _build(plan, group, make_population_state(c, group, spiking=False))


def _build(plan: Plan, group: Group, state: PopulationState) -> GroupProgram:
    # A backward wake sends errors for the spikes of one step, which one forward wake took from its FIFO, one for each projection.
    incoming = state.incoming
    recorded = plan.fifo_capacity * int(np.unique(incoming.population, return_counts=True)[1].max())
    answered = min(state.inputs.neuron.shape[1], recorded) if incoming.takes_errors.any() else 0
    per_wake = max(int(state.neurons.size.max()), answered) + state.transfer.shape[1] + 1
    return GroupProgram(group.name, len(group.cores), per_wake, state, population_step, DATA_WORDS)
