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
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import allocating_kernel, kernel
from spinn2sim.scenario.keys import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class FloatTransforms(NamedTuple):
    """The rate penalty and the limits in units of the gradient; a limit that is not set is infinite."""

    # The gradient for each mean spike too many or too few; 0: no rate penalty.
    strength: float
    # Spikes per sample.
    low: float
    high: float
    # How many samples a batch has.
    samples: int
    clip: float
    clip_norm: float


class FixedTransforms(NamedTuple):
    """The rate penalty and the limits in gradient words and whole spikes per batch; 0 if not set."""

    # The gradient words for each spike of the batch too many or too few.
    strength: int
    low: int
    high: int
    clip: int
    clip_norm: float


def float_transforms(scenario: Scenario, batch_size: int) -> FloatTransforms:
    """Compute the scenario's rate penalty and limits, for batches of `batch_size` samples."""
    t, o = scenario.training, scenario.optimizer
    low, high = t.rate_range or (0.0, 0.0)
    strength = t.guard_step if t.silent_guard == "rate" else 0.0
    return FloatTransforms(strength, low, high, batch_size, o.clip or math.inf, o.clip_norm or math.inf)


def fixed_transforms(scenario: Scenario, batch_size: int) -> FixedTransforms:
    """Compute the scenario's rate penalty and limits in gradient words: a gradient g is the word g B 2^(fa + error_shift) / tau_syn."""
    t, o, num = scenario.training, scenario.optimizer, scenario.numerics
    low, high = t.rate_range or (0.0, 0.0)
    scale = math.ldexp(1.0, parse_format(num.adjoint).fraction + num.error_shift) / (scenario.network.tau_syn_ms / 1000)
    strength = t.guard_step if t.silent_guard == "rate" else 0.0
    return FixedTransforms(
        _nearest(strength * scale), _nearest(low * batch_size), _nearest(high * batch_size),
        _nearest((o.clip or 0.0) * batch_size * scale), (o.clip_norm or 0.0) * batch_size * scale,
    )  # fmt: skip


def _nearest(x: float) -> int:
    return math.floor(x + 0.5)


@kernel
def add_rate_penalty(layout: Layout, rates: Any, low: Any, high: Any, strength: Any, grad: Any) -> None:
    """Add the penalty's derivative to grad [words], given the spikes of each neuron, rates [neurons]."""
    for layer in range(1, layout.sizes.size - layout.readout):
        n, at = layout.sizes[layer], layout.weight_at[layer]
        for j in range(n):
            r = rates[layout.neuron_at[layer] + j]
            excess = max(0, r - high) - max(0, low - r)
            if excess != 0:
                for source in range(layout.sizes[layer - 1]):
                    grad[at + source * n + j] += strength * excess


@kernel
def clip_each(limit: Any, grad: Any) -> Word:
    """Clip grad [words] to +-limit. Returns how many were clipped."""
    clipped = np.int64(0)
    for k in range(grad.size):
        within = min(max(grad[k], -limit), limit)
        clipped += np.int64(within != grad[k])
        grad[k] = within
    return clipped


@allocating_kernel
def transform_float_gradient(s: FloatTransforms, layout: Layout, counts: Ints, grad: Floats) -> Word:
    """Change grad [words]; counts [neurons] are the batch's spikes of steps 0 .. T-2.

    Returns how many words (clip) or norms were clipped.
    """
    if s.strength != 0:
        add_rate_penalty(layout, counts / s.samples, s.low, s.high, s.strength, grad)
    clipped = np.int64(0)
    if s.clip < math.inf:
        clipped += clip_each(s.clip, grad)
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
    if s.strength != 0:
        add_rate_penalty(layout, counts, s.low, s.high, s.strength, grad)
    clipped = np.int64(0)
    if s.clip > 0:
        clipped += clip_each(s.clip, grad)
    if s.clip_norm > 0:
        total = 0.0
        for k in range(grad.size):
            total += np.float64(grad[k]) * np.float64(grad[k])
        norm = math.sqrt(total)
        if norm > s.clip_norm:
            clipped += 1
            for k in range(grad.size):
                grad[k] = np.int64(math.floor(grad[k] * (s.clip_norm / norm) + 0.5))
    return clipped
