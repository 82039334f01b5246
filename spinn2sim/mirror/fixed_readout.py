"""The readout of one sample in fixed point, as a PE rounds: it integrates, never fires, and its loss is that of the loss PE.

Written apart from the chip's programs. Every product is rounded on its own, sums are int64, and what is stored is narrowed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import (
    EXP_ARGUMENT_BITS,
    EXP_ARGUMENT_LOW,
    NOISE_ADJOINT,
    NOISE_ADJOINT_CURRENT,
    NOISE_ADJOINT_DRIVE,
    NOISE_CURRENT,
    NOISE_DECAY,
    NOISE_DRIVE,
    NOISE_ERROR,
    Word,
    exp_accelerator,
    half,
    narrow,
    noise_stream,
    quotient,
    round_shift,
    scale,
)
from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.fixed_layer import ADJOINT, ERROR, STATE, adjoint_decay, fixed_error, noise_fill
from spinn2sim.mirror.scratch import Record

Ints = NDArray[np.int64]


@kernel
def fixed_readout_forward(
    c: FixedConstants, n: int, weights: Ints, pre_ptr: Ints, pre_ids: Ints, ptr: Ints, current: Ints, voltage: Ints,
    wide: Ints, peak: Ints, peak_step: Ints, noises: Ints, saturated: Ints, record: Record, row: int, at: int,
    seed: Word, batch: Word, slot: Word, layer: Word,
) -> None:  # fmt: skip
    """I = narrow(rnd(alpha I) + sum of w); V = narrow(rnd(beta V) + rnd((1 - beta) I)); peak = max(0, max V), peak_step its first step.

    weights [n_in * n] in the raw weight format; noises [3, n]. Writes ptr [T + 1]: no events; adds to saturated [4].
    """
    for j in range(n):
        current[j] = 0
        voltage[j] = 0
        peak[j] = 0
        peak_step[j] = 0
    ptr[:] = 0
    clipped: Word = 0
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
        for j in range(n):
            now = narrow(wide[j], c.state_low, c.state_high)
            sum_v = scale(voltage[j], c.beta, noises[1, j]) + scale(now, c.beta_rest, noises[2, j])
            v = narrow(sum_v, c.state_low, c.state_high)
            clipped += np.int64(now != wide[j]) + np.int64(v != sum_v)
            current[j] = now
            voltage[j] = v
            if v > peak[j]:
                peak[j] = v
                peak_step[j] = i
        if record.on:
            for j in range(n):
                record.v[row, i, at + j] = voltage[j]
                record.i[row, i, at + j] = current[j]
    saturated[STATE] += clipped


@kernel
def fixed_peak_loss(c: FixedConstants, n: int, label: int, peak: Ints, exps: Ints, kick: Ints, saturated: Ints) -> None:
    """kick = narrow(round_shift(([k = label] 2^F - p) * round(2^24 kick), 24)), without 1/B; 0 where V was never above 0.

    z = narrow(round_shift((m - max m) * round(2^24 / temperature), fs + 24 - 15)), p = quotient(exp(z) << F, sum exp(z)). Adds to
    saturated [4]; exps [n] is working memory.
    """
    highest = np.int64(peak[0])
    for k in range(1, n):
        highest = max(highest, peak[k])
    down = c.state_bits + 24 - EXP_ARGUMENT_BITS
    total = np.int64(0)
    for k in range(n):
        z = round_shift((peak[k] - highest) * c.inverse_temperature, down, half(down))
        exps[k] = exp_accelerator(narrow(z, EXP_ARGUMENT_LOW, 0))
        total += exps[k]
    for k in range(n):
        p = quotient(exps[k] << c.loss_bits, total)
        wide = round_shift(((np.int64(k == label) << c.loss_bits) - p) * c.kick, 24, half(24))
        stored = narrow(wide, c.error_low, c.error_high)
        saturated[ERROR] += np.int64(stored != wide)
        kick[k] = stored if peak[k] > 0 else 0


@kernel
def fixed_kick(c: FixedConstants, n: int, step: int, peak_step: Ints, kick: Ints, adjoint_v: Ints) -> Word:
    """lV = narrow(lV + kick) for neurons whose maximum was in `step`. Returns how many clipped."""
    clipped: Word = 0
    for j in range(n):
        if peak_step[j] == step:
            wide = adjoint_v[j] + (kick[j] << c.error_up)
            adjoint_v[j] = narrow(wide, c.adjoint_low, c.adjoint_high)
            clipped += np.int64(adjoint_v[j] != wide)
    return clipped


@kernel
def fixed_readout_backward(
    c: FixedConstants, n: int, weights: Ints, grad: Ints, pre_ptr: Ints, pre_ids: Ints, pre_g: Ints, send: bool,
    ids: Ints, peak_step: Ints, kick: Ints, adjoint_v: Ints, adjoint_i: Ints, difference: Ints, jump: Ints, noises: Ints,
    saturated: Ints, record: Record, row: int, at: int, seed: Word, batch: Word, slot: Word, layer: Word,
) -> None:  # fmt: skip
    """`fixed_kick` for step i+1; e = narrow(sum rnd(w (lV - lI))); then `adjoint_decay` without a jump; last, sum -= lI at each x[i].

    weights, grad [n_in * n]. Adds to grad (int64, never narrowed) and saturated; writes pre_g where `send`.
    """
    last = 0
    for j in range(n):
        adjoint_v[j] = 0
        adjoint_i[j] = 0
        last = max(last, peak_step[j])
    for i in range(last - 1, -1, -1):  # above the last maximum every adjoint is zero, and zero rounds to zero
        saturated[ADJOINT] += fixed_kick(c, n, i + 1, peak_step, kick, adjoint_v)
        if send and pre_ptr[i + 1] > pre_ptr[i]:
            stream = noise_stream(seed, batch, slot, layer, i, NOISE_ERROR)
            for j in range(n):
                difference[j] = adjoint_v[j] - adjoint_i[j]
            for k in range(pre_ptr[i], pre_ptr[i + 1]):
                wide = fixed_error(c, n, pre_ids[k], weights, difference, stream)
                pre_g[k] = narrow(wide, c.error_low, c.error_high)
                saturated[ERROR] += np.int64(pre_g[k] != wide)
        if c.stochastic:
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT_CURRENT, noises[0])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT_DRIVE, noises[1])
            noise_fill(n, seed, batch, slot, layer, i, NOISE_ADJOINT, noises[2])
        saturated[ADJOINT] += adjoint_decay(c, n, adjoint_v, adjoint_i, noises, jump, ids, 0, 0)
        for k in range(pre_ptr[i], pre_ptr[i + 1]):
            w_at = pre_ids[k] * n
            for j in range(n):
                grad[w_at + j] -= adjoint_i[j]
        if record.on:
            for j in range(n):
                record.adjoint_v[row, i, at + j] = adjoint_v[j]
                record.adjoint_i[row, i, at + j] = adjoint_i[j]
