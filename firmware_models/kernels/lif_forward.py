"""The forward step of the neurons on one PE: decay, integrate, then fire and reset, or keep the highest voltage.

    I[i] = rnd(alpha_s I[i-1]) + sum of w x[i-1]
    U[i] = rnd(beta_m V[i-1]) + rnd((1 - beta_m) I[i])
    z[i] = U[i] > threshold,  V[i] = U[i] (1 - z[i]),  D[i] = max(1, I[i] - U[i])

docs/reference/equations.md (Forward; Fixed point on the chip); Wunderlich & Pehle 2021, eq. of the LIF neuron with exponential synapses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, scale
from firmware_models.jit.compiler import kernel
from firmware_models.jit.one_or_each import one_or_each
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.neuron_arrays import Neurons
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.words import Int32s, Int64s

Factors = Any  # a decay factor with 32 fraction bits: a Word, or Int64s [n]

# 1 as a factor with 32 fraction bits.
ONE_FACTOR = np.int64(1) << np.int64(fx.FACTOR_BITS)


@kernel
def synapse_add(weights: Int32s, source: Word, shift: Word, size: Word, total: Int64s) -> None:
    """total[j] += weights[source, j] in the state format. weights [pre, n] (weight format), total [n] int64 (state format)."""
    row = weights[source]
    for j in range(size):
        total[j] += np.int64(row[j]) << shift


@kernel
def synapse_add_rows(weights: Int32s, sources: Int32s, shift: Word, size: Word, total: Int64s) -> None:
    """Add the weights of several source neurons like `synapse_add`: four rows at a time, so that `total` is read and written less often."""
    fours = sources.size - sources.size % 4
    for at in range(0, fours, 4):
        a, b, c, d = weights[sources[at]], weights[sources[at + 1]], weights[sources[at + 2]], weights[sources[at + 3]]
        for j in range(size):
            total[j] += (np.int64(a[j]) + np.int64(b[j]) + np.int64(c[j]) + np.int64(d[j])) << shift
    for at in range(fours, sources.size):
        synapse_add(weights, np.int64(sources[at]), shift, size, total)


@kernel
def integrate(a: Arithmetic, s: Neurons, row: Word, name: NoiseName) -> Word:
    """Compute I and U of one step, after the synapses were added to `total`; V = U, with no reset yet. Returns saturations.

    Reads total; reads and writes current and potential, which becomes U narrowed to the state format.
    """
    if a.each:
        return integrate_by(a, s, row, name, s.alpha[row], s.beta[row])
    return integrate_by(a, s, row, name, np.int64(a.alpha), np.int64(a.beta))


@kernel
def integrate_by(a: Arithmetic, s: Neurons, row: Word, name: NoiseName, alpha: Factors, beta: Factors) -> Word:
    """Integrate with factors that are one number for all neurons, or an array [n]."""
    size, first = s.size[row], s.first[row]
    total, current, potential = s.total[row], s.current[row], s.potential[row]
    own = decay = drive = np.int64(0)
    if a.stochastic:
        own = named_stream(name, fx.NOISE_CURRENT)
        decay, drive = named_stream(name, fx.NOISE_DECAY), named_stream(name, fx.NOISE_DRIVE)
    saturated = np.int64(0)
    for j in range(size):
        # Set here and not before the loop, which LLVM would not vectorize then.
        up_own, up_decay, up_drive = half(fx.FACTOR_BITS), half(fx.FACTOR_BITS), half(fx.FACTOR_BITS)
        if a.stochastic:
            up_own = noise(True, fx.FACTOR_BITS, own, first + j)
            up_decay = noise(True, fx.FACTOR_BITS, decay, first + j)
            up_drive = noise(True, fx.FACTOR_BITS, drive, first + j)
        wide = total[j] + scale(np.int64(current[j]), one_or_each(alpha, j), up_own)
        i = narrow(wide, a.state_low, a.state_high)
        saturated += np.int64(i != wide)
        b = one_or_each(beta, j)
        wide = scale(np.int64(potential[j]), b, up_decay) + scale(i, ONE_FACTOR - b, up_drive)
        u = narrow(wide, a.state_low, a.state_high)
        saturated += np.int64(u != wide)
        current[j] = np.int32(i)
        potential[j] = np.int32(u)
    return saturated


@kernel
def fire(a: Arithmetic, s: Neurons, row: Word) -> tuple[Word, Word]:
    """Reset the neurons whose U is above the threshold. Returns (count, saturations).

    Writes potential; fired[:count] = local index of each neuron that spiked, v_slope[:count] = its D (state format, >= 1).
    """
    size, current, potential, threshold = s.size[row], s.current[row], s.potential[row], np.int32(a.threshold)
    fired, v_slope = s.fired[row], s.v_slope[row]
    # Vector instructions count first, in words of 32 bits, so that the search below is left out in most steps, and ends early.
    above = np.int32(0)
    for j in range(size):
        above = np.int32(above + np.int32(potential[j] > threshold))
    saturated: Word = 0
    count: Word = 0
    at: Word = 0
    while count < above:
        u = np.int64(potential[at])
        if u > threshold:
            wide = max(np.int64(1), np.int64(current[at]) - u)
            d = narrow(wide, a.state_low, a.state_high)
            saturated += np.int64(d != wide)
            fired[count] = at
            v_slope[count] = np.int32(d)
            potential[at] = np.int32(0)
            count += 1
        at += 1
    return count, saturated


@kernel
def track_peak(potential: Int32s, size: Word, step: Word, peak: Int32s, peak_step: Int32s) -> None:
    """Keep peak[j] = max(peak[j], V[j]), and the first step in which it was reached. All [n]; voltages in the state format."""
    for j in range(size):
        if potential[j] > peak[j]:
            peak[j] = potential[j]
            peak_step[j] = step
