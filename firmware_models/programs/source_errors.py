"""The way back to a population's source neurons: errors for their spikes, and gradients of their weights."""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models import fixedpoint as fx
from firmware_models.charges import charge, charge_send, price, price_send, whole
from firmware_models.fixedpoint import Word, narrow
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.lif_backward import error_below, gradient_add
from firmware_models.kernels.listed_synapses import error_below_listed, gradient_add_listed
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.programs.delayed_inputs import add_delayed_errors, add_delayed_gradients
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.row_targets import is_listed, list_row, row_size
from firmware_models.words import ERROR, SAT_ERROR, WITH_PAYLOAD, Mailbox, make_key, send


@kernel
def send_errors(s: PopulationState, row: Word, name: NoiseName, active: bool, outbox: Mailbox, busy: Word) -> Word:
    """Send an error for each recorded spike in this step of a population that takes errors, even if it is zero. Returns cycle parts.

    Errors over synapses with delays are added up before: over a synapse with delay d the spike of step s acts on the adjoints of s + d.
    Unless `active`, all adjoints are 0, and so are all errors.
    """
    stream, incoming, ledger = np.int64(0), s.incoming, s.ledger
    if s.arithmetic.stochastic:
        stream = named_stream(name, fx.NOISE_ERROR)
    if s.has_delays:
        busy += add_delayed_errors(s, row, name.step, active, stream)
    # Each packet leaves when its error is ready, so prices are added up one by one, and counts are charged at the end.
    per_send = price(ledger, cost.ERROR, cost.ONE) + price_send(ledger)
    per_number = price(ledger, cost.NOISE, cost.ONE) if s.arithmetic.stochastic else np.int64(0)
    sent: Word = 0
    listed: Word = 0
    synapses: Word = 0
    for at in range(s.inputs.first[row, name.step], s.inputs.first[row, name.step + 1]):
        source = np.int64(s.inputs.neuron[row, at])
        q = np.int64(incoming.of_row[source])
        if incoming.takes_errors[q] == 0:
            continue
        if s.has_delays and incoming.delay_max[q] > 0:
            e = narrow(s.delays.error_sum[row, at], s.arithmetic.error_low, s.arithmetic.error_high)
            s.saturated[row, SAT_ERROR] += np.int64(e != s.delays.error_sum[row, at])
        else:
            e = undelayed_error(s, row, q, source, stream) if active else np.int64(0)
            numbers = row_size(s, row, q, source)
            if is_listed(s, q):
                listed += numbers
                busy += price(ledger, cost.LISTED_ERROR_SYNAPSE, numbers)
            else:
                synapses += numbers
                busy += price(ledger, cost.ERROR_SYNAPSE, numbers)
            busy += per_number * numbers
        sent += 1
        busy += per_send
        key = make_key(ERROR, s.copy[row], incoming.population[q], source - incoming.first_row[q])
        send(outbox, row, key, e, WITH_PAYLOAD, whole(busy))
    if sent > 0:
        count_errors(s, row, sent, synapses, listed)
    return busy


@kernel
def undelayed_error(s: PopulationState, row: Word, q: Word, source: Word, stream: Word) -> Word:
    """Return the error for a spike over synapses without delays, and count it if it saturates."""
    if is_listed(s, q):
        targets = s.lists.target[row, list_row(s, q, source), : row_size(s, row, q, source)]
        e, saturated = error_below_listed(s.arithmetic, s.neurons, row, s.weight[row, source], targets, source, stream)
    else:
        e, saturated = error_below(s.arithmetic, s.neurons, row, s.weight[row], source, stream)
    s.saturated[row, SAT_ERROR] += saturated
    return e


@kernel
def count_errors(s: PopulationState, row: Word, sent: Word, synapses: Word, listed: Word) -> None:
    """Charge the errors that were sent, whose cycles have been added up before."""
    charge(s.ledger, row, cost.ERROR, sent)
    charge_send(s.ledger, row, sent)
    charge(s.ledger, row, cost.ERROR_SYNAPSE, synapses)
    charge(s.ledger, row, cost.LISTED_ERROR_SYNAPSE, listed)
    if s.arithmetic.stochastic:
        charge(s.ledger, row, cost.NOISE, synapses + listed)


@kernel
def add_gradients(s: PopulationState, row: Word, step: Word, active: bool) -> Word:
    """dW -= lI[step] for each recorded spike that acts in step + 1. Unless `active`, lI is 0. Returns cycle parts."""
    size, incoming, gradient = np.int64(s.neurons.size[row]), s.incoming, s.gradient[row]
    adjoint_current = s.neurons.adjoint_current[row]
    begin, end = np.int64(s.inputs.first[row, step]), np.int64(s.inputs.first[row, step + 1])
    rows = max(np.int64(0), end - begin)
    listed: Word = 0
    lists: Word = 0
    if s.has_delays or s.has_lists:
        for at in range(begin, end):
            source = np.int64(s.inputs.neuron[row, at])
            q = np.int64(incoming.of_row[source])
            if incoming.delay_max[q] > 0:
                rows -= 1
            elif is_listed(s, q):
                targets = s.lists.target[row, list_row(s, q, source), : row_size(s, row, q, source)]
                if active:
                    gradient_add_listed(gradient[source], targets, adjoint_current)
                listed += np.int64(targets.size)
                lists += 1
            elif active:
                gradient_add(gradient, source, size, adjoint_current)
    elif active:
        for at in range(begin, end):
            gradient_add(gradient, np.int64(s.inputs.neuron[row, at]), size, adjoint_current)
    busy = charge(s.ledger, row, cost.GRADIENT_ROW, rows)
    busy += charge(s.ledger, row, cost.GRADIENT_SYNAPSE, size * (rows - lists))
    if s.has_lists:
        busy += charge(s.ledger, row, cost.LISTED_GRADIENT_SYNAPSE, listed)
    return busy + add_delayed_gradients(s, row, step, active) if s.has_delays else busy
