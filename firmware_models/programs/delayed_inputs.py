"""The delayed synapses of a population's PE: sorts them before a batch, delays spikes, and works out errors and gradients by delay."""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.delayed_synapses import (
    add_delayed,
    delayed_error,
    delayed_gradient,
    sort_by_delay,
    sort_one_delay,
    take_from_ring,
)
from firmware_models.kernels.lif_forward import synapse_add
from firmware_models.kernels.listed_synapses import add_delayed_listed, sort_listed_by_delay, synapse_add_listed
from firmware_models.programs.acting_spikes import STALE, acting_are_listed
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.row_targets import is_listed, list_row, row_size


@kernel
def clear_delays(s: PopulationState, row: Word) -> Word:
    """Clear the ring and the gradients of delays before a batch. Returns the number of 32-bit words."""
    s.delays.ring[row] = 0
    s.delays.last_step[row] = 0
    if s.has_delays:
        s.delays.listed[row] = STALE
    s.delay_gradient[row] = 0
    s.axon_gradient[row] = 0
    words = s.delays.ring[row].size + s.delay_gradient[row].size + s.axon_gradient[row].size
    return 2 * (words - s.lists.absent_delays[row])


@kernel
def sort_delays(s: PopulationState, row: Word) -> Word:
    """Sort the synapses of each delayed row, whose delays arrived in the load tick. Returns cycle parts."""
    lines, size, incoming = s.delays, np.int64(s.neurons.size[row]), s.incoming
    slots = np.int64(lines.ring.shape[1])
    sorted_words: Word = 0
    for q in range(incoming.population.size):
        if incoming.delay_max[q] > 0:
            for at in range(incoming.first_delayed[q], incoming.first_delayed[q] + incoming.size[q]):
                source = np.int64(incoming.first_row[q] + at - incoming.first_delayed[q])
                order, start, count = lines.order[row, at], lines.start[row, at], row_size(s, row, q, source)
                if incoming.axonal[q] == 1:
                    s.delay[row, at, :size] = s.axon_delay[row, at]
                    sort_one_delay(np.int64(s.axon_delay[row, at]), count, slots, start)
                    for n in range(count):
                        order[n] = s.lists.target[row, list_row(s, q, source), n] if is_listed(s, q) else n
                elif is_listed(s, q):
                    targets = s.lists.target[row, list_row(s, q, source), :count]
                    sort_listed_by_delay(s.delay[row, at], targets, slots, order, start)
                else:
                    sort_by_delay(s.delay[row, at], size, slots, order, start)
                sorted_words += count + slots
    return charge(s.ledger, row, cost.SORT_DELAY, sorted_words)


@kernel
def take_delayed_spike(s: PopulationState, row: Word, q: Word, source: Word, step: Word) -> None:
    """Add the synapses of a spike taken in `step` to the ring."""
    incoming, ring, shift = s.incoming, s.delays.ring[row], s.arithmetic.weight_to_state_shift
    at = incoming.first_delayed[q] + source - incoming.first_row[q]
    if is_listed(s, q):
        targets = s.lists.target[row, list_row(s, q, source), : row_size(s, row, q, source)]
        if incoming.axonal[q] == 1:
            due = ring[(step + np.int64(s.delay[row, at, 0])) % ring.shape[0]]
            synapse_add_listed(s.weight[row, source], targets, shift, due)
        else:
            add_delayed_listed(s.weight[row, source], s.delay[row, at], targets, shift, step, ring)
    elif incoming.axonal[q] == 1:
        due = ring[(step + np.int64(s.delay[row, at, 0])) % ring.shape[0]]
        synapse_add(s.weight[row], source, shift, np.int64(s.neurons.size[row]), due)
    else:
        add_delayed(s.weight[row, source], s.delay[row, at], s.neurons.size[row], shift, step, ring)


@kernel
def note_reach(s: PopulationState, row: Word, at: Word, q: Word, source: Word) -> None:
    """Note what delays recorded spike `at` of projection q may have, by the delays that were sorted before this batch."""
    incoming, lines = s.incoming, s.delays
    lines.error_sum[row, at] = 0
    lines.reach[row, at] = incoming.delay_max[q] if incoming.delay_max[q] > 0 else -1
    lines.only[row, at] = -1
    if incoming.delay_max[q] > 0 and incoming.axonal[q] == 1:
        line = incoming.first_delayed[q] + source - incoming.first_row[q]
        lines.only[row, at] = s.delay[row, line, 0]


@kernel
def acts_after(s: PopulationState, row: Word, at: Word, delay: Word) -> bool:
    """Whether recorded spike `at`, whose delays reach that far, may have a synapse with this delay. An axon has one delay."""
    only = s.delays.only[row, at]
    return bool(only < 0 or only == delay)


@kernel
def add_due(s: PopulationState, row: Word, step: Word) -> Word:
    """Add what is due in `step`, and in ticks that were lost before it, to `total`. Returns cycle parts."""
    first = np.int64(s.delays.last_step[row]) + 1
    first = max(first, step - s.delays.ring.shape[1] + 1)
    take_from_ring(s.delays.ring[row], s.neurons.size[row], first, step, s.neurons.total[row])
    s.delays.last_step[row] = step
    return charge(s.ledger, row, cost.RING_NEURON, np.int64(s.neurons.size[row]) * (step - first + 1))


@kernel
def add_delayed_errors(s: PopulationState, row: Word, step: Word, active: bool, stream: Word) -> Word:
    """Add to the errors of recorded spikes, and to gradients of delays, what acts in step + 1. Returns cycle parts."""
    lines, first = s.delays, s.inputs.first[row]
    looked: Word = 0
    added: Word = 0
    learned: Word = 0
    if acting_are_listed(s, row):
        looked += lines.looks[row, step]
        for n in range(lines.acting_first[row, step], lines.acting_first[row, step + 1]):
            acting = np.int64(lines.acting[row, n])
            synapses, synaptic = add_delayed_error(s, row, acting, np.int64(lines.only[row, acting]), active, stream)
            added += synapses
            learned += synaptic
    else:
        for fired in range(max(np.int64(0), step - lines.ring.shape[1] + 1), step + 1):
            for at in range(first[fired], first[fired + 1]):
                if step - fired <= lines.reach[row, at]:
                    looked += 1
                    if acts_after(s, row, at, step - fired):
                        synapses, synaptic = add_delayed_error(s, row, at, step - fired, active, stream)
                        added += synapses
                        learned += synaptic
    busy = charge(s.ledger, row, cost.LOOK_DELAY, looked)
    busy += charge(s.ledger, row, cost.DELAYED_ERROR_SYNAPSE, added)
    if s.arithmetic.stochastic:
        busy += charge(s.ledger, row, cost.NOISE, added)
    return busy + charge(s.ledger, row, cost.DELAY_GRADIENT, learned)


@kernel
def add_delayed_error(
    s: PopulationState, row: Word, at: Word, delay: Word, active: bool, stream: Word
) -> tuple[Word, Word]:  # fmt: skip
    """Add the synapses with this delay to the error of recorded spike `at`, and to the gradients of delays.

    Returns how many there are, and how many have a gradient of their own. Unless `active`, all that is added is 0.
    """
    lines, incoming, source = s.delays, s.incoming, np.int64(s.inputs.neuron[row, at])
    q = np.int64(incoming.of_row[source])
    line = incoming.first_delayed[q] + source - incoming.first_row[q]
    begin, end = np.int64(lines.start[row, line, delay]), np.int64(lines.start[row, line, delay + 1])
    if begin == end or (incoming.takes_errors[q] == 0 and incoming.learns_delays[q] == 0):
        return np.int64(0), np.int64(0)
    synaptic = incoming.learns_delays[q] == 1 and incoming.axonal[q] == 0
    if active:
        gradient = s.delay_gradient[row, line] if synaptic else s.axon_gradient[row, :0]
        chosen = lines.order[row, line, begin:end]
        e = delayed_error(s.arithmetic, s.neurons, row, s.weight[row, source], chosen, source, stream, gradient)
        lines.error_sum[row, at] += e
        if incoming.axonal[q] == 1:
            s.axon_gradient[row, line] += e
    return end - begin, end - begin if synaptic else np.int64(0)


@kernel
def add_delayed_gradients(s: PopulationState, row: Word, step: Word, active: bool) -> Word:
    """dW -= lI[step] for each synapse over which a recorded spike acts in step + 1. Returns cycle parts."""
    lines, first = s.delays, s.inputs.first[row]
    looked: Word = 0
    added: Word = 0
    if acting_are_listed(s, row):
        looked += lines.looks[row, step]
        for n in range(lines.acting_first[row, step], lines.acting_first[row, step + 1]):
            acting = np.int64(lines.acting[row, n])
            added += add_delayed_gradient(s, row, acting, np.int64(lines.only[row, acting]), active)
    else:
        for fired in range(max(np.int64(0), step - lines.ring.shape[1] + 1), step + 1):
            for at in range(first[fired], first[fired + 1]):
                if step - fired <= lines.reach[row, at]:
                    looked += 1
                    if acts_after(s, row, at, step - fired):
                        added += add_delayed_gradient(s, row, at, step - fired, active)
    return charge(s.ledger, row, cost.LOOK_DELAY, looked) + charge(s.ledger, row, cost.DELAYED_GRADIENT_SYNAPSE, added)


@kernel
def add_delayed_gradient(s: PopulationState, row: Word, at: Word, delay: Word, active: bool) -> Word:
    """Add to the gradients of the synapses with this delay of recorded spike `at`, unless lI is 0. Returns how many they are."""
    lines, incoming, source = s.delays, s.incoming, np.int64(s.inputs.neuron[row, at])
    q = np.int64(incoming.of_row[source])
    line = incoming.first_delayed[q] + source - incoming.first_row[q]
    begin, end = np.int64(lines.start[row, line, delay]), np.int64(lines.start[row, line, delay + 1])
    if active:
        delayed_gradient(s.gradient[row, source], lines.order[row, line, begin:end], s.neurons.adjoint_current[row])
    return end - begin
