"""Changes a batch's gradient before the optimizer's step: adds the rate penalty, then clips, in both arithmetics.

Rate penalty (docs/reference/equations.md): R = guard_step / 2 sum_j ((low - r_j)+^2 + (r_j - high)+^2) over the
mean spike counts r_j, with dr_j/dw = 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from firmware_models.qformat import parse_format
from spinn2sim.mirror.constants import nearest
from spinn2sim.mirror.flat_arrays import LIF, Layout
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
from spinn2sim.scenario.keys import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class FloatTransforms(NamedTuple):
    """The rate penalty and the limits in units of the gradient."""

    # Whether there is a rate penalty; [neurons], the gradient for each mean spike too many or too few.
    rate: bool
    strength: Floats
    # Spikes per sample.
    low: float
    high: float
    # How many samples a batch has.
    samples: int
    # Whether each gradient is clipped, and to which magnitude, [neurons].
    clips: bool
    clip: Floats
    # Infinite if not set.
    clip_norm: float


class FixedTransforms(NamedTuple):
    """The rate penalty and the limits in gradient words and whole spikes per batch."""

    # Whether there is a rate penalty; [neurons], the gradient words for each spike of the batch too many or too few.
    rate: bool
    strength: Ints
    low: int
    high: int
    # Whether each gradient is clipped, and to how many words, [neurons].
    clips: bool
    clip: Ints
    # In words of a neuron whose part of the gradient is 1; infinite if not set.
    clip_norm: float
    # [neurons], the gradient that a word stands for, in words of the first neuron: tau_syn over that of the first.
    part: Floats


def float_transforms(scenario: Scenario, neurons: int, batch_size: int) -> FloatTransforms:
    """Compute the scenario's rate penalty and limits, for batches of `batch_size` samples."""
    t, o = scenario.training, scenario.optimizer
    (low, high), rate = t.rate_range or (0.0, 0.0), t.silent_guard == "rate" and t.guard_step != 0
    strength, clip = np.full(neurons, t.guard_step), np.full(neurons, o.clip or math.inf)
    return FloatTransforms(rate, strength, low, high, batch_size, o.clip is not None, clip, o.clip_norm or math.inf)


def fixed_transforms(scenario: Scenario, tau_syn: Floats, batch_size: int) -> FixedTransforms:
    """Compute the scenario's rate penalty and limits in gradient words: a gradient g is the word g B 2^(fa + error_shift) / tau_syn.

    tau_syn [neurons], in s.
    """
    t, o, num = scenario.training, scenario.optimizer, scenario.numerics
    low, high = t.rate_range or (0.0, 0.0)
    scale = math.ldexp(1.0, parse_format(num.adjoint).fraction + num.error_shift) / tau_syn
    strength, clip = (
        np.floor(x + 0.5).astype(np.int64) for x in (t.guard_step * scale, (o.clip or 0.0) * batch_size * scale)
    )
    return FixedTransforms(
        bool(t.silent_guard == "rate" and strength.any()), strength, nearest(low * batch_size), nearest(high * batch_size),
        o.clip is not None, np.maximum(clip, 1), o.clip_norm * batch_size * scale[0] if o.clip_norm else math.inf,
        tau_syn / tau_syn[0],
    )  # fmt: skip


@kernel
def add_rate_penalty(layout: Layout, rates: Any, low: Any, high: Any, strength: Any, grad: Any) -> None:
    """Add the penalty's derivative to grad [words], given the spikes of each neuron, rates [neurons], and strength [neurons]."""
    for p in range(layout.sizes.size):
        n, at = layout.sizes[p], layout.neuron_at[p]
        for j in range(n if layout.kind[p] == LIF else 0):
            excess = max(0, rates[at + j] - high) - max(0, low - rates[at + j])
            if excess != 0:
                for word in range(layout.weight_at[p] + j, layout.weight_at[p + 1], n):
                    grad[word] += strength[at + j] * excess


@kernel
def clear_frozen(layout: Layout, grad: Any) -> None:
    """Set the gradient of weights that do not learn to zero, so that it counts for no limit."""
    for k in range(layout.frozen.size):
        grad[layout.frozen[k]] = 0


@kernel
def clip_each(layout: Layout, limit: Any, grad: Any) -> Word:
    """Clip grad [words] to +-limit [neurons]. Returns how many were clipped."""
    clipped = np.int64(0)
    for p in range(layout.sizes.size):
        n, at = layout.sizes[p], layout.neuron_at[p]
        for row in range(layout.weight_at[p], layout.weight_at[p + 1], n):
            for j in range(n):
                within = min(max(grad[row + j], -limit[at + j]), limit[at + j])
                clipped += np.int64(within != grad[row + j])
                grad[row + j] = within
    return clipped


@allocating_kernel
def transform_float_gradient(s: FloatTransforms, layout: Layout, counts: Ints, grad: Floats) -> Word:
    """Change grad [words]; counts [neurons] are the batch's spikes of steps 0 .. T-2.

    Returns how many words (clip) or norms were clipped.
    """
    if s.rate:
        add_rate_penalty(layout, counts / s.samples, s.low, s.high, s.strength, grad)
    clear_frozen(layout, grad)
    clipped = np.int64(0)
    if s.clips:
        clipped += clip_each(layout, s.clip, grad)
    if s.clip_norm < math.inf:
        norm = math.sqrt(np.sum(grad * grad))
        if norm > s.clip_norm:
            clipped += 1
            for k in range(grad.size):
                grad[k] *= s.clip_norm / norm
    return clipped


@kernel
def transform_fixed_gradient(s: FixedTransforms, layout: Layout, counts: Ints, grad: Ints) -> Word:
    """Change grad [words]; counts [neurons] are the batch's spikes of steps 0 .. T-2.

    Returns how many words (clip) or norms were clipped. The norm is computed in float64, and each word is rounded to nearest,
    ties up, after its scaling.
    """
    if s.rate:
        add_rate_penalty(layout, counts, s.low, s.high, s.strength, grad)
    clear_frozen(layout, grad)
    clipped = np.int64(0)
    if s.clips:
        clipped += clip_each(layout, s.clip, grad)
    if s.clip_norm < math.inf:
        total = 0.0
        for p in range(layout.sizes.size):
            n, at = layout.sizes[p], layout.neuron_at[p]
            for row in range(layout.weight_at[p], layout.weight_at[p + 1], n):
                for j in range(n):
                    total += (grad[row + j] * s.part[at + j]) * (grad[row + j] * s.part[at + j])
        norm = math.sqrt(total)
        if norm > s.clip_norm:
            clipped += 1
            for k in range(grad.size):
                grad[k] = np.int64(math.floor(grad[k] * (s.clip_norm / norm) + 0.5))
    return clipped
