"""Backward step of one PE's share of a LIF layer: adjoint decay, jump at a spike, errors for the layer below, gradient sum.

    e[i]  = sum over neurons of rnd(w (lV[i+1] - lI[i+1]))
    lI[i] = rnd(alpha_s lI[i+1]) + rnd((1 - alpha_s) lV[i+1])
    lV[i] = rnd(beta_m lV[i+1]) + z[i+1] (lV[i+1] + g[i+1]) / D[i+1]
    dW   -= lI[i] x[i]

Adjoints are per sample, scaled by 2^error_shift. It never sends: the program does. docs/reference/equations.md (Backward; Fixed point).
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, noise_stream, quotient, round_shift, scale
from firmware_models.jit.compiler import kernel
from firmware_models.settings import Arithmetic
from firmware_models.words import NEURON_MASK, Int32s, Int64s


@kernel
def error_below(
    a: Arithmetic,
    weights: Int32s,
    source: Word,
    size: Word,
    stream: Word,
    first: Word,
    adjoint: Int32s,
    adjoint_current: Int32s,
) -> tuple[Word, Word]:
    """Error for one neuron of the layer below, narrowed to the error format. weights [pre, n]; adjoints [n]. Returns (e, saturations)."""
    total = np.int64(0)
    shift = a.error_shift_down
    row = weights[source]
    if a.stochastic:
        for j in range(size):
            product = np.int64(row[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j]))
            total += round_shift(product, shift, noise(True, shift, stream, source * (NEURON_MASK + 1) + first + j))
    else:
        up = half(shift)
        for j in range(size):
            total += round_shift(np.int64(row[j]) * (np.int64(adjoint[j]) - np.int64(adjoint_current[j])), shift, up)
    e = narrow(total, a.error_low, a.error_high)
    return e, np.int64(e != total)


@kernel
def adjoint_decay(
    a: Arithmetic, size: Word, seed: Word, batch: Word, slot: Word, layer: Word, step: Word, first: Word,
    adjoint: Int32s, adjoint_current: Int32s, total: Int64s,
) -> Word:  # fmt: skip
    """lI[i] is stored; total[j] = rnd(beta_m lV[i+1]) waits for the jumps. Reads and writes adjoint_current [n]. Returns saturations."""
    own = drive = decay = np.int64(0)
    if a.stochastic:
        own = noise_stream(seed, batch, slot, layer, step, fx.NOISE_ADJOINT_CURRENT)
        drive = noise_stream(seed, batch, slot, layer, step, fx.NOISE_ADJOINT_DRIVE)
        decay = noise_stream(seed, batch, slot, layer, step, fx.NOISE_ADJOINT)
    saturated = np.int64(0)
    for j in range(size):
        up_own, up_drive, up_decay = half(fx.FACTOR_BITS), half(fx.FACTOR_BITS), half(fx.FACTOR_BITS)
        if a.stochastic:
            up_own = noise(True, fx.FACTOR_BITS, own, first + j)
            up_drive = noise(True, fx.FACTOR_BITS, drive, first + j)
            up_decay = noise(True, fx.FACTOR_BITS, decay, first + j)
        wide = scale(adjoint_current[j], a.alpha, up_own) + scale(adjoint[j], a.alpha_complement, up_drive)
        stored = narrow(wide, a.adjoint_low, a.adjoint_high)
        saturated += np.int64(stored != wide)
        adjoint_current[j] = np.int32(stored)
        total[j] = scale(adjoint[j], a.beta, up_decay)
    return saturated


@kernel
def spike_jump(a: Arithmetic, adjoint: Word, error: Word, slack: Word) -> Word:
    """(lV + g) / D at a recorded spike: adjoint [adjoint format], error [error format], slack D >= 1 [state format]."""
    numerator = (np.int64(adjoint) + (np.int64(error) << a.error_to_adjoint)) << a.state_fraction
    return quotient(numerator, np.int64(slack))


@kernel
def adjoint_store(a: Arithmetic, size: Word, total: Int64s, adjoint: Int32s) -> Word:
    """lV[i] = total, narrowed. Returns saturations."""
    saturated = np.int64(0)
    for j in range(size):
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
