"""The program of a population's PEs: runs forward and backward in time, sends spikes, errors, and gradients by DMA.

A spiking population and a readout differ only in what happens to U and in what acts on lV, which is chosen once per step.
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import begin_wake, charge, charge_dma, end_wake, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.lif_backward import adjoint_decay, adjoint_store, has_adjoints
from firmware_models.kernels.lif_forward import integrate, track_peak
from firmware_models.kernels.noise_name import NoiseName
from firmware_models.programs.delayed_inputs import clear_delays, sort_delays
from firmware_models.programs.group_program import Group, GroupProgram, Plan
from firmware_models.programs.own_average import add_average, add_average_errors, clear_average
from firmware_models.programs.own_maximum import add_peak_errors, send_peaks, take_peak_errors
from firmware_models.programs.own_spikes import add_jumps, note_probes, send_spikes, take_spike_errors
from firmware_models.programs.population_cost import words_to_clear
from firmware_models.programs.population_state import PopulationState, make_population_state
from firmware_models.programs.rests import end_rests, hold_resting
from firmware_models.programs.source_errors import add_gradients, send_errors
from firmware_models.programs.source_spikes import take_spikes
from firmware_models.programs.spike_record import clear_record
from firmware_models.words import (
    BACKWARD,
    FORWARD,
    LOAD,
    REDUCE,
    SAT_ADJOINT,
    SAT_STATE,
    ZERO,
    Int64s,
    Mailbox,
    Tick,
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
    # Until the first error has come, nothing changes but the counts of the ledger.
    active = has_adjoints(s.neurons, row)
    if s.sends_errors or s.has_delays:
        busy = send_errors(s, row, name, active, outbox, busy)
    if active:
        s.saturated[row, SAT_ADJOINT] += adjoint_decay(s.arithmetic, s.neurons, row, name)
    else:
        s.neurons.total[row, : s.neurons.size[row]] = 0
    if s.rest_steps > 0:
        busy += end_rests(s, row, tick.step + 1)
    jumps: Word = 0
    if s.spiking:
        jumps += add_jumps(s, row, tick.step + 1)
        busy += charge(s.ledger, row, cost.JUMP, jumps)
    if active or jumps > 0:
        s.saturated[row, SAT_ADJOINT] += adjoint_store(s.arithmetic, s.neurons, row)
    if s.spiking:
        note_probes(s, row, tick.step + 1)
    busy += add_gradients(s, row, tick.step, active)
    size = np.int64(s.neurons.size[row])
    if s.arithmetic.stochastic:
        busy += charge(s.ledger, row, cost.NOISE, cost.NUMBERS_A_NEURON * size)
    return busy + charge(s.ledger, row, cost.ADJOINT, size)


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
