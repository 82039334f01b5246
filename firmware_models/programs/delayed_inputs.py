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
    take_from_ring,
)
from firmware_models.kernels.listed_synapses import add_delayed_listed, sort_listed_by_delay
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.row_targets import is_listed, list_row, row_size


@kernel
def clear_delays(s: PopulationState, row: Word) -> Word:
    """Clear the ring and the gradients of delays before a batch. Returns the number of 32-bit words."""
    s.delays.ring[row] = 0
    s.delays.last_step[row] = 0
    s.delay_gradient[row] = 0
    s.axon_gradient[row] = 0
    words = s.delays.ring[row].size + s.delay_gradient[row].size + s.axon_gradient[row].size
    return 2 * (words - s.lists.absent_delays[row])


@kernel
def sort_delays(s: PopulationState, row: Word) -> Word:
    """Sort the synapses of each delayed row, whose delays arrived in the load tick. Returns cycle parts."""
    lines, size, incoming = s.delays, s.neurons.size[row], s.incoming
    sorted_words: Word = 0
    for q in range(incoming.population.size):
        if incoming.delay_max[q] > 0:
            for at in range(incoming.first_delayed[q], incoming.first_delayed[q] + incoming.size[q]):
                if incoming.axonal[q] == 1:
                    s.delay[row, at, :size] = s.axon_delay[row, at]
                source = incoming.first_row[q] + at - incoming.first_delayed[q]
                order, start = lines.order[row, at], lines.start[row, at]
                if is_listed(s, q):
                    line = list_row(s, q, source)
                    targets = s.lists.target[row, line, : s.lists.length[row, line]]
                    sort_listed_by_delay(s.delay[row, at], targets, lines.ring.shape[1], order, start)
                else:
                    sort_by_delay(s.delay[row, at], size, lines.ring.shape[1], order, start)
                sorted_words += row_size(s, row, q, source) + lines.ring.shape[1]
    return charge(s.ledger, row, cost.SORT_DELAY, sorted_words)


@kernel
def take_delayed_spike(s: PopulationState, row: Word, q: Word, source: Word, step: Word) -> None:
    """Add the synapses of a spike taken in `step` to the ring."""
    incoming = s.incoming
    at = incoming.first_delayed[q] + source - incoming.first_row[q]
    shift = s.arithmetic.weight_to_state_shift
    if is_listed(s, q):
        line = list_row(s, q, source)
        targets = s.lists.target[row, line, : s.lists.length[row, line]]
        add_delayed_listed(s.weight[row, source], s.delay[row, at], targets, shift, step, s.delays.ring[row])
        return
    add_delayed(s.weight[row, source], s.delay[row, at], s.neurons.size[row], shift, step, s.delays.ring[row])


@kernel
def note_reach(s: PopulationState, row: Word, at: Word, source: Word) -> None:
    """Note what delays recorded spike `at` may have, by the delays that were sorted before this batch."""
    incoming = s.incoming
    q = np.int64(incoming.of_row[source])
    s.delays.reach[row, at] = incoming.delay_max[q] if incoming.delay_max[q] > 0 else -1
    s.delays.only[row, at] = -1
    if incoming.delay_max[q] > 0 and incoming.axonal[q] == 1:
        line = incoming.first_delayed[q] + source - incoming.first_row[q]
        s.delays.only[row, at] = s.delay[row, line, 0]


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
def add_delayed_error(s: PopulationState, row: Word, at: Word, delay: Word, stream: Word) -> Word:
    """Add the synapses with this delay to the error of recorded spike `at`, and to the gradients of delays. Returns cycle parts."""
    lines, incoming, source = s.delays, s.incoming, np.int64(s.inputs.neuron[row, at])
    q = incoming.of_row[source]
    line = incoming.first_delayed[q] + source - incoming.first_row[q]
    chosen = lines.order[row, line, lines.start[row, line, delay] : lines.start[row, line, delay + 1]]
    if chosen.size == 0 or (incoming.takes_errors[q] == 0 and incoming.learns_delays[q] == 0):
        return charge(s.ledger, row, cost.LOOK_DELAY, cost.ONE)
    synaptic = incoming.learns_delays[q] == 1 and incoming.axonal[q] == 0
    gradient = s.delay_gradient[row, line] if synaptic else s.axon_gradient[row, :0]
    e = delayed_error(s.arithmetic, s.neurons, row, s.weight[row, source], chosen, source, stream, gradient)
    lines.error_sum[row, at] += e
    if incoming.axonal[q] == 1:
        s.axon_gradient[row, line] += e
    synapses = np.int64(chosen.size)
    busy = charge(s.ledger, row, cost.LOOK_DELAY, cost.ONE) + charge(
        s.ledger, row, cost.DELAYED_ERROR_SYNAPSE, synapses
    )
    if s.arithmetic.stochastic:
        busy += charge(s.ledger, row, cost.NOISE, synapses)
    return busy + charge(s.ledger, row, cost.DELAY_GRADIENT, synapses) if synaptic else busy


@kernel
def add_delayed_gradients(s: PopulationState, row: Word, step: Word) -> Word:
    """dW -= lI[step] for each synapse over which a recorded spike acts in step + 1. Returns cycle parts."""
    lines, incoming = s.delays, s.incoming
    slots = lines.ring.shape[1]
    looked: Word = 0
    added: Word = 0
    for fired in range(max(np.int64(0), step - slots + 1), step + 1):
        for at in range(s.inputs.first[row, fired], s.inputs.first[row, fired + 1]):
            if step - fired > lines.reach[row, at]:
                continue
            if not acts_after(s, row, at, step - fired):
                looked += 1
                continue
            source = np.int64(s.inputs.neuron[row, at])
            q = incoming.of_row[source]
            line = incoming.first_delayed[q] + source - incoming.first_row[q]
            begin, end = lines.start[row, line, step - fired], lines.start[row, line, step - fired + 1]
            delayed_gradient(s.gradient[row, source], lines.order[row, line, begin:end], s.neurons.adjoint_current[row])
            looked += 1
            added += np.int64(end - begin)
    return charge(s.ledger, row, cost.LOOK_DELAY, looked) + charge(s.ledger, row, cost.DELAYED_GRADIENT_SYNAPSE, added)
