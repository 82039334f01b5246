"""SGD and Adam in float64 as torch.optim defines them, and the guard raise_weights after a batch."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.delay_arrays import Reach, clamp_delays, find_reach
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
from spinn2sim.mirror.scratch import Synapses
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
    """Weights, delays and their moments, as flat arrays laid out by Layout; steps [1] counts updates."""

    weights: Floats
    m: Floats
    v: Floats
    steps: Ints
    delays: Floats
    delay_m: Floats
    delay_v: Floats
    # Where the sums of delayed synapses are, which follows from the delays.
    reach: Reach


class FloatMoments(NamedTuple):
    """Numbers that are learned, with their moments [words], and the count of updates [1]."""

    values: Floats
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


def fresh_state(weights: Floats, delays: Floats | None = None, reach: Reach | None = None) -> FloatState:
    """Make a state before the first step. Steps change the arrays `weights` and `delays` [words] in place; None: no delays."""
    d = np.zeros(0) if delays is None else delays
    r = np.zeros(0, np.int32) if reach is None else reach
    nothing = np.zeros_like(weights)
    return FloatState(weights, nothing, nothing.copy(), np.zeros(1, np.int64), d, np.zeros_like(d), np.zeros_like(d), r)


@kernel
def step_words(r: FloatOptimizerConstants, rate: float, decay: float, grad: Floats, numbers: FloatMoments) -> None:
    """Make one step. Adam: w -= lr/(1 - b1^t) m / (sqrt(v)/sqrt(1 - b2^t) + eps); SGD: v = mu v + g, w -= lr v."""
    w, moments, squares = numbers.values, numbers.m, numbers.v
    if r.adam:
        size = rate / (1.0 - r.beta1 ** numbers.steps[0])
        root = math.sqrt(1.0 - r.beta2 ** numbers.steps[0])
        one_minus_beta1, one_minus_beta2 = 1.0 - r.beta1, 1.0 - r.beta2
        for k in range(grad.size):
            g = grad[k] + decay * w[k]
            m = moments[k] + one_minus_beta1 * (g - moments[k])
            v = r.beta2 * squares[k] + one_minus_beta2 * g * g
            moments[k] = m
            squares[k] = v
            w[k] -= size * m / (math.sqrt(v) / root + r.epsilon)
    else:
        for k in range(grad.size):
            g = grad[k] + decay * w[k]
            squares[k] = r.momentum * squares[k] + g
            w[k] -= rate * squares[k]


@kernel
def optimizer_step(r: FloatOptimizerConstants, rate: float, grad: Floats, s: FloatState) -> None:
    """Make one step of the weights."""
    s.steps[0] += 1
    step_words(r, rate, r.weight_decay, grad, FloatMoments(s.weights, s.m, s.v, s.steps))


@kernel
def delay_step(r: FloatOptimizerConstants, rate: float, layout: Layout, grad: Floats, s: FloatState) -> None:
    """Make the same step of the delays, without decay, and clamp them to 0 .. delay_max."""
    step_words(r, rate, 0.0, grad, FloatMoments(s.delays, s.delay_m, s.delay_v, s.steps))
    clamp_delays(layout, s.delays)
    find_reach(layout, s.delays, s.reach)


@allocating_kernel
def held_weights(s: FloatState, layout: Layout) -> Floats:
    """Copy the weights that exist and that the optimizer must not change."""
    return s.weights[layout.held]


@kernel
def restore_frozen(s: FloatState, layout: Layout, kept: Floats) -> None:
    """Give weights that must not change their values of before the step, which is 0 for synapses that do not exist."""
    for k in range(layout.held.size):
        s.weights[layout.held[k]] = kept[k]
    for k in range(layout.absent.size):
        s.weights[layout.absent[k]] = 0


@allocating_kernel
def synapses_in_use(s: FloatState) -> Synapses:
    """Return what samples are run with."""
    return Synapses(s.weights, s.reach, 0)


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
