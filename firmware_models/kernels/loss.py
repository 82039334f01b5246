"""Cross-entropy of one sample and its derivative in fixed point, on first-spike times or on highest voltages; it sends nothing.

First spike:
    p_k = E[t_k - t_min] / sum E,  E[d] = exp(-d / xi) from the accelerator's table
    dL/dt_k = ([k = label] - p_k) / xi + [k = label] (a / b) exp(t_label / b)
Highest voltage m_k:
    p_k = exp(z_k) / sum exp(z),  z_k = (m_k - m_max) / temperature
    err_k = kick ([k = label] - p_k): what lV of readout neuron k gains at the step of its maximum

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
from firmware_models.settings import XI_BITS, Softmax
from firmware_models.words import Int32s, Int64s


@kernel
def loss_errors(
    exp_table: Int64s,
    label_table: Int64s,
    fraction: Word,
    inverse_xi: Word,
    low: Word,
    high: Word,
    n_out: Word,
    first: Int32s,
    label: Word,
    errors: Int64s,
) -> Word:
    """errors[k] = dL/dt_k, narrowed to the error format, for all outputs. first [n_out] steps (T if silent). Returns saturations."""
    earliest = np.int64(first[0])
    for k in range(n_out):
        earliest = min(earliest, np.int64(first[k]))
    total = np.int64(0)
    for k in range(n_out):
        total += exp_table[first[k] - earliest]
    saturated = np.int64(0)
    for k in range(n_out):
        p = quotient(exp_table[first[k] - earliest] << fraction, total)
        hit = np.int64(k == label)
        wide = round_shift(((hit << fraction) - p) * inverse_xi, XI_BITS, half(XI_BITS)) + hit * label_table[first[k]]
        errors[k] = narrow(wide, low, high)
        saturated += np.int64(errors[k] != wide)
    return saturated


@kernel
def peak_errors(
    c: Softmax, low: Word, high: Word, n_out: Word, peak: Int32s, label: Word, exps: Int64s, errors: Int64s
) -> Word:
    """errors[k] = kick ([k = label] - p_k), narrowed to the error format, for all outputs. peak [n_out] (state format).

    Writes the scratch exps [n_out]. Returns saturations.
    """
    highest = np.int64(peak[0])
    for k in range(n_out):
        highest = max(highest, np.int64(peak[k]))
    total = np.int64(0)
    shift = c.state_fraction + XI_BITS - EXP_ARGUMENT_BITS
    for k in range(n_out):
        z = round_shift((np.int64(peak[k]) - highest) * c.inverse_temperature, shift, half(shift))
        exps[k] = exp_accelerator(narrow(z, EXP_ARGUMENT_LOW, 0))
        total += exps[k]
    saturated = np.int64(0)
    for k in range(n_out):
        p = quotient(exps[k] << c.fraction, total)
        hit = np.int64(k == label)
        wide = round_shift(((hit << c.fraction) - p) * c.kick, XI_BITS, half(XI_BITS))
        errors[k] = narrow(wide, low, high)
        saturated += np.int64(errors[k] != wide)
    return saturated
