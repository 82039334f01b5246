"""SGD and Adam in float64 as torch.optim defines them, and the per-batch silence guard; it never sees a sample."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.layout import Layout
from spinn2sim.scenario.keys import Optimizer

Floats = NDArray[np.float64]


class FloatRule(NamedTuple):
    """Constants of the rule."""

    adam: bool
    weight_decay: float
    beta1: float
    beta2: float
    epsilon: float
    momentum: float


class FloatState(NamedTuple):
    """Flat arrays as in Layout; steps [1] counts updates."""

    weights: Floats
    m: Floats
    v: Floats
    steps: NDArray[np.int64]


def float_rule(optimizer: Optimizer) -> FloatRule:
    """The scenario's optimizer."""
    o = optimizer
    return FloatRule(o.kind == "adam", o.weight_decay, o.beta1, o.beta2, o.epsilon, o.momentum)


@kernel
def float_update(r: FloatRule, rate: float, grad: Floats, s: FloatState) -> None:
    """One step. Adam: w -= lr/(1 - b1^t) m / (sqrt(v)/sqrt(1 - b2^t) + eps); SGD: v = mu v + g, w -= lr v."""
    s.steps[0] += 1
    if r.adam:
        size = rate / (1.0 - r.beta1 ** s.steps[0])
        root = math.sqrt(1.0 - r.beta2 ** s.steps[0])
        rest1, rest2 = 1.0 - r.beta1, 1.0 - r.beta2
        for k in range(grad.size):
            g = grad[k] + r.weight_decay * s.weights[k]
            m = s.m[k] + rest1 * (g - s.m[k])
            v = r.beta2 * s.v[k] + rest2 * g * g
            s.m[k] = m
            s.v[k] = v
            s.weights[k] -= size * m / (math.sqrt(v) / root + r.epsilon)
    else:
        for k in range(grad.size):
            g = grad[k] + r.weight_decay * s.weights[k]
            s.v[k] = r.momentum * s.v[k] + g
            s.weights[k] -= rate * s.v[k]


@kernel
def float_raise(layout: Layout, counts: NDArray[np.int64], amount: float, s: FloatState) -> None:
    """Guard raise_weights: add `amount` to every weight into a neuron that fired in no sample. counts [neurons]."""
    for layer in range(1, layout.sizes.size - layout.readout):
        n, at = layout.sizes[layer], layout.weight_at[layer]
        for j in range(n):
            if counts[layout.neuron_at[layer] + j] == 0:
                for source in range(layout.sizes[layer - 1]):
                    s.weights[at + source * n + j] += amount
