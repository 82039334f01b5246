"""Forward step of one PE's share of a LIF layer: decay, integrate, fire, reset, on raw integers; it never sees a packet's route.

    I[i] = rnd(alpha_s I[i-1]) + sum of w x[i-1]
    U[i] = rnd(beta_m V[i-1]) + rnd((1 - beta_m) I[i])
    z[i] = U[i] > threshold,  V[i] = U[i] (1 - z[i]),  D[i] = max(1, I[i] - U[i])

docs/reference/equations.md (Forward; Fixed point on the chip); Wunderlich & Pehle 2021, eq. of the LIF neuron with exponential synapses.
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, noise_stream, scale
from firmware_models.jit.compiler import kernel
from firmware_models.settings import Arithmetic
from firmware_models.words import Int32s, Int64s


@kernel
def synapse_add(weights: Int32s, source: Word, shift: Word, size: Word, total: Int64s) -> None:
    """total[j] += weights[source, j] in the state format. weights [pre, n] (weight format), total [n] int64 (state format)."""
    row = weights[source]
    for j in range(size):
        total[j] += np.int64(row[j]) << shift


@kernel
def decay_current(a: Arithmetic, current: Int32s, size: Word, stream: Word, first: Word, total: Int64s) -> None:
    """total[j] += rnd(alpha_s I[j]). Reads current [n]; writes total [n]."""
    if a.stochastic:
        for j in range(size):
            total[j] += scale(current[j], a.alpha, noise(True, fx.FACTOR_BITS, stream, first + j))
    else:
        up = half(fx.FACTOR_BITS)
        for j in range(size):
            total[j] += scale(current[j], a.alpha, up)


@kernel
def potential_update(
    a: Arithmetic,
    size: Word,
    streams: tuple[Word, Word],
    first: Word,
    total: Int64s,
    current: Int32s,
    potential: Int32s,
    before_reset: Int64s,
) -> Word:
    """Store I, compute U into before_reset [n] (state format, narrowed), set V = U with no reset yet. Returns saturations."""
    saturated = np.int64(0)
    for j in range(size):
        wide = total[j]
        i = narrow(wide, a.state_low, a.state_high)
        saturated += np.int64(i != wide)
        up_decay, up_drive = half(fx.FACTOR_BITS), half(fx.FACTOR_BITS)
        if a.stochastic:
            up_decay = noise(True, fx.FACTOR_BITS, streams[0], first + j)
            up_drive = noise(True, fx.FACTOR_BITS, streams[1], first + j)
        wide = scale(potential[j], a.beta, up_decay) + scale(i, a.beta_complement, up_drive)
        u = narrow(wide, a.state_low, a.state_high)
        saturated += np.int64(u != wide)
        current[j] = np.int32(i)
        before_reset[j] = u
        potential[j] = np.int32(u)
    return saturated


@kernel
def lif_forward(
    a: Arithmetic, size: Word, seed: Word, batch: Word, slot: Word, layer: Word, step: Word, first: Word,
    total: Int64s, current: Int32s, potential: Int32s, before_reset: Int64s, fired: Int32s, slack: Int32s,
) -> tuple[Word, Word]:  # fmt: skip
    """One forward step after the synapses were added to `total` [n].

    Writes current, potential [n]; fired[:count] = local index of each neuron that spiked, slack[:count] = its D = I - U (state
    format, >= 1). Returns (count, saturations). `seed`, `batch`, `slot`, `layer`, `step` name the noise of stochastic rounding.
    """
    decay = drive = stream = np.int64(0)
    if a.stochastic:
        stream = noise_stream(seed, batch, slot, layer, step, fx.NOISE_CURRENT)
        decay = noise_stream(seed, batch, slot, layer, step, fx.NOISE_DECAY)
        drive = noise_stream(seed, batch, slot, layer, step, fx.NOISE_DRIVE)
    decay_current(a, current, size, stream, first, total)
    saturated = potential_update(a, size, (decay, drive), first, total, current, potential, before_reset)
    count = 0
    for j in range(size):
        if before_reset[j] > a.threshold:
            wide = max(np.int64(1), np.int64(current[j]) - before_reset[j])
            d = narrow(wide, a.state_low, a.state_high)
            saturated += np.int64(d != wide)
            fired[count] = j
            slack[count] = np.int32(d)
            potential[j] = np.int32(0)
            count += 1
    return count, saturated
