"""The derivative of one sample's cross-entropy in fixed point, on first-spike times or on highest or average voltages.

First spike:
    p_k = E[t_k - t_min] / sum E,  E[d] = exp(-d / xi) from the accelerator's table
    err_k = dL/dt_k = gain ([k = label] - p_k) + [k = label] (a / b) exp(t_label / b),  gain = 1 / xi
Max over time, m_k the highest voltage of output k:
    p_k = exp(z_k) / sum exp(z),  z_k = (m_k - m_max) / temperature
    err_k = gain ([k = label] - p_k), which is added to lV of readout neuron k at the step of its maximum
Average voltage: the same with m_k the average; the error is added to lV in every step, times the step's share

docs/reference/equations.md (Loss, in steps; Fixed point on the chip); scaled by 2^error_shift, per sample, without 1/B.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import (
    EXP_ARGUMENT_BITS,
    EXP_ARGUMENT_LOW,
    Word,
    exp_accelerator,
    half,
    narrow,
    quotient,
    round_shift,
)
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import GAIN_BITS, SoftmaxConstants
from firmware_models.words import ZERO, Int32s, Int64s


@kernel
def first_spike_exps(c: SoftmaxConstants, n_out: Word, first: Int32s, exps: Int64s) -> Word:
    """exps[k] = E[t_k - t_min], s0.31. first [n_out] steps (T if silent). Returns their sum."""
    earliest = np.int64(first[0])
    for k in range(n_out):
        earliest = min(earliest, np.int64(first[k]))
    total = np.int64(0)
    for k in range(n_out):
        exps[k] = c.exp_table[first[k] - earliest]
        total += exps[k]
    return total


@kernel
def max_over_time_exps(c: SoftmaxConstants, n_out: Word, peak: Int32s, exps: Int64s) -> Word:
    """exps[k] = exp(z_k), s0.31. peak [n_out] (state format). Returns their sum."""
    highest = np.int64(peak[0])
    for k in range(n_out):
        highest = max(highest, np.int64(peak[k]))
    total = np.int64(0)
    shift = c.state_fraction + GAIN_BITS - EXP_ARGUMENT_BITS
    for k in range(n_out):
        z = round_shift((np.int64(peak[k]) - highest) * c.inverse_temperature, shift, half(shift))
        exps[k] = exp_accelerator(narrow(z, np.int64(EXP_ARGUMENT_LOW), ZERO))
        total += exps[k]
    return total


@kernel
def loss_errors(c: SoftmaxConstants, n_out: Word, value: Int32s, label: Word, exps: Int64s, errors: Int64s) -> Word:
    """errors[k] = gain ([k = label] - p_k) and the label term, narrowed to the error format, for all outputs.

    value [n_out]: first-spike steps or highest voltages. Writes the scratch exps [n_out]. Returns saturations.
    """
    if c.max_over_time:
        total = max_over_time_exps(c, n_out, value, exps)
    else:
        total = first_spike_exps(c, n_out, value, exps)
    saturated = np.int64(0)
    for k in range(n_out):
        p = quotient(exps[k] << c.fraction, total)
        hit = np.int64(k == label)
        wide = round_shift(((hit << c.fraction) - p) * c.gain[k], GAIN_BITS, half(GAIN_BITS))
        if not c.max_over_time:
            wide += hit * c.label_table[value[k]]
        errors[k] = narrow(wide, c.error_low, c.error_high)
        saturated += np.int64(errors[k] != wide)
    return saturated
