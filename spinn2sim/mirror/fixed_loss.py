"""The derivatives of both losses of one sample in fixed point, rounded as on the loss PE: without 1/B, scaled by 2^error_shift.

First spikes: p = softmax(-t / xi); dL/dt_k = ([k = label] - p_k) / xi + [k = label] (a / b) exp(t_label / b). A silent output and a
first spike in the last step T-1 get no gradient. Max over time: p = softmax(m / temperature).
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
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.fixed_population import ERROR
from spinn2sim.mirror.kernel_decorators import kernel
from spinn2sim.mirror.population_memory import OutputMemory


@kernel
def first_spike_errors(c: FixedConstants, m: OutputMemory, label: int, batch_size: int) -> None:
    """err = narrow(round_shift(([k = label] 2^F - p) * round(2^24/xi), 24) + [k = label] label_term[t]).

    p = quotient(E << F, sum E). Writes g of the first spikes before step T-1, 0 for every other spike.
    """
    soonest = m.first[0]
    for k in range(1, m.n):
        soonest = min(soonest, m.first[k])
    total = np.int64(0)
    for k in range(m.n):
        total += c.softmax[m.first[k] - soonest]
    for k in range(m.ptr[c.steps]):
        m.g[k] = 0
    for i in range(c.steps - 1):
        for k in range(m.ptr[i], m.ptr[i + 1]):
            neuron = m.ids[k]
            if m.first[neuron] == i:
                p = quotient(c.softmax[i - soonest] << c.loss_bits, total)
                hit = np.int64(neuron == label)
                wide = round_shift(((hit << c.loss_bits) - p) * c.inverse_xi, 24, half(24)) + hit * c.label_term[i]
                m.g[k] = narrow(wide, c.error_low, c.error_high)
                m.saturated[ERROR] += np.int64(m.g[k] != wide)


@kernel
def max_over_time_kicks(c: FixedConstants, m: OutputMemory, label: int, batch_size: int) -> None:
    """kick = narrow(round_shift(([k = label] 2^F - p) * round(2^24 kick), 24)); 0 if V was never above 0, except with averages.

    z = narrow(round_shift((m - max m) * round(2^24 / temperature), fs + 24 - 15)), p = quotient(exp(z) << F, sum exp(z)).
    """
    highest = np.int64(m.peak[0])
    for k in range(1, m.n):
        highest = max(highest, m.peak[k])
    down = c.state_bits + 24 - EXP_ARGUMENT_BITS
    total = np.int64(0)
    for k in range(m.n):
        z = round_shift((m.peak[k] - highest) * c.inverse_temperature, down, half(down))
        m.wide[k] = exp_accelerator(narrow(z, EXP_ARGUMENT_LOW, 0))
        total += m.wide[k]
    for k in range(m.n):
        p = quotient(m.wide[k] << c.loss_bits, total)
        wide = round_shift(((np.int64(k == label) << c.loss_bits) - p) * c.kick[k], 24, half(24))
        stored = narrow(wide, c.error_low, c.error_high)
        m.saturated[ERROR] += np.int64(stored != wide)
        m.kick[k] = stored if m.peak[k] > 0 or c.average.size > 0 else 0


@kernel
def push_amount(c: FixedConstants, label: int, batch_size: int) -> Word:
    """Return the gradient words that the guard "push" takes off: guard_step, without 1/B."""
    return c.push[label]
