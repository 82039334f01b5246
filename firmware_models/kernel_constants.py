"""The constants that kernels read: raw integers, float32 numbers and tables, in NamedTuples that are passed by reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The fraction bits of a loss's gain and of 1 / temperature.
GAIN_BITS = np.int64(24)


class Arithmetic(NamedTuple):
    """The scalars of the LIF kernels. Formats are given by fraction bits and raw bounds; factors have 32 fraction bits."""

    steps: int
    # Whether each neuron has decay factors of its own, which are then in its population's arrays and not here.
    each: bool
    alpha: int
    beta: int
    threshold: int
    # From weight format to state format, to the left.
    weight_to_state_shift: int
    # From the product of a weight and an adjoint to error format, to the right.
    product_to_error_shift: int
    # From error format to adjoint format, to the left.
    error_to_adjoint_shift: int
    state_fraction: int
    state_low: int
    state_high: int
    adjoint_low: int
    adjoint_high: int
    error_low: int
    error_high: int
    stochastic: bool


class SoftmaxConstants(NamedTuple):
    """The scalars and tables of the loss. Those of the other kind of loss are 0, or tables without entries."""

    # Whether outputs are readouts, whose highest or average voltage answers.
    max_over_time: bool
    # Whether it is the average, which may be below rest and always learns.
    average: bool
    # The fraction bits of errors before they are narrowed: those of the error format plus error_shift.
    fraction: int
    error_low: int
    error_high: int
    # [outputs], the error per unit of probability, with GAIN_BITS fraction bits. For first spikes 1 / xi; for max over time
    # (1 - beta) / (1 - alpha) dt / tau_syn / temperature.
    gain: NDArray[np.int64]
    # [T + 1], for first spikes: exp(-d / xi) in s0.31
    exp_table: NDArray[np.int64]
    # [T + 1], for first spikes: a/b exp(t/b) with `fraction` bits
    label_table: NDArray[np.int64]
    # For max over time: the fraction bits of a voltage.
    state_fraction: int
    # For max over time: 1 / temperature with GAIN_BITS fraction bits.
    inverse_temperature: int


class OptimizerConstants(NamedTuple):
    """The constants of the optimizer, each rounded once from float64 to float32."""

    weight_decay: np.float32
    beta1: np.float32
    one_minus_beta1: np.float32
    beta2: np.float32
    one_minus_beta2: np.float32
    epsilon: np.float32
    momentum: np.float32
    raise_step: np.float32


class WeightFormat(NamedTuple):
    """How a float32 weight is rounded. Without `master`, the optimizer continues from the rounded weight."""

    fraction: int
    low: int
    high: int
    stochastic: bool
    master: bool
