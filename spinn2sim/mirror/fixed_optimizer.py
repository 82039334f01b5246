"""SGD and Adam as on an optimizer PE: in float32, with one rounding per operation; then weights are rounded to their format.

Constants are float64 values, rounded once. docs/reference/equations.md (Fixed point on the chip) states the order of operations.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import NOISE_WEIGHT, Word, narrow, noise, noise_stream, round_shift
from firmware_models.qformat import parse_format
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.delay_arrays import Reach, clamp_delays, find_reach
from spinn2sim.mirror.fixed_population import SOURCE_SHIFT, WEIGHT
from spinn2sim.mirror.flat_arrays import Layout, per_word
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
from spinn2sim.mirror.scratch import Synapses
from spinn2sim.mirror.silence_guards import add_to_silent
from spinn2sim.scenario.keys import Scenario

Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
ONE = np.float32(1)
GUARD_BITS = 16  # fraction bits beyond those of the weight that rounding takes into account
BEYOND = 2.0**62  # larger magnitudes saturate in every format


class FixedOptimizerConstants(NamedTuple):
    """Constants of SGD or Adam; the learning rate is given with each step."""

    adam: bool
    master: bool
    weight_decay: np.float32
    beta1: np.float32
    one_minus_beta1: np.float32
    beta2: np.float32
    one_minus_beta2: np.float32
    epsilon: np.float32
    momentum: np.float32
    # [words], tau_syn / (B 2^(fa + error_shift))
    gradient_unit: Singles
    # [words of delays], 1 / (B 2^(fe + error_shift))
    delay_unit: Singles
    # 2^-fw
    weight_unit: np.float32


class FixedState(NamedTuple):
    """Weights, delays and their moments, as flat arrays laid out by Layout; powers [2] holds b1^t and b2^t."""

    raw: Ints
    master: Singles
    m: Singles
    v: Singles
    powers: Singles
    delays: Singles
    delay_m: Singles
    delay_v: Singles
    # Where the sums of delayed synapses are, which follows from the delays.
    reach: Reach


def fresh_fixed_state(raw: Ints, master: Singles, delays: Singles, reach: Reach) -> FixedState:
    """Make a state before the first step, from raw and float32 weights [words], and from delays [words] and their reach."""
    m, d = np.zeros_like(master), np.zeros_like(delays)
    return FixedState(raw, master, m, m.copy(), np.ones(2, np.float32), delays, d, d.copy(), reach)


class FixedMoments(NamedTuple):
    """Numbers that are learned, with their moments [words], and b1^t and b2^t [2]."""

    values: Singles
    m: Singles
    v: Singles
    powers: Singles


def fixed_optimizer_constants(
    scenario: Scenario, layout: Layout, tau_syn: NDArray[np.float64], batch_size: int
) -> FixedOptimizerConstants:
    """Compute the constants of the scenario's optimizer, for batches of `batch_size` samples. tau_syn [neurons], in s."""
    o, num = scenario.optimizer, scenario.numerics
    fa, fw, fe = (parse_format(text).fraction for text in (num.adjoint, num.weight, num.error))
    unit = per_word(layout, (tau_syn / math.ldexp(batch_size, fa + num.error_shift)).astype(np.float32))
    f32 = np.float32
    delay_unit = np.full(int(layout.delay_at[-1]), f32(math.ldexp(1 / batch_size, -fe - num.error_shift)), f32)
    return FixedOptimizerConstants(
        o.kind == "adam", o.master, f32(o.weight_decay), f32(o.beta1), f32(1 - o.beta1), f32(o.beta2), f32(1 - o.beta2),
        f32(o.epsilon), f32(o.momentum), unit, delay_unit, f32(math.ldexp(1.0, -fw)),
    )  # fmt: skip


@kernel
def step_words(
    r: FixedOptimizerConstants, rate: np.float32, decay: np.float32, unit: Singles, grad: Ints, numbers: FixedMoments
) -> None:
    """Convert gradient words to float32, and make one step of the float32 numbers."""
    w, moments, squares = numbers.values, numbers.m, numbers.v
    if r.adam:
        size = rate / (ONE - numbers.powers[0])
        root = np.sqrt(ONE - numbers.powers[1])
        for k in range(grad.size):
            g = np.float32(grad[k]) * unit[k]
            if decay != 0:
                g = g + decay * w[k]
            m = r.beta1 * moments[k] + r.one_minus_beta1 * g
            v = r.beta2 * squares[k] + (r.one_minus_beta2 * g) * g
            moments[k] = m
            squares[k] = v
            w[k] = w[k] - (size * m) / (np.sqrt(v) / root + r.epsilon)
    else:
        for k in range(grad.size):
            g = np.float32(grad[k]) * unit[k]
            if decay != 0:
                g = g + decay * w[k]
            v = r.momentum * squares[k] + g
            squares[k] = v
            w[k] = w[k] - rate * v


@kernel
def optimizer_step(r: FixedOptimizerConstants, rate: np.float32, grad: Ints, s: FixedState) -> None:
    """Make one step of the float32 weights `s.master`."""
    if r.adam:
        s.powers[0] *= r.beta1
        s.powers[1] *= r.beta2
    step_words(r, rate, r.weight_decay, r.gradient_unit, grad, FixedMoments(s.master, s.m, s.v, s.powers))


@kernel
def delay_step(r: FixedOptimizerConstants, rate: np.float32, layout: Layout, grad: Ints, s: FixedState) -> None:
    """Make the same step of the delays, without decay, and clamp them to 0 .. delay_max."""
    step_words(r, rate, np.float32(0), r.delay_unit, grad, FixedMoments(s.delays, s.delay_m, s.delay_v, s.powers))
    clamp_delays(layout, s.delays)
    find_reach(layout, s.delays, s.reach)


@allocating_kernel
def held_weights(s: FixedState, layout: Layout) -> tuple[Singles, Ints]:
    """Copy the weights that exist and that the optimizer must not change, in float32 and as raw integers."""
    return s.master[layout.held], s.raw[layout.held]


@kernel
def restore_frozen(s: FixedState, layout: Layout, kept: tuple[Singles, Ints]) -> None:
    """Give weights that must not change their values of before the step, which is 0 for synapses that do not exist."""
    for k in range(layout.held.size):
        s.master[layout.held[k]] = kept[0][k]
        s.raw[layout.held[k]] = kept[1][k]
    for k in range(layout.absent.size):
        s.master[layout.absent[k]] = 0
        s.raw[layout.absent[k]] = 0


@allocating_kernel
def synapses_in_use(s: FixedState) -> Synapses:
    """Return what samples are run with."""
    largest: Word = 0
    for k in range(s.raw.size):
        largest = max(largest, abs(s.raw[k]))
    return Synapses(s.raw, s.reach, largest)


@kernel
def raise_silent(c: FixedConstants, layout: Layout, counts: Ints, s: FixedState) -> None:
    """Apply the guard raise_weights: add guard_step to every weight into a neuron that fired in no sample. counts [neurons]."""
    add_to_silent(layout, counts, c.guard_step, s.master)


@kernel
def round_weights(
    c: FixedConstants,
    r: FixedOptimizerConstants,
    layout: Layout,
    s: FixedState,
    seed: Word,
    batch: Word,
    saturated: Ints,
) -> None:
    """raw = narrow(round_shift(floor(w 2^(fw + 16)), 16, noise)); without a master the weight becomes raw 2^-fw."""
    unit = 2.0 ** (c.weight_bits + GUARD_BITS)
    clipped: Word = 0
    for p in range(layout.sizes.size):
        n, stream = layout.sizes[p], noise_stream(seed, batch, 0, p, 0, NOISE_WEIGHT)
        for at in range(layout.weight_at[p], layout.weight_at[p + 1], n):
            row = (at - layout.weight_at[p]) // n
            for j in range(n):
                noisy = noise(c.stochastic, GUARD_BITS, stream, (row << SOURCE_SHIFT) + j)
                scaled = min(max(np.floor(np.float64(s.master[at + j]) * unit), -BEYOND), BEYOND)
                wide = round_shift(np.int64(scaled), GUARD_BITS, noisy)
                s.raw[at + j] = narrow(wide, c.weight_low, c.weight_high)
                clipped += np.int64(s.raw[at + j] != wide)
    if not r.master:
        for k in range(s.raw.size):
            s.master[k] = np.float32(s.raw[k]) * r.weight_unit
    saturated[WEIGHT] += clipped
