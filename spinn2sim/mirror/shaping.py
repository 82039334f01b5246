"""What changes a batch's gradient before the optimizer steps: rate term, then clipping, in both arithmetics; it never moves a weight.

Rate term (docs/reference/equations.md): R = guard_step / 2 sum_j ((low - r_j)+^2 + (r_j - high)+^2) over the mean spike
counts r_j, with dr_j/dw = 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from firmware_models.qformat import parse_format
from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.layout import Layout
from spinn2sim.scenario.keys import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class FloatShaping(NamedTuple):
    """In units of the gradient; infinity where nothing is limited."""

    pull: float  # gradient per mean spike too many or too few; 0: no rate term
    low: float  # spikes per sample
    high: float
    samples: int  # of a batch
    clip: float
    clip_norm: float


class FixedShaping(NamedTuple):
    """In gradient words and whole spikes per batch; 0 where there is none."""

    pull: int  # gradient words per spike of the batch too many or too few
    low: int
    high: int
    clip: int
    clip_norm: float


def float_shaping(scenario: Scenario, batch_size: int) -> FloatShaping:
    """The scenario's, for batches of `batch_size` samples."""
    t, o = scenario.training, scenario.optimizer
    low, high = t.rate_range or (0.0, 0.0)
    pull = t.guard_step if t.silent_guard == "rate" else 0.0
    return FloatShaping(pull, low, high, batch_size, o.clip or math.inf, o.clip_norm or math.inf)


def fixed_shaping(scenario: Scenario, batch_size: int) -> FixedShaping:
    """The same in gradient words: a gradient g is the word g B 2^(fa + error_shift) / tau_syn."""
    t, o, num = scenario.training, scenario.optimizer, scenario.numerics
    low, high = t.rate_range or (0.0, 0.0)
    scale = math.ldexp(1.0, parse_format(num.adjoint).fraction + num.error_shift) / (scenario.network.tau_syn_ms / 1000)
    pull = t.guard_step if t.silent_guard == "rate" else 0.0
    return FixedShaping(
        _nearest(pull * scale), _nearest(low * batch_size), _nearest(high * batch_size),
        _nearest((o.clip or 0.0) * batch_size * scale), (o.clip_norm or 0.0) * batch_size * scale,
    )  # fmt: skip


def _nearest(x: float) -> int:
    return math.floor(x + 0.5)


@kernel
def pull_rates(layout: Layout, rates: Any, low: Any, high: Any, pull: Any, grad: Any) -> None:
    """Adds the rate term to grad [words] for the spikes of each neuron, rates [neurons]."""
    for layer in range(1, layout.sizes.size - layout.readout):
        n, at = layout.sizes[layer], layout.weight_at[layer]
        for j in range(n):
            r = rates[layout.neuron_at[layer] + j]
            excess = max(0, r - high) - max(0, low - r)
            if excess != 0:
                for source in range(layout.sizes[layer - 1]):
                    grad[at + source * n + j] += pull * excess


@kernel
def clip_words(limit: Any, grad: Any) -> Word:
    """Holds grad [words] within +-limit. Returns how many were held."""
    held = np.int64(0)
    for k in range(grad.size):
        kept = min(max(grad[k], -limit), limit)
        held += np.int64(kept != grad[k])
        grad[k] = kept
    return held


@kernel
def float_shape(s: FloatShaping, layout: Layout, counts: Ints, grad: Floats) -> Word:
    """Changes grad [words]; counts [neurons] are the batch's spikes of steps 0 .. T-2. Returns how many words (clip) or norms were held."""
    if s.pull != 0:
        pull_rates(layout, counts / s.samples, s.low, s.high, s.pull, grad)
    held = np.int64(0)
    if s.clip < math.inf:
        held += clip_words(s.clip, grad)
    if s.clip_norm < math.inf:
        norm = math.sqrt(np.sum(grad * grad))
        if norm > s.clip_norm:
            held += 1
            for k in range(grad.size):
                grad[k] *= s.clip_norm / norm
    return held


@kernel
def fixed_shape(s: FixedShaping, layout: Layout, counts: Ints, grad: Ints) -> Word:
    """The same on int64 words. The norm is float64's, and each word is rounded to nearest, ties up, after its scaling."""
    if s.pull != 0:
        pull_rates(layout, counts, s.low, s.high, s.pull, grad)
    held = np.int64(0)
    if s.clip > 0:
        held += clip_words(s.clip, grad)
    if s.clip_norm > 0:
        total = 0.0
        for k in range(grad.size):
            total += np.float64(grad[k]) * np.float64(grad[k])
        norm = math.sqrt(total)
        if norm > s.clip_norm:
            held += 1
            for k in range(grad.size):
                grad[k] = np.int64(math.floor(grad[k] * (s.clip_norm / norm) + 0.5))
    return held
