"""Synapses with delays: rows sorted by delay, a ring of sums for what is to come, and error and gradient of one delay at a time.

    forward, spike of step i-1:   ring[(i + d) mod slots, k] += w                          (acts in step i + d)
    backward, spike of step s:    synapses with d = i - s:  e += rnd(w (lV[i+1] - lI[i+1])),  dd += that product,  dW -= lI[i]

docs/reference/networks.md. A row holds the synapses of one source neuron onto the n neurons of the PE.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, half, noise, round_shift
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.neuron_arrays import Neurons
from firmware_models.words import NEURON_MASK, ZERO, Int32s, Int64s


@kernel
def sort_by_delay(delay: Int32s, size: Word, slots: Word, order: Int32s, start: Int32s) -> None:
    """Sort the synapses of one row: those with delay d are order[start[d]:start[d + 1]]. delay, order [n]; start [slots + 1]."""
    for d in range(slots + 1):
        start[d] = 0
    for j in range(size):
        start[delay[j] + 1] += 1
    for d in range(slots):
        start[d + 1] += start[d]
    for j in range(size):
        d = delay[j]
        order[start[d]] = j
        start[d] += 1
    for d in range(slots, 0, -1):
        start[d] = start[d - 1]
    start[0] = 0


@kernel
def sort_one_delay(delay: Word, count: Word, slots: Word, start: Int32s) -> None:
    """Note in start [slots + 1], as the sorting of a row does, that its `count` synapses all have one delay."""
    for d in range(slots + 1):
        start[d] = count if d > delay else 0


@kernel
def add_delayed(weight: Int32s, delay: Int32s, size: Word, shift: Word, step: Word, ring: Int64s) -> None:
    """ring[(step + delay[j]) mod slots, j] += weight[j] in the state format, for a spike taken in `step`. ring [slots, n] int64."""
    slots = ring.shape[0]
    first = step % slots
    for j in range(size):
        at = first + np.int64(delay[j])
        ring[at - slots if at >= slots else at, j] += np.int64(weight[j]) << shift


@kernel
def take_from_ring(ring: Int64s, size: Word, first_step: Word, last_step: Word, total: Int64s) -> None:
    """total += what is due in steps first_step .. last_step, of which all but the last belong to ticks that were lost; clears it."""
    slots = ring.shape[0]
    for step in range(first_step, last_step + 1):
        due = ring[step % slots]
        for j in range(size):
            total[j] += due[j]
            due[j] = 0


@kernel
def delayed_error(
    a: Arithmetic, s: Neurons, row: Word, weight: Int32s, chosen: Int32s, source: Word, stream: Word, gradient: Int64s
) -> Word:
    """Return the sum of rnd(w (lV - lI)) over the synapses `chosen`, and add each product to gradient[j], if there is any. Not narrowed."""
    adjoint, adjoint_current, first = s.adjoint[row], s.adjoint_current[row], s.first[row]
    shift, total = a.product_to_error_shift, ZERO
    up = half(shift)
    for n in range(chosen.size):
        j = chosen[n]
        if a.stochastic:
            up = noise(True, shift, stream, source * (NEURON_MASK + 1) + first + j)
        wide = np.int64(weight[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j]))
        product = round_shift(wide, shift, up)
        total += product
        if gradient.size > 0:
            gradient[j] += product
    return total


@kernel
def delayed_gradient(gradient: Int64s, chosen: Int32s, adjoint_current: Int32s) -> None:
    """gradient[j] -= lI[j] for the synapses `chosen`. gradient [n] int64, never narrowed."""
    for n in range(chosen.size):
        j = chosen[n]
        gradient[j] -= np.int64(adjoint_current[j])
