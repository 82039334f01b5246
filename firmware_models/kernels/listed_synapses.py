"""Synapses that are held as rows of (target, delay, weight), for projections of which only some synapses exist.

A row lists its targets in rising order. `targets` are local neurons of the PE; arrays of weights and gradients have a place for each
neuron of the PE, of which only those of the targets are used. Sums are those of a matrix in which the others are 0, bit for bit.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, half, narrow, noise, round_shift
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.neuron_arrays import Neurons
from firmware_models.words import NEURON_MASK, Int32s, Int64s


@kernel
def synapse_add_listed(weights: Int32s, targets: Int32s, shift: Word, total: Int64s) -> None:
    """total[j] += weights[j] in the state format, for each target j. weights, total [n]."""
    for n in range(targets.size):
        j = targets[n]
        total[j] += np.int64(weights[j]) << shift


@kernel
def error_below_listed(
    a: Arithmetic, s: Neurons, row: Word, weights: Int32s, targets: Int32s, source: Word, stream: Word
) -> tuple[Word, Word]:  # fmt: skip
    """Compute the error for source neuron `source`, as `error_below` does for a matrix. weights [n]. Returns (e, saturations)."""
    adjoint, adjoint_current, first = s.adjoint[row], s.adjoint_current[row], s.first[row]
    total, shift = np.int64(0), a.product_to_error_shift
    up = half(shift)
    for n in range(targets.size):
        j = targets[n]
        if a.stochastic:
            up = noise(True, shift, stream, source * (NEURON_MASK + 1) + first + j)
        product = np.int64(weights[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j]))
        total += round_shift(product, shift, up)
    e = narrow(total, a.error_low, a.error_high)
    return e, np.int64(e != total)


@kernel
def gradient_add_listed(gradient: Int64s, targets: Int32s, adjoint_current: Int32s) -> None:
    """gradient[j] -= lI[j] for each target j. gradient [n] int64, never narrowed."""
    for n in range(targets.size):
        j = targets[n]
        gradient[j] -= np.int64(adjoint_current[j])


@kernel
def add_delayed_listed(
    weight: Int32s, delay: Int32s, targets: Int32s, shift: Word, step: Word, ring: Int64s
) -> None:  # fmt: skip
    """ring[(step + delay[j]) mod slots, j] += weight[j] in the state format for each target j. ring [slots, n] int64."""
    slots = ring.shape[0]
    first = step % slots
    for n in range(targets.size):
        j = targets[n]
        at = first + np.int64(delay[j])
        ring[at - slots if at >= slots else at, j] += np.int64(weight[j]) << shift


@kernel
def sort_listed_by_delay(delay: Int32s, targets: Int32s, slots: Word, order: Int32s, start: Int32s) -> None:
    """Sort the targets of one row: those with delay d are order[start[d]:start[d + 1]]. delay, order [n]; start [slots + 1]."""
    for d in range(slots + 1):
        start[d] = 0
    for n in range(targets.size):
        start[delay[targets[n]] + 1] += 1
    for d in range(slots):
        start[d + 1] += start[d]
    for n in range(targets.size):
        d = delay[targets[n]]
        order[start[d]] = targets[n]
        start[d] += 1
    for d in range(slots, 0, -1):
        start[d] = start[d - 1]
    start[0] = 0
