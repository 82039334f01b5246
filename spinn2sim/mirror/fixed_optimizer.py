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
from spinn2sim.mirror.fixed_population import SOURCE_SHIFT, WEIGHT
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
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
    # tau_syn / (B 2^(fa + error_shift))
    gradient_unit: np.float32
    # 2^-fw
    weight_unit: np.float32


class FixedState(NamedTuple):
    """Weights and moments, as flat arrays laid out by Layout; powers [2] holds b1^t and b2^t."""

    raw: Ints
    master: Singles
    m: Singles
    v: Singles
    powers: Singles


def fixed_optimizer_constants(scenario: Scenario, batch_size: int) -> FixedOptimizerConstants:
    """Compute the constants of the scenario's optimizer, for batches of `batch_size` samples."""
    o, num = scenario.optimizer, scenario.numerics
    fa, fw = parse_format(num.adjoint).fraction, parse_format(num.weight).fraction
    unit = scenario.network.tau_syn_ms / 1000 / math.ldexp(batch_size, fa + num.error_shift)
    f32 = np.float32
    return FixedOptimizerConstants(
        o.kind == "adam", o.master, f32(o.weight_decay), f32(o.beta1), f32(1 - o.beta1), f32(o.beta2), f32(1 - o.beta2),
        f32(o.epsilon), f32(o.momentum), f32(unit), f32(math.ldexp(1.0, -fw)),
    )  # fmt: skip


@kernel
def optimizer_step(r: FixedOptimizerConstants, rate: np.float32, grad: Ints, s: FixedState) -> None:
    """Convert gradient words to float32, and make one step of the float32 weights `s.master`."""
    if r.adam:
        s.powers[0] *= r.beta1
        s.powers[1] *= r.beta2
        size = rate / (ONE - s.powers[0])
        root = np.sqrt(ONE - s.powers[1])
        for k in range(grad.size):
            g = np.float32(grad[k]) * r.gradient_unit
            if r.weight_decay != 0:
                g = g + r.weight_decay * s.master[k]
            m = r.beta1 * s.m[k] + r.one_minus_beta1 * g
            v = r.beta2 * s.v[k] + (r.one_minus_beta2 * g) * g
            s.m[k] = m
            s.v[k] = v
            s.master[k] = s.master[k] - (size * m) / (np.sqrt(v) / root + r.epsilon)
    else:
        for k in range(grad.size):
            g = np.float32(grad[k]) * r.gradient_unit
            if r.weight_decay != 0:
                g = g + r.weight_decay * s.master[k]
            v = r.momentum * s.v[k] + g
            s.v[k] = v
            s.master[k] = s.master[k] - rate * v


@allocating_kernel
def weights_in_use(s: FixedState) -> Ints:
    """Return the weights that samples are run with."""
    return s.raw


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
    for layer in range(1, layout.sizes.size):
        n, stream = layout.sizes[layer], noise_stream(seed, batch, 0, layer, 0, NOISE_WEIGHT)
        for source in range(layout.sizes[layer - 1]):
            at = layout.weight_at[layer] + source * n
            for j in range(n):
                noisy = noise(c.stochastic, GUARD_BITS, stream, (source << SOURCE_SHIFT) + j)
                scaled = min(max(np.floor(np.float64(s.master[at + j]) * unit), -BEYOND), BEYOND)
                wide = round_shift(np.int64(scaled), GUARD_BITS, noisy)
                s.raw[at + j] = narrow(wide, c.weight_low, c.weight_high)
                clipped += np.int64(s.raw[at + j] != wide)
    if not r.master:
        for k in range(s.raw.size):
            s.master[k] = np.float32(s.raw[k]) * r.weight_unit
    saturated[WEIGHT] += clipped
