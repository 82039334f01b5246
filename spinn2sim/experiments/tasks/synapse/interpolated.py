"""A scheme of second order: exact decay over a step, and threshold crossings interpolated between grid points.

Over a time h without input, V(t + h) = (V + h I) exp(-h) and I(t + h) = I exp(-h) exactly. Only the crossing is approximated: the chord
from (t_k, V_k) to (t_k+1, V_k+1) meets the threshold within V'' dt^2 / (8 V') of it. The adjoint is exact for that time, so the slope is of
second order, too: lV = 1 / (I - V) at the crossing, and backward over a time h, lI' = (lI + h lV) exp(-h), lV' = lV exp(-h), down to the
input spike, which need not lie on the grid. dt/dw = -lI there.
"""

from __future__ import annotations

import numpy as np

from spinn2sim.experiments.tasks.synapse.closed_form import Array


def time_and_slope(weights: Array, steps_per_tau: int, start: float = 0.0) -> tuple[Array, Array]:
    """Compute (t - start, dt/dw) per weight, [n] each, for an input spike at `start` in [0, 1/steps_per_tau); nan if silent."""
    time, state, last = np.full_like(weights, np.nan), np.full((2, len(weights)), np.nan), start
    v, i = np.zeros_like(weights), weights.copy()
    for step in range(1, 2 * steps_per_tau):
        span = step / steps_per_tau - last
        next_v, next_i = decay(v, i, span)
        now = np.isnan(time) & (next_v > 1)
        part = span * (1 - v[now]) / (next_v[now] - v[now])
        time[now], state[:, now] = last + part, decay(v[now], i[now], part)
        v, i, last = next_v, next_i, step / steps_per_tau
    return time - start, -_adjoint_at(start, time, 1 / (state[1] - state[0]), steps_per_tau)


def _adjoint_at(start: float, time: Array, jump: Array, steps_per_tau: int) -> Array:
    """Compute lI at the input spike: backward from each neuron's own spike to the grid, along the grid, and on to the input spike."""
    last = np.floor(time * steps_per_tau)  # the grid point before the spike
    first_span = np.where(last > 0, time - last / steps_per_tau, time - start)
    lv, li = np.zeros_like(time), np.zeros_like(time)
    for step in range(int(np.nanmax(last, initial=0)), -1, -1):
        lv, li = np.where(last == step, jump, lv), np.where(last == step, 0, li)
        whole = 1 / steps_per_tau - (start if step == 0 else 0)
        lv, li = decay_adjoint(lv, li, np.where(last == step, first_span, np.where(last > step, whole, 0.0)))
    return np.where(np.isnan(time), np.nan, li)


def decay(v: Array, i: Array, span: Array | float) -> tuple[Array, Array]:
    """Advance (V, I) by a time `span` without input."""
    return (v + span * i) * np.exp(-span), i * np.exp(-span)


def decay_adjoint(lv: Array, li: Array, span: Array | float) -> tuple[Array, Array]:
    """Bring (lV, lI) to a time `span` earlier without a spike: the transpose of `decay`."""
    return lv * np.exp(-span), (li + span * lv) * np.exp(-span)
