"""One layer of one sample in float64, forward and backward, as the equations stand; it never rounds on purpose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.scratch import Record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def float_layer_forward(
    c: FloatConstants, n: int, weights: Floats, pre_ptr: Ints, pre_ids: Ints, ptr: Ints, ids: Ints, d: Floats,
    current: Floats, voltage: Floats, record: Record, row: int, at: int,
) -> None:  # fmt: skip
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I; z = U > threshold; V = U (1 - z); D = I - U at each spike.

    weights [n_in * n]. Writes the layer's events ptr [T + 1], ids, d.
    """
    for j in range(n):
        current[j] = 0.0
        voltage[j] = 0.0
    count = 0
    ptr[0] = 0
    ptr[1] = 0
    for i in range(1, c.steps):
        for j in range(n):
            current[j] *= c.alpha
        for k in range(pre_ptr[i - 1], pre_ptr[i]):
            w_at = pre_ids[k] * n
            for j in range(n):
                current[j] += weights[w_at + j]
        fired = 0
        for j in range(n):
            u = c.beta * voltage[j] + c.beta_rest * current[j]
            voltage[j] = u
            fired += u > c.threshold
        if record.on:
            for j in range(n):
                record.v[row, i, at + j] = voltage[j]
                record.i[row, i, at + j] = current[j]
        if fired > 0:
            for j in range(n):
                if voltage[j] > c.threshold:
                    ids[count] = j
                    d[count] = current[j] - voltage[j]
                    voltage[j] = 0.0
                    count += 1
        ptr[i + 1] = count


@kernel
def float_error(n: int, w_at: int, weights: Floats, difference: Floats) -> float:
    """e = sum over j of w[j] (lV - lI)[j], four sums side by side and then (0 + 1) + (2 + 3)."""
    e0 = e1 = e2 = e3 = 0.0
    whole = n - n % 4
    for j in range(0, whole, 4):
        e0 += weights[w_at + j] * difference[j]
        e1 += weights[w_at + j + 1] * difference[j + 1]
        e2 += weights[w_at + j + 2] * difference[j + 2]
        e3 += weights[w_at + j + 3] * difference[j + 3]
    for j in range(whole, n):
        e0 += weights[w_at + j] * difference[j]
    return (e0 + e1) + (e2 + e3)


@kernel
def float_layer_backward(
    c: FloatConstants, n: int, weights: Floats, grad: Floats, pre_ptr: Ints, pre_ids: Ints, pre_g: Floats, send: bool,
    ptr: Ints, ids: Ints, d: Floats, g: Floats, adjoint_v: Floats, adjoint_i: Floats, difference: Floats, jump: Floats,
    record: Record, row: int, at: int,
) -> None:  # fmt: skip
    """e[i] = W^T (lV - lI); lI = alpha lI + (1 - alpha) lV; lV = beta lV + z[i+1] (lV + g) / (D + 1e-10).

    Last, dW -= tau_syn lI x[i]^T. weights, grad [n_in * n]. Adds to grad; where `send`, writes pre_g, what the layer below receives.
    """
    for j in range(n):
        adjoint_v[j] = 0.0
        adjoint_i[j] = 0.0
    start = c.steps - 2
    while start >= 0 and ptr[start + 1] == ptr[c.steps]:
        start -= 1  # above the last own spike every adjoint is zero
    for i in range(start, -1, -1):
        if send and pre_ptr[i + 1] > pre_ptr[i]:
            for j in range(n):
                difference[j] = adjoint_v[j] - adjoint_i[j]
            for k in range(pre_ptr[i], pre_ptr[i + 1]):
                pre_g[k] = float_error(n, pre_ids[k] * n, weights, difference)
        own = ptr[i + 1]
        for k in range(own, ptr[i + 2]):
            jump[k - own] = (adjoint_v[ids[k]] + g[k]) / (d[k] + 1e-10)
        for j in range(n):
            adjoint_i[j] = c.alpha * adjoint_i[j] + c.alpha_rest * adjoint_v[j]
            adjoint_v[j] = c.beta * adjoint_v[j]
        for k in range(own, ptr[i + 2]):
            adjoint_v[ids[k]] += jump[k - own]
        for k in range(pre_ptr[i], pre_ptr[i + 1]):
            w_at = pre_ids[k] * n
            for j in range(n):
                grad[w_at + j] -= c.tau_syn * adjoint_i[j]
        if record.on:
            for j in range(n):
                record.adjoint_v[row, i, at + j] = adjoint_v[j]
                record.adjoint_i[row, i, at + j] = adjoint_i[j]
