"""Cross-entropy on first-spike times and the per-sample silence guard, in both arithmetics; it never sees a step of a membrane.

p = softmax(-t / xi); dL/dt_k = ([k = label] - p_k) / xi + [k = label] (a / b) exp(t_label / b). A silent output and a first
spike in the last step T-1 get no gradient.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word, half, narrow, quotient, round_shift
from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.constants import FixedConstants, FloatConstants
from spinn2sim.mirror.fixed_layer import ERROR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def float_loss(
    c: FloatConstants, n: int, label: int, batch_size: int, first: Ints, ptr: Ints, ids: Ints, g: Floats
) -> None:
    """Writes g = dL/dt / batch_size of the first spikes before step T-1 (0 for every other spike)."""
    soonest = first[0]
    for k in range(1, n):
        soonest = min(soonest, first[k])
    total = 0.0
    for k in range(n):
        total += math.exp((soonest - first[k]) / c.xi)
    for k in range(ptr[c.steps]):
        g[k] = 0.0
    for i in range(c.steps - 1):
        for k in range(ptr[i], ptr[i + 1]):
            neuron = ids[k]
            if first[neuron] == i:
                slope = -math.exp((soonest - i) / c.xi) / total / c.xi
                if neuron == label:
                    slope += 1.0 / c.xi + c.a / c.b * math.exp(i / c.b)
                g[k] = slope / batch_size


@kernel
def fixed_loss(
    c: FixedConstants, n: int, label: int, first: Ints, ptr: Ints, ids: Ints, g: Ints, saturated: Ints
) -> None:
    """err = narrow(round_shift(([k = label] 2^F - p) * round(2^24/xi), 24) + [k = label] label_term[t]).

    p = quotient(E << F, sum E). Writes g of the first spikes before step T-1 (0 for every other spike), without 1/B; adds to saturated [4].
    """
    soonest = first[0]
    for k in range(1, n):
        soonest = min(soonest, first[k])
    total = np.int64(0)
    for k in range(n):
        total += c.softmax[first[k] - soonest]
    for k in range(ptr[c.steps]):
        g[k] = 0
    for i in range(c.steps - 1):
        for k in range(ptr[i], ptr[i + 1]):
            neuron = ids[k]
            if first[neuron] == i:
                p = quotient(c.softmax[i - soonest] << c.loss_bits, total)
                hit = np.int64(neuron == label)
                wide = round_shift(((hit << c.loss_bits) - p) * c.inverse_xi, 24, half(24)) + hit * c.label_term[i]
                g[k] = narrow(wide, c.error_low, c.error_high)
                saturated[ERROR] += np.int64(g[k] != wide)


@kernel
def label_is_silent(steps: int, label: int, first: Ints) -> bool:
    """Whether the label neuron has no spike in steps 0 .. T-2."""
    return bool(first[label] >= steps - 1)


@kernel
def sources_once(steps: int, ptr: Ints, ids: Ints, seen: NDArray[np.uint8], found: Ints) -> Word:
    """The distinct neurons that fired in steps 0 .. T-2, by first spike. Writes found, returns how many."""
    count = 0
    for k in range(ptr[steps - 1]):
        if seen[ids[k]] == 0:
            seen[ids[k]] = 1
            found[count] = ids[k]
            count += 1
    for k in range(count):
        seen[found[k]] = 0
    return count
