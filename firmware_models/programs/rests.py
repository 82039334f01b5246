"""Neurons that rest for some steps after a spike: V stays 0 while I goes on, and lV is 0 likewise on the way back.

The record of own spikes says which neurons rest, so that nothing is counted for a neuron (docs/reference/networks.md, Rest after a spike).
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.spike_record import begin_step


@kernel
def hold_resting(s: PopulationState, row: Word, step: Word) -> Word:
    """Set U and V to 0 of neurons that rest in `step`, and record I of those that do for the last time. Returns cycle parts."""
    begin_step(s.own, row, step)  # after lost ticks, their steps have bounds only now
    since, own = max(np.int64(0), step - s.rest_steps), s.own
    for at in range(own.first[row, since], own.first[row, step]):
        s.neurons.potential[row, own.neuron[row, at]] = 0
    if step >= s.rest_steps:
        for at in range(own.first[row, since], own.first[row, since + 1]):
            s.own_restart[row, at] = s.neurons.current[row, own.neuron[row, at]]
    return charge(s.ledger, row, cost.REST_NEURON, np.int64(own.first[row, step] - own.first[row, since]))


@kernel
def end_rests(s: PopulationState, row: Word, step: Word) -> Word:
    """For neurons that restart in `step`: multiply what was recorded by lV, and clear lV before that step. Returns cycle parts.

    Runs after the decay, which leaves lV of `step` in adjoint, and what becomes lV of the step before in total.
    """
    ended, own = step - s.rest_steps, s.own
    if ended < 0:
        return np.int64(0)
    for at in range(own.first[row, ended], own.first[row, ended + 1]):
        s.own_restart[row, at] *= np.int64(s.neurons.adjoint[row, own.neuron[row, at]])
        s.neurons.total[row, own.neuron[row, at]] = 0
    return charge(s.ledger, row, cost.REST_NEURON, np.int64(own.first[row, ended + 1] - own.first[row, ended]))
