"""The average voltages on a readout's PE: adds them up, and lets the loss's errors act at every step.

    m = sum over all steps of c_i V[i],  c_i = exp(-i / T) / T
    lV[i] += c_i error from the loss

docs/reference/equations.md (Loss on the average voltage). The word of m takes the place of the highest voltage, and is sent as that is.
"""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import charge
from firmware_models.fixedpoint import FACTOR_BITS, Word, half, narrow, round_shift
from firmware_models.jit.compiler import kernel
from firmware_models.programs.population_state import PopulationState
from firmware_models.words import SAT_ADJOINT, SAT_STATE

# Fraction bits that a sum has beyond those of the state.
EXTRA_BITS = np.int64(8)


@kernel
def clear_average(s: PopulationState, row: Word) -> Word:
    """Clear the sums before a batch. Returns the number of 32-bit words."""
    s.average_sum[row] = 0
    return 2 * s.average_sum[row].size


@kernel
def add_average(s: PopulationState, row: Word, step: Word) -> Word:
    """Add c_i V[i] of step i to each neuron's sum; after step T-1 round the sums to the state format, into `peak`. Returns cycle parts."""
    a, down = s.arithmetic, np.int64(FACTOR_BITS) - EXTRA_BITS
    for j in range(s.neurons.size[row]):
        s.average_sum[row, j] += round_shift(np.int64(s.neurons.potential[row, j]) * s.average[step], down, half(down))
        if step == a.steps - 1:
            wide = round_shift(s.average_sum[row, j], EXTRA_BITS, half(EXTRA_BITS))
            stored = narrow(wide, a.state_low, a.state_high)
            s.saturated[row, SAT_STATE] += np.int64(stored != wide)
            s.peak[row, j] = np.int32(stored)
    return charge(s.ledger, row, cost.AVERAGE_NEURON, np.int64(s.neurons.size[row]))


@kernel
def add_average_errors(s: PopulationState, row: Word, step: Word) -> Word:
    """lV[step] += c_step error, for every neuron. Returns cycle parts."""
    a = s.arithmetic
    down = np.int64(FACTOR_BITS) - a.error_to_adjoint_shift
    for j in range(s.neurons.size[row]):
        wide = np.int64(s.neurons.adjoint[row, j])
        wide += round_shift(np.int64(s.loss_error[row, j]) * s.average[step], down, half(down))
        stored = narrow(wide, a.adjoint_low, a.adjoint_high)
        s.saturated[row, SAT_ADJOINT] += np.int64(stored != wide)
        s.neurons.adjoint[row, j] = np.int32(stored)
    return charge(s.ledger, row, cost.AVERAGE_NEURON, np.int64(s.neurons.size[row]))
