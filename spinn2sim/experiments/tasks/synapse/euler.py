"""The poster's scheme: explicit Euler for the neuron and for its adjoint.

    V[i+1] = V[i] + dt (I[i] - V[i]),   I[i+1] = (1 - dt) I[i],   V[0] = 0, I[0] = w
    at the first V[i] > 1:  t = i dt,   lV = 1 / (I[i] - V[i]),   lI = 0
    lI[i-1] = lI[i] + dt (lV[i] - lI[i]),   lV[i-1] = (1 - dt) lV[i],   dt/dw = -lI[0]
(Wunderlich & Pehle 2021, doi:10.1038/s41598-021-91786-z, for the loss L = t.)
"""

from __future__ import annotations

import numpy as np

from spinn2sim.experiments.tasks.synapse.closed_form import Array


def time_and_slope(weights: Array, steps_per_tau: int) -> tuple[Array, Array]:
    """Compute (t, dt/dw) per weight, [n] each; nan where the neuron is silent for 2 tau."""
    dt = 1 / steps_per_tau
    v, i = np.zeros_like(weights), weights.copy()
    fired, rise = np.zeros(len(weights), np.int64), np.full_like(weights, np.nan)
    for step in range(1, 2 * steps_per_tau):
        v, i = v + dt * (i - v), (1 - dt) * i
        now = (fired == 0) & (v > 1)
        fired[now], rise[now] = step, (i - v)[now]
    adjoint_v, adjoint_i = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(int(fired.max(initial=0)), 0, -1):
        adjoint_v[fired == step] = 1 / rise[fired == step]
        adjoint_v, adjoint_i = (1 - dt) * adjoint_v, adjoint_i + dt * (adjoint_v - adjoint_i)
    silent = fired == 0
    return np.where(silent, np.nan, fired * dt), np.where(silent, np.nan, -adjoint_i)
