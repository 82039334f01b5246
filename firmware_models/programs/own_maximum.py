"""The highest voltages on a readout's PE: sends them to the loss, and lets the loss's errors act at their steps.

    m = max V[i] over all steps (0 at rest), i* its first step
    lV[i*] += error from the loss

docs/reference/equations.md (Loss on the highest voltage).
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge, charge_send, whole
from firmware_models.fixedpoint import Word, narrow
from firmware_models.jit.compiler import kernel
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.stray_packets import is_error
from firmware_models.words import (
    ERROR,
    SAT_ADJOINT,
    SPIKE,
    WITH_PAYLOAD,
    Mailbox,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
)


@kernel
def send_peaks(s: PopulationState, row: Word, outbox: Mailbox, busy: Word) -> Word:
    """Send each neuron's maximum or average to the loss, even if it is zero. Returns cycle parts."""
    for j in range(s.neurons.size[row]):
        busy += charge_send(s.ledger, row, cost.ONE)
        key = make_key(SPIKE, s.copy[row], s.population, s.neurons.first[row] + j)
        send(outbox, row, key, np.int64(s.peak[row, j]), WITH_PAYLOAD, whole(busy))
    return busy


@kernel
def take_peak_errors(s: PopulationState, row: Word, inbox: Mailbox) -> None:
    """Keep the loss's errors for the steps of the maxima, or for all steps.

    An error for a neuron whose maximum was never above rest, and what can be no error for this PE, is marked as unmatched.
    """
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        j = key_neuron(key) - s.neurons.first[row]
        if key_kind(key) == ERROR and key_layer(key) == s.population and j >= 0 and j < s.neurons.size[row]:
            if (s.averages or s.peak_step[row, j] > 0) and is_error(s.arithmetic, inbox.payload[at]):
                s.loss_error[row, j] = inbox.payload[at]
            else:
                inbox.matched[at] = 0
        else:
            inbox.matched[at] = 0


@kernel
def add_peak_errors(s: PopulationState, row: Word, step: Word) -> Word:
    """lV[step] += error, for neurons whose maximum was in `step`. Returns cycle parts."""
    a = s.arithmetic
    for j in range(s.neurons.size[row]):
        if s.peak_step[row, j] == step:
            wide = np.int64(s.neurons.adjoint[row, j]) + (np.int64(s.loss_error[row, j]) << a.error_to_adjoint_shift)
            stored = narrow(wide, a.adjoint_low, a.adjoint_high)
            s.saturated[row, SAT_ADJOINT] += np.int64(stored != wide)
            s.neurons.adjoint[row, j] = np.int32(stored)
    return charge(s.ledger, row, cost.PEAK_ERROR, np.int64(s.neurons.size[row]))
