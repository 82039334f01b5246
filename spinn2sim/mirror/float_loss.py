"""The derivatives of both losses of one sample in float64, divided by the batch size.

First spikes: p = softmax(-t / xi); dL/dt_k = ([k = label] - p_k) / xi + [k = label] (a / b) exp(t_label / b). A silent output and a
first spike in the last step T-1 get no gradient. Max over time: p = softmax(m / temperature).
"""

from __future__ import annotations

import math

from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.kernel_decorators import kernel
from spinn2sim.mirror.population_memory import OutputMemory


@kernel
def first_spike_errors(c: FloatConstants, m: OutputMemory, label: int, batch_size: int) -> None:
    """Write g = dL/dt / batch_size of the first spikes before step T-1, 0 for every other spike."""
    soonest = m.first[0]
    for k in range(1, m.n):
        soonest = min(soonest, m.first[k])
    total = 0.0
    for k in range(m.n):
        total += math.exp((soonest - m.first[k]) / c.xi)
    for k in range(m.ptr[c.steps]):
        m.g[k] = 0.0
    for i in range(c.steps - 1):
        for k in range(m.ptr[i], m.ptr[i + 1]):
            neuron = m.ids[k]
            if m.first[neuron] == i:
                slope = -math.exp((soonest - i) / c.xi) / total / c.xi
                if neuron == label:
                    slope += 1.0 / c.xi + c.a / c.b * math.exp(i / c.b)
                m.g[k] = slope / batch_size


@kernel
def max_over_time_kicks(c: FloatConstants, m: OutputMemory, label: int, batch_size: int) -> None:
    """Write kick [n] = c.kick[k] ([k = label] - p_k) / batch_size."""
    highest = m.peak[0]
    for k in range(1, m.n):
        highest = max(highest, m.peak[k])
    total = 0.0
    for k in range(m.n):
        total += math.exp((m.peak[k] - highest) / c.temperature)
    for k in range(m.n):
        p = math.exp((m.peak[k] - highest) / c.temperature) / total
        m.kick[k] = c.kick[k] * ((k == label) - p) / batch_size


@kernel
def push_amount(c: FloatConstants, label: int, batch_size: int) -> float:
    """Return what the guard "push" takes off a gradient: guard_step / B."""
    return c.guard_step / batch_size
