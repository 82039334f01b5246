"""One LIF neuron between two events, in closed form: its membrane potential, its maximum, its first threshold crossing.

    tau_mem dV/dt = -V + I,   tau_syn dI/dt = -I            (Wunderlich & Pehle 2021, eq. 1; the caller does threshold and reset)

With x = t |1/tau_mem - 1/tau_syn| and the longer of the two, tau, V(t) = V0 e^(-t/tau_mem) + I0 (t/tau_mem) e^(-t/tau) (1 - e^-x)/x: no
difference of nearly equal numbers, so the same formula holds for tau_mem = tau_syn, where (1 - e^-x)/x is 1, and no power of e overflows.
"""

from __future__ import annotations

import math

from firmware_models.jit.compiler import kernels_of

kernel = kernels_of(__package__, allocate=True)


NEVER = math.inf
NEWTON_STEPS = 80  # an upper limit: an ordinary crossing takes five steps; a grazing one only halves its error in each


@kernel
def response(t: float, tau: float, tau_drive: float) -> float:
    """The value at `t` of a leaky variable of time constant `tau` from rest, driven by exp(-t/tau_drive): k in V = V0 e^(-t/tau) + I0 k."""
    x = t * abs(tau_drive - tau) / (tau * tau_drive)
    return t / tau * math.exp(-t / max(tau, tau_drive)) * (-math.expm1(-x) / x if x > 0.0 else 1.0)


@kernel
def potential(t: float, v: float, i: float, tau_mem: float, tau_syn: float) -> float:
    """The membrane potential `t` after it was `v` with the synaptic current `i`."""
    return v * math.exp(-t / tau_mem) + i * response(t, tau_mem, tau_syn)


@kernel
def time_of_extremum(v: float, i: float, tau_mem: float, tau_syn: float) -> float:
    """The next time at which dV/dt = 0 (V = I), or NEVER; V has a maximum there if i > v.

    There is at most one such time, since V and I both decay.

    V = I means e^x = 1 + q (tau_syn - tau_mem) / tau_mem with q = 1 - v/i, which is tau_syn q for equal time constants.
    """
    if i == 0.0:
        return NEVER
    q = 1.0 - v / i
    y = q * (tau_syn - tau_mem) / tau_mem
    if y <= -1.0:
        return NEVER
    t = tau_syn * q * (math.log1p(y) / y if y != 0.0 else 1.0)
    return t if t > 0.0 else NEVER


@kernel
def first_crossing(v: float, i: float, tau_mem: float, tau_syn: float, threshold: float, horizon: float) -> float:
    """The time at which V first exceeds `threshold` (v is below it) within `horizon`, or NEVER.

    V never exceeds max(v, i), so it crosses only if i > threshold. Up to its maximum V rises and is concave
    (tau_mem V'' = -i e^(-t/tau_syn) / tau_syn - V'), so Newton's steps from the left never pass the crossing.
    """
    if i <= threshold:
        return NEVER
    peak = min(time_of_extremum(v, i, tau_mem, tau_syn), horizon)
    if not potential(peak, v, i, tau_mem, tau_syn) > threshold:
        return NEVER
    faster, slower = min(tau_mem, tau_syn), max(tau_mem, tau_syn)
    per_second = (slower - faster) / (slower * faster)
    t = 0.0
    for _ in range(NEWTON_STEPS):
        # `potential` and the current from two exponentials instead of four; the loss is far below the threshold's rounding.
        slow, lost = math.exp(-t / slower), math.expm1(-t * per_second)
        fast = slow + slow * lost
        driven = slow * (t / tau_mem) * (-lost / (t * per_second) if lost != 0.0 else 1.0)
        mem, syn = (slow, fast) if tau_mem > tau_syn else (fast, slow)
        here = v * mem + i * driven
        slope = (i * syn - here) / tau_mem
        if slope <= 0.0:
            break
        step = (threshold - here) / slope
        if t + step <= t or t + step > peak:
            break
        t += step
    return t
