"""The surrogate gradient of a first-spike time, in the scheme of the SpiNNaker2-style hardware and in float64.

The forward pass is that of docs/reference/equations.md for one synapse: U[i] of weight w is w u[i] up to the first spike, whose step is s
(t_i = i dt). The backward pass replaces the derivative of the threshold by 1 / (1 + beta |U - 1|)^2 (SuperSpike: Zenke & Ganguli
2018, doi:10.1162/neco_a_01086; here 1 at the threshold), and takes no gradient through the reset (Zenke & Vogels 2021,
doi:10.1162/neco_a_01367). A loss on t needs dL/dz[i], which can be read in several ways:
    train    L = sum of t_i z[i] up to s                                 dL/dz[i] = t_i for i <= s
    first    L = sum of t_i z[i] prod_{j<i} (1 - z[j]) + T prod (1 - z)  dL/dz[i] = t_i - t_s for i < s, t_s - t' for i = s
    decoder  dL/dz[s] = -1, 0 elsewhere: the spike-time decoder of hxtorch, the library of the poster's authors
where t' is the time of the next spike, or T = 2 tau if there is none. dL/dw = sum of dL/dz[i] u[i] / (1 + beta |w u[i] - 1|)^2 over
i <= s. The first two are sums over steps without a factor dt, so they grow as 1/dt.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from spinn2sim.experiments.tasks.synapse.closed_form import Array

Reading = Literal["train", "first", "decoder"]
READINGS: tuple[Reading, ...] = ("train", "first", "decoder")
END = 2  # the end T of the simulation, in units of tau


def time_and_slope(weights: Array, steps_per_tau: int, reading: Reading, beta: float) -> tuple[Array, Array]:
    """Compute (t, dL/dw) per weight, [n] each; nan where the neuron is silent for 2 tau."""
    slopes, times = np.full_like(weights, np.nan), np.full_like(weights, np.nan)
    unit = unit_response(steps_per_tau)
    for k, weight in enumerate(weights):
        above = np.flatnonzero(weight * unit > 1)
        if not len(above):
            continue
        first = int(above[0])
        times[k] = first / steps_per_tau
        u = unit[: first + 1]
        error = _error(reading, first, next_spike(weight, first, steps_per_tau), steps_per_tau)
        slopes[k] = float(np.sum(error * u / (1 + beta * np.abs(weight * u - 1)) ** 2))
    return times, slopes


def unit_response(steps_per_tau: int) -> Array:
    """Compute u[i] for i = 0 .. T: U of a neuron with weight 1 that never fires. The input spike of step 0 acts in step 1."""
    keep = np.exp(-1 / steps_per_tau)
    i, u = np.zeros(END * steps_per_tau), np.zeros(END * steps_per_tau)
    for step in range(1, len(u)):
        i[step] = 1.0 if step == 1 else keep * i[step - 1]
        u[step] = keep * u[step - 1] + (1 - keep) * i[step]
    return u


def next_spike(weight: float, first: int, steps_per_tau: int) -> int:
    """Find the step of the next spike after that of step `first`, which resets V to 0; T if there is none."""
    keep = np.exp(-1 / steps_per_tau)
    i, v = weight * keep ** (first - 1), 0.0
    for step in range(first + 1, END * steps_per_tau):
        i = keep * i
        v = keep * v + (1 - keep) * i
        if v > 1:
            return step
    return END * steps_per_tau


def _error(reading: Reading, first: int, following: int, steps_per_tau: int) -> Array:
    """Compute dL/dz[i] for i = 0 .. first, in units of tau."""
    steps = np.arange(first + 1, dtype=np.float64)
    if reading == "decoder":
        return np.where(steps == first, -1.0, 0.0)
    if reading == "train":
        return steps / steps_per_tau
    return np.where(steps == first, first - following, steps - first) / steps_per_tau
