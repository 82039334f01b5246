"""The backward step of the neurons on one PE: errors for the population below, adjoint decay, jump at a spike, gradient sum.

    e[i]  = sum over neurons of rnd(w (lV[i+1] - lI[i+1]))
    lI[i] = rnd(alpha_s lI[i+1]) + rnd((1 - alpha_s) lV[i+1])
    lV[i] = rnd(beta_m lV[i+1]) + z[i+1] (lV[i+1] + g[i+1]) / D[i+1]
    dW   -= lI[i] x[i]

Adjoints are per sample, scaled by 2^error_shift. docs/reference/equations.md (Backward; Fixed point).
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, quotient, round_shift, scale
from firmware_models.jit.compiler import kernel
from firmware_models.jit.one_or_each import one_or_each
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.lif_forward import ONE_FACTOR, Factors
from firmware_models.kernels.neuron_arrays import Neurons
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.words import NEURON_MASK, Int32s, Int64s

# How many neurons are looked at before the search for an adjoint that is not 0 may end.
TOGETHER = np.int64(32)


@kernel
def error_below(a: Arithmetic, s: Neurons, row: Word, weights: Int32s, source: Word, stream: Word) -> tuple[Word, Word]:
    """Compute the error for a neuron of the population below, narrowed to the error format. weights [pre, n]. Returns (e, saturations)."""
    size, first, adjoint, adjoint_current = s.size[row], s.first[row], s.adjoint[row], s.adjoint_current[row]
    total = np.int64(0)
    shift = a.product_to_error_shift
    weight = weights[source]
    if a.stochastic:
        for j in range(size):
            product = np.int64(weight[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j]))
            total += round_shift(product, shift, noise(True, shift, stream, source * (NEURON_MASK + 1) + first + j))
    else:
        up = half(shift)
        for j in range(size):
            total += round_shift(np.int64(weight[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j])), shift, up)
    e = narrow(total, a.error_low, a.error_high)
    return e, np.int64(e != total)


@kernel
def has_adjoints(s: Neurons, row: Word) -> bool:
    """Whether any lV or lI of the PE's neurons is not 0.

    Zeros stay zeros until an error comes, and give errors and gradients of 0. So they do with stochastic rounding, whose noise is less than
    a unit.
    """
    size, adjoint, adjoint_current = np.int64(s.size[row]), s.adjoint[row], s.adjoint_current[row]
    for first in range(0, size, TOGETHER):
        bits = np.int32(0)
        for j in range(first, min(first + TOGETHER, size)):
            bits = np.int32(bits | adjoint[j] | adjoint_current[j])
        if bits != 0:
            return True
    return False


@kernel
def adjoint_decay(a: Arithmetic, s: Neurons, row: Word, name: NoiseName) -> Word:
    """Store lI[i], and total[j] = rnd(beta_m lV[i+1]), to which jumps are added later. Returns saturations.

    Reads adjoint; reads and writes adjoint_current; writes total.
    """
    if a.each:
        return adjoint_decay_by(a, s, row, name, s.alpha[row], s.beta[row])
    return adjoint_decay_by(a, s, row, name, np.int64(a.alpha), np.int64(a.beta))


@kernel
def adjoint_decay_by(a: Arithmetic, s: Neurons, row: Word, name: NoiseName, alpha: Factors, beta: Factors) -> Word:
    """Let adjoints decay by factors that are one number for all neurons, or an array [n]."""
    size, first, total = s.size[row], s.first[row], s.total[row]
    adjoint, adjoint_current = s.adjoint[row], s.adjoint_current[row]
    own = drive = decay = np.int64(0)
    if a.stochastic:
        own = named_stream(name, fx.NOISE_ADJOINT_CURRENT)
        drive = named_stream(name, fx.NOISE_ADJOINT_DRIVE)
        decay = named_stream(name, fx.NOISE_ADJOINT)
    saturated = np.int64(0)
    for j in range(size):
        up_own, up_drive, up_decay = half(fx.FACTOR_BITS), half(fx.FACTOR_BITS), half(fx.FACTOR_BITS)
        if a.stochastic:
            up_own = noise(True, fx.FACTOR_BITS, own, first + j)
            up_drive = noise(True, fx.FACTOR_BITS, drive, first + j)
            up_decay = noise(True, fx.FACTOR_BITS, decay, first + j)
        decay_i = one_or_each(alpha, j)
        wide = scale(np.int64(adjoint_current[j]), decay_i, up_own)
        wide += scale(np.int64(adjoint[j]), ONE_FACTOR - decay_i, up_drive)
        stored = narrow(wide, a.adjoint_low, a.adjoint_high)
        saturated += np.int64(stored != wide)
        adjoint_current[j] = np.int32(stored)
        total[j] = scale(np.int64(adjoint[j]), one_or_each(beta, j), up_decay)
    return saturated


@kernel
def spike_jump(a: Arithmetic, adjoint: Word, error: Word, v_slope: Word) -> Word:
    """Compute (lV + g) / D at a recorded spike: adjoint [adjoint format], error g [error format], v_slope D >= 1 [state format]."""
    numerator = (np.int64(adjoint) + (np.int64(error) << a.error_to_adjoint_shift)) << a.state_fraction
    return quotient(numerator, np.int64(v_slope))


@kernel
def restart_jump(a: Arithmetic, restart: Word, error: Word, v_slope: Word) -> Word:
    """Compute rnd(I lV / D) + rnd(g / D) at a recorded spike after which the neuron rested; `restart` is I lV, in both formats' product."""
    own = (np.int64(error) << a.error_to_adjoint_shift) << a.state_fraction
    return quotient(np.int64(restart), np.int64(v_slope)) + quotient(own, np.int64(v_slope))


@kernel
def adjoint_store(a: Arithmetic, s: Neurons, row: Word) -> Word:
    """Store lV[i] = total, narrowed. Returns saturations."""
    total, adjoint = s.total[row], s.adjoint[row]
    saturated = np.int64(0)
    for j in range(s.size[row]):
        stored = narrow(total[j], a.adjoint_low, a.adjoint_high)
        saturated += np.int64(stored != total[j])
        adjoint[j] = np.int32(stored)
    return saturated


@kernel
def gradient_add(gradient: Int64s, source: Word, size: Word, adjoint_current: Int32s) -> None:
    """gradient[source, j] -= lI[j]. gradient [pre, n] int64, never narrowed."""
    row = gradient[source]
    for j in range(size):
        row[j] -= np.int64(adjoint_current[j])
