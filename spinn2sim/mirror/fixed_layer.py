"""One layer of one sample in fixed point, forward and backward, as a PE rounds; it never touches a float.

Every product is rounded on its own, sums are int64, and what is stored is narrowed and counted where it clips.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import (
    NOISE_ADJOINT,
    NOISE_ADJOINT_CURRENT,
    NOISE_ADJOINT_DRIVE,
    NOISE_CURRENT,
    NOISE_DECAY,
    NOISE_DRIVE,
    NOISE_ERROR,
    Word,
    narrow,
    noise,
    noise_stream,
    quotient,
    round_shift,
    scale,
)
from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.scratch import Record

Ints = NDArray[np.int64]
SOURCE_SHIFT = 18  # word of a noise stream per synapse: source 2^18 + neuron
STATE, ADJOINT, ERROR = 1, 2, 3  # index into the saturation counts


@kernel
def noise_fill(
    n: int, seed: Word, batch: Word, slot: Word, layer: Word, step: Word, quantity: Word, noises: Ints
) -> None:
    """What stochastic rounding of one quantity adds in one step, per neuron. Writes noises [n]."""
    stream = noise_stream(seed, batch, slot, layer, step, quantity)
    for j in range(n):
        noises[j] = noise(True, 32, stream, j)


@kernel
def fixed_layer_forward(
    c: FixedConstants, n: int, weights: Ints, pre_ptr: Ints, pre_ids: Ints, ptr: Ints, ids: Ints, d: Ints,
    current: Ints, voltage: Ints, wide: Ints, noises: Ints, saturated: Ints, record: Record, row: int, at: int,
    seed: Word, batch: Word, slot: Word, layer: Word,
) -> None:  # fmt: skip
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I)); z = U > threshold.

    At a spike D = narrow(max(1, I - U)). weights [n_in * n] in the raw weight format; noises [3, n]. Writes the layer's events
    ptr [T + 1], ids, d; adds to saturated [4].
    """
    for j in range(n):
        current[j] = 0
        voltage[j] = 0
    count = 0
    clipped: Word = 0
    ptr[0] = 0
    ptr[1] = 0
    for i in range(1, c.steps):
        if c.stochastic:
            noise_fill(n, seed, batch, slot, layer, i, NOISE_CURRENT, noises[0])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_DECAY, noises[1])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_DRIVE, noises[2])
        for j in range(n):
            wide[j] = scale(current[j], c.alpha, noises[0, j])
        for k in range(pre_ptr[i - 1], pre_ptr[i]):
            w_at = pre_ids[k] * n
            for j in range(n):
                wide[j] += weights[w_at + j] << c.weight_up
        fired: Word = 0
        for j in range(n):
            now = narrow(wide[j], c.state_low, c.state_high)
            sum_u = scale(voltage[j], c.beta, noises[1, j]) + scale(now, c.beta_rest, noises[2, j])
            u = narrow(sum_u, c.state_low, c.state_high)
            clipped += np.int64(now != wide[j]) + np.int64(u != sum_u)
            current[j] = now
            voltage[j] = u
            fired += np.int64(u > c.threshold)
        if record.on:
            for j in range(n):
                record.v[row, i, at + j] = voltage[j]
                record.i[row, i, at + j] = current[j]
        if fired > 0:
            for j in range(n):
                if voltage[j] > c.threshold:
                    ids[count] = j
                    slope = max(1, current[j] - voltage[j])
                    d[count] = narrow(slope, c.state_low, c.state_high)
                    clipped += np.int64(d[count] != slope)
                    voltage[j] = 0
                    count += 1
        ptr[i + 1] = count
    saturated[STATE] += clipped


@kernel
def fixed_error(c: FixedConstants, n: int, source: Word, weights: Ints, difference: Ints, stream: Word) -> Word:
    """e before it is narrowed: sum over j of rnd(w[source, j] (lV - lI)[j]), rounded to the error format."""
    e = np.int64(0)
    for j in range(n):
        noisy = noise(c.stochastic, c.error_down, stream, (source << SOURCE_SHIFT) + j)
        e += round_shift(weights[source * n + j] * difference[j], c.error_down, noisy)
    return e


@kernel
def adjoint_decay(
    c: FixedConstants,
    n: int,
    adjoint_v: Ints,
    adjoint_i: Ints,
    noises: Ints,
    jump: Ints,
    ids: Ints,
    first: int,
    last: int,
) -> Word:
    """lI = narrow(rnd(alpha lI) + rnd((1 - alpha) lV)); lV = narrow(rnd(beta lV) + jump). Returns how many clipped."""
    clipped: Word = 0
    for j in range(n):
        sum_i = scale(adjoint_i[j], c.alpha, noises[0, j]) + scale(adjoint_v[j], c.alpha_rest, noises[1, j])
        kept = narrow(sum_i, c.adjoint_low, c.adjoint_high)
        clipped += np.int64(kept != sum_i)
        adjoint_i[j] = kept
        adjoint_v[j] = scale(adjoint_v[j], c.beta, noises[2, j])
    for k in range(first, last):
        sum_v = adjoint_v[ids[k]] + jump[k - first]
        kept = narrow(sum_v, c.adjoint_low, c.adjoint_high)
        clipped += np.int64(kept != sum_v)
        adjoint_v[ids[k]] = kept
    return clipped


@kernel
def fixed_layer_backward(
    c: FixedConstants, n: int, weights: Ints, grad: Ints, pre_ptr: Ints, pre_ids: Ints, pre_g: Ints, send: bool,
    ptr: Ints, ids: Ints, d: Ints, g: Ints, adjoint_v: Ints, adjoint_i: Ints, difference: Ints, jump: Ints,
    noises: Ints, saturated: Ints, record: Record, row: int, at: int, seed: Word, batch: Word, slot: Word, layer: Word,
) -> None:  # fmt: skip
    """e = narrow(sum rnd(w (lV - lI))); jump = quotient((lV + g) << state bits, D); then `adjoint_decay`.

    Last, sum -= lI at each x[i]. weights, grad [n_in * n]. Adds to grad (int64, never narrowed) and saturated; writes pre_g where `send`.
    """
    for j in range(n):
        adjoint_v[j] = 0
        adjoint_i[j] = 0
    start = c.steps - 2
    while start >= 0 and ptr[start + 1] == ptr[c.steps]:
        start -= 1  # above the last own spike every adjoint is zero, and zero rounds to zero
    for i in range(start, -1, -1):
        if send and pre_ptr[i + 1] > pre_ptr[i]:
            stream = noise_stream(seed, batch, slot, layer, i, NOISE_ERROR)
            for j in range(n):
                difference[j] = adjoint_v[j] - adjoint_i[j]
            for k in range(pre_ptr[i], pre_ptr[i + 1]):
                wide = fixed_error(c, n, pre_ids[k], weights, difference, stream)
                pre_g[k] = narrow(wide, c.error_low, c.error_high)
                saturated[ERROR] += np.int64(pre_g[k] != wide)
        own = ptr[i + 1]
        for k in range(own, ptr[i + 2]):
            jump[k - own] = quotient((adjoint_v[ids[k]] + (g[k] << c.error_up)) << c.state_bits, d[k])
        if c.stochastic:
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT_CURRENT, noises[0])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT_DRIVE, noises[1])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT, noises[2])
        saturated[ADJOINT] += adjoint_decay(c, n, adjoint_v, adjoint_i, noises, jump, ids, own, ptr[i + 2])
        for k in range(pre_ptr[i], pre_ptr[i + 1]):
            w_at = pre_ids[k] * n
            for j in range(n):
                grad[w_at + j] -= adjoint_i[j]
        if record.on:
            for j in range(n):
                record.adjoint_v[row, i, at + j] = adjoint_v[j]
                record.adjoint_i[row, i, at + j] = adjoint_i[j]
