"""First-spike loss of one sample: cross-entropy on first-spike times, its derivative in fixed point; it never reports, it sends errors.

    p_k = E[t_k - t_min] / sum E,  E[d] = exp(-d / xi) from the accelerator's table
    dL/dt_k = ([k = label] - p_k) / xi + [k = label] (a / b) exp(t_label / b)

docs/equations.md (Loss, in steps; Fixed point on the chip); scaled by 2^error_shift, per sample, without 1/B.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, half, narrow, quotient, round_shift
from firmware_models.jit import kernel
from firmware_models.settings import XI_BITS
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
