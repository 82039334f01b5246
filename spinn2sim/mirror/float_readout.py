"""The readout of one sample in float64: a last layer that integrates and never fires; it never rounds on purpose.

The adjoint is exact in the readout's weights: dW is dt times dL/dW, to rounding (docs/reference/equations.md, Loss on the highest voltage).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.float_layer import float_error
from spinn2sim.mirror.scratch import Record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def float_readout_forward(
    c: FloatConstants, n: int, weights: Floats, pre_ptr: Ints, pre_ids: Ints, ptr: Ints, current: Floats, voltage: Floats,
    peak: Floats, peak_step: Ints, record: Record, row: int, at: int,
) -> None:  # fmt: skip
    """I = alpha I + W x[i-1]; V = beta V + (1 - beta) I; peak = max(0, max V), peak_step its first step (0 where V is never above 0).

    weights [n_in * n]. Writes ptr [T + 1]: no events.
    """
    for j in range(n):
        current[j] = 0.0
        voltage[j] = 0.0
        peak[j] = 0.0
        peak_step[j] = 0
    ptr[:] = 0
    for i in range(1, c.steps):
        for j in range(n):
            current[j] *= c.alpha
        for k in range(pre_ptr[i - 1], pre_ptr[i]):
            w_at = pre_ids[k] * n
            for j in range(n):
                current[j] += weights[w_at + j]
        for j in range(n):
            voltage[j] = c.beta * voltage[j] + c.beta_rest * current[j]
            if voltage[j] > peak[j]:
                peak[j] = voltage[j]
                peak_step[j] = i
        if record.on:
            for j in range(n):
                record.v[row, i, at + j] = voltage[j]
                record.i[row, i, at + j] = current[j]


@kernel
def float_peak_loss(c: FloatConstants, n: int, label: int, batch_size: int, peak: Floats, kick: Floats) -> None:
    """Writes kick [n] = c.kick ([k = label] - p_k) / batch_size, p = softmax(peak / temperature)."""
    highest = peak[0]
    for k in range(1, n):
        highest = max(highest, peak[k])
    total = 0.0
    for k in range(n):
        total += math.exp((peak[k] - highest) / c.temperature)
    for k in range(n):
        p = math.exp((peak[k] - highest) / c.temperature) / total
        kick[k] = c.kick * ((k == label) - p) / batch_size


@kernel
def float_readout_backward(
    c: FloatConstants, n: int, weights: Floats, grad: Floats, pre_ptr: Ints, pre_ids: Ints, pre_g: Floats, send: bool,
    peak_step: Ints, kick: Floats, adjoint_v: Floats, adjoint_i: Floats, difference: Floats, record: Record, row: int, at: int,
) -> None:  # fmt: skip
    """lV[i+1] += kick where peak_step = i+1; e[i] = W^T (lV - lI); lI = alpha lI + (1 - alpha) lV; lV = beta lV; dW -= tau_syn lI x[i]^T.

    weights, grad [n_in * n]. Adds to grad; where `send`, writes pre_g, what the layer below receives.
    """
    last = 0
    for j in range(n):
        adjoint_v[j] = 0.0
        adjoint_i[j] = 0.0
        last = max(last, peak_step[j])
    for i in range(last - 1, -1, -1):  # above the last maximum every adjoint is zero
        for j in range(n):
            if peak_step[j] == i + 1:
                adjoint_v[j] += kick[j]
        if send and pre_ptr[i + 1] > pre_ptr[i]:
            for j in range(n):
                difference[j] = adjoint_v[j] - adjoint_i[j]
            for k in range(pre_ptr[i], pre_ptr[i + 1]):
                pre_g[k] = float_error(n, pre_ids[k] * n, weights, difference)
        for j in range(n):
            adjoint_i[j] = c.alpha * adjoint_i[j] + c.alpha_rest * adjoint_v[j]
            adjoint_v[j] = c.beta * adjoint_v[j]
        for k in range(pre_ptr[i], pre_ptr[i + 1]):
            w_at = pre_ids[k] * n
            for j in range(n):
                grad[w_at + j] -= c.tau_syn * adjoint_i[j]
        if record.on:
            for j in range(n):
                record.adjoint_v[row, i, at + j] = adjoint_v[j]
                record.adjoint_i[row, i, at + j] = adjoint_i[j]
