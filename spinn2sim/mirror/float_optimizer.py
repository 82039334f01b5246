"""SGD and Adam in float64 as torch.optim defines them, and the guard raise_weights after a batch."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
from spinn2sim.mirror.silence_guards import add_to_silent
from spinn2sim.scenario.keys import Optimizer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class FloatOptimizerConstants(NamedTuple):
    """Constants of SGD or Adam; the learning rate is given with each step."""

    adam: bool
    weight_decay: float
    beta1: float
    beta2: float
    epsilon: float
    momentum: float


class FloatState(NamedTuple):
    """Weights and moments, as flat arrays laid out by Layout; steps [1] counts updates."""

    weights: Floats
    m: Floats
    v: Floats
    steps: Ints


def float_optimizer_constants(optimizer: Optimizer) -> FloatOptimizerConstants:
    """Return the constants of the scenario's optimizer."""
    o = optimizer
    return FloatOptimizerConstants(o.kind == "adam", o.weight_decay, o.beta1, o.beta2, o.epsilon, o.momentum)


def adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> FloatOptimizerConstants:
    """Return the constants of Adam without weight decay."""
    return FloatOptimizerConstants(adam=True, weight_decay=0.0, beta1=beta1, beta2=beta2, epsilon=epsilon, momentum=0.0)


def fresh_state(weights: Floats) -> FloatState:
    """Make a state before the first step. Steps change the array `weights` [words] in place."""
    return FloatState(weights, np.zeros_like(weights), np.zeros_like(weights), np.zeros(1, np.int64))


@kernel
def optimizer_step(r: FloatOptimizerConstants, rate: float, grad: Floats, s: FloatState) -> None:
    """Make one step. Adam: w -= lr/(1 - b1^t) m / (sqrt(v)/sqrt(1 - b2^t) + eps); SGD: v = mu v + g, w -= lr v."""
    s.steps[0] += 1
    if r.adam:
        size = rate / (1.0 - r.beta1 ** s.steps[0])
        root = math.sqrt(1.0 - r.beta2 ** s.steps[0])
        one_minus_beta1, one_minus_beta2 = 1.0 - r.beta1, 1.0 - r.beta2
        for k in range(grad.size):
            g = grad[k] + r.weight_decay * s.weights[k]
            m = s.m[k] + one_minus_beta1 * (g - s.m[k])
            v = r.beta2 * s.v[k] + one_minus_beta2 * g * g
            s.m[k] = m
            s.v[k] = v
            s.weights[k] -= size * m / (math.sqrt(v) / root + r.epsilon)
    else:
        for k in range(grad.size):
            g = grad[k] + r.weight_decay * s.weights[k]
            s.v[k] = r.momentum * s.v[k] + g
            s.weights[k] -= rate * s.v[k]


@allocating_kernel
def weights_in_use(s: FloatState) -> Floats:
    """Return the weights that samples are run with."""
    return s.weights


@kernel
def raise_silent(c: FloatConstants, layout: Layout, counts: Ints, s: FloatState) -> None:
    """Apply the guard raise_weights: add guard_step to every weight into a neuron that fired in no sample. counts [neurons]."""
    add_to_silent(layout, counts, c.guard_step, s.weights)


@kernel
def round_weights(
    c: FloatConstants,
    r: FloatOptimizerConstants,
    layout: Layout,
    s: FloatState,
    seed: Word,
    batch: Word,
    saturated: Ints,
) -> None:
    """Do nothing: float64 weights are not rounded."""
