"""The spikes that a population's PE gets from its source neurons: adds their weights, and records them for the way back."""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.lif_forward import synapse_add, synapse_add_rows
from firmware_models.kernels.listed_synapses import synapse_add_listed
from firmware_models.programs.acting_spikes import STALE
from firmware_models.programs.delayed_inputs import add_due, note_reach, take_delayed_spike
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.row_targets import is_listed, list_row, row_size
from firmware_models.programs.spike_record import record_spikes
from firmware_models.words import SPIKE, Mailbox, key_kind, key_layer, key_neuron


@kernel
def take_spikes(s: PopulationState, row: Word, step: Word, inbox: Mailbox, busy: Word) -> Word:
    """Add the weights of the spikes in the inbox to `total`, and record them as of `step` of their populations. Returns cycle parts.

    A packet that is no spike of a source neuron is marked as unmatched.
    """
    s.neurons.total[row, : s.neurons.size[row]] = 0
    if inbox.first[row] < inbox.last[row]:
        busy += take_packets(s, row, step, inbox)
    return busy + add_due(s, row, step + 1) if s.has_delays else busy


@kernel
def take_packets(s: PopulationState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Take the packets in the inbox. Returns cycle parts."""
    incoming, record, size = s.incoming, s.inputs.neuron[row], np.int64(s.neurons.size[row])
    begin = at = np.int64(s.inputs.length[row])
    # What has one row of weights for each spike and nothing else is added after the search, several rows at a time.
    plain = not s.has_delays and not s.has_lists
    taken: Word = 0
    listed: Word = 0
    delayed: Word = 0
    synapses: Word = 0
    for n in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[n]
        population, neuron, is_spike = key_layer(key), key_neuron(key), key_kind(key) == SPIKE
        inbox.matched[n] = 0
        for q in range(incoming.population.size):
            if is_spike and incoming.population[q] == population and neuron < incoming.size[q]:
                inbox.matched[n] = 1
                source = np.int64(incoming.first_row[q] + neuron)
                taken += 1
                if not plain and incoming.delay_max[q] > 0:
                    take_delayed_spike(s, row, q, source, step + 1)
                    delayed += row_size(s, row, q, source)
                elif is_listed(s, q):
                    targets = s.lists.target[row, list_row(s, q, source), : row_size(s, row, q, source)]
                    synapse_add_listed(
                        s.weight[row, source], targets, s.arithmetic.weight_to_state_shift, s.neurons.total[row]
                    )
                    listed += np.int64(targets.size)
                else:
                    synapses += size
                    if not plain or at >= record.size:
                        add_row(s, row, source, size)
                if at < record.size:
                    record[at] = source
                    if s.has_delays:
                        note_reach(s, row, at, q, source)
                    at += 1
    if plain:
        synapse_add_rows(
            s.weight[row], record[begin:at], s.arithmetic.weight_to_state_shift, size, s.neurons.total[row]
        )
    if taken > 0:
        record_spikes(s.inputs, row, step, at)
        s.unrecorded[row] += taken - (at - begin)
        if s.has_delays:
            s.delays.listed[row] = STALE
    return charge_spikes(s, row, synapses, listed, delayed) + charge(s.ledger, row, cost.RECORD, taken)


@kernel
def add_row(s: PopulationState, row: Word, source: Word, size: Word) -> None:
    """Add the weights of one source neuron to `total`."""
    synapse_add(s.weight[row], source, s.arithmetic.weight_to_state_shift, size, s.neurons.total[row])


@kernel
def charge_spikes(s: PopulationState, row: Word, synapses: Word, listed: Word, delayed: Word) -> Word:
    """Charge the synapses of all spikes that were taken, by their kind. Returns cycle parts."""
    busy = charge(s.ledger, row, cost.SYNAPSE, synapses)
    if s.has_lists:
        busy += charge(s.ledger, row, cost.LISTED_SYNAPSE, listed)
    if s.has_delays:
        busy += charge(s.ledger, row, cost.DELAYED_SYNAPSE, delayed)
    return busy
