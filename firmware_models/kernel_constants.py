"""Constants that kernels read: raw integers, float32 numbers and tables, in NamedTuples that a kernel gets by reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Fraction bits of a loss's gain and of 1 / temperature.
GAIN_BITS = np.int64(24)


class Arithmetic(NamedTuple):
    """Scalars of the LIF kernels. Formats by their fraction bits and raw bounds; factors have 32 fraction bits."""

    steps: int
    alpha: int
    alpha_complement: int
    beta: int
    beta_complement: int
    threshold: int
    # Weight format to state format, to the left.
    weight_to_state_shift: int
    # Product of a weight and an adjoint to error format, to the right.
    product_to_error_shift: int
    # Error format to adjoint format, to the left.
    error_to_adjoint_shift: int
    state_fraction: int
    state_low: int
    state_high: int
    adjoint_low: int
    adjoint_high: int
    error_low: int
    error_high: int
    stochastic: bool
    # Silence guard "push": gradient words of a silent label neuron lose this.
    push: int


class SoftmaxConstants(NamedTuple):
    """Scalars and tables of the loss. What the other kind of loss needs is 0, or a table without entries."""

    max_over_time: bool
    # Fraction bits of errors before they are narrowed: those of the error format and error_shift.
    fraction: int
    error_low: int
    error_high: int
    # What an error is per unit of probability, with GAIN_BITS fraction bits. First spike: 1 / xi; max over time:
    # (1 - beta) / (1 - alpha) dt / tau_syn / temperature.
    gain: int
    # First spike: [T + 1], s0.31: exp(-d / xi)
    exp_table: NDArray[np.int64]
    # [T + 1]: a/b exp(t/b) with `fraction` bits
    label_table: NDArray[np.int64]
    # Max over time: fraction bits of a voltage.
    state_fraction: int
    # 1 / temperature with GAIN_BITS fraction bits.
    inverse_temperature: int


class OptimizerConstants(NamedTuple):
    """Constants of the optimizer, each a float64 rounded to float32 once."""

    # A gradient word times this is the gradient of the batch's mean loss, in SI units.
    scale: np.float32
    weight_decay: np.float32
    beta1: np.float32
    one_minus_beta1: np.float32
    beta2: np.float32
    one_minus_beta2: np.float32
    epsilon: np.float32
    momentum: np.float32
    raise_step: np.float32


class WeightFormat(NamedTuple):
    """How a float32 weight is rounded. Without a master the rounded weight is what the optimizer goes on with."""

    fraction: int
    low: int
    high: int
    stochastic: bool
    master: bool
