"""Converts a scenario's numbers to the constants of the kernels: decay factors, formats, loss tables.

Times of losses are in steps; the gradient's tau_syn is in seconds (docs/reference/equations.md, Backward).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import exp_raw, factor_raw, parse_format, to_raw
from spinn2sim.scenario.keys import Scenario

GUARDS = {"none": 0, "push": 1, "raise_weights": 2, "rate": 3}
PUSH, RAISE, RATE = 1, 2, 3


class FloatConstants(NamedTuple):
    """The constants of the arithmetic "float64"."""

    steps: int
    # exp(-dt/tau_syn), 1 - alpha, exp(-dt/tau_mem), 1 - beta.
    alpha: float
    alpha_rest: float
    beta: float
    beta_rest: float
    threshold: float
    # Of the loss on first spikes; xi and b in steps.
    xi: float
    a: float
    b: float
    # In s.
    tau_syn: float
    guard: int
    guard_step: float
    # Of the max-over-time loss: the divisor of the maxima, and the kick of lV at a maximum, per unit of dL/dm * temperature.
    temperature: float
    kick: float


class FixedConstants(NamedTuple):
    """The constants of the arithmetic "fixed": factors are raw with 32 fraction bits, limits are raw, shifts are in bits."""

    steps: int
    alpha: int
    alpha_rest: int
    beta: int
    beta_rest: int
    threshold: int
    weight_low: int
    weight_high: int
    state_low: int
    state_high: int
    adjoint_low: int
    adjoint_high: int
    error_low: int
    error_high: int
    # Shifts between formats: to the left, to the right (of a product of weight and adjoint), to the left.
    weight_to_state_shift: int
    product_to_error_shift: int
    error_to_adjoint_shift: int
    # The fraction bits of the state and of the weight, and F = error fraction bits + error_shift.
    state_bits: int
    weight_bits: int
    loss_bits: int
    # [T + 1], E[d] in s0.31
    softmax: NDArray[np.int64]
    # round(2^24 / xi)
    inverse_xi: int
    # [T + 1], round(2^F a/b exp(t/b))
    label_term: NDArray[np.int64]
    guard: int
    # The gradient words that "push" takes off.
    push: int
    # The amount that "raise_weights" adds.
    guard_step: np.float32
    stochastic: bool
    # round(2^24 / temperature), round(2^24 kick)
    inverse_temperature: int
    kick: int


def _times(scenario: Scenario) -> tuple[float, float, float]:
    """Return xi, a and b of the loss on first spikes, in steps; with a readout, numbers that are not used."""
    return (1.0, 0.0, 1.0) if scenario.has_readout else scenario.loss.in_steps(scenario.network.dt_ms)


def _temperature(scenario: Scenario) -> tuple[float, float]:
    """Return (temperature, kick) of the max-over-time loss, with kick = (1 - beta) / (1 - alpha) dt / tau_syn / temperature."""
    net, temperature = scenario.network, scenario.loss.softmax_temperature
    gain = math.expm1(-net.dt_ms / net.tau_mem_ms) / math.expm1(-net.dt_ms / net.tau_syn_ms)
    return temperature, gain * (net.dt_ms / net.tau_syn_ms) / temperature


def float_constants(scenario: Scenario) -> FloatConstants:
    """Compute the constants of the equations in docs/reference/equations.md."""
    net, (xi, a, b) = scenario.network, _times(scenario)
    alpha, beta = math.exp(-net.dt_ms / net.tau_syn_ms), math.exp(-net.dt_ms / net.tau_mem_ms)
    return FloatConstants(
        net.steps, alpha, 1 - alpha, beta, 1 - beta, net.threshold, xi, a, b, net.tau_syn_ms / 1000,
        GUARDS[scenario.training.silent_guard], scenario.training.guard_step, *_temperature(scenario),
    )  # fmt: skip


def _nearest(x: float) -> int:
    return math.floor(x + 0.5)


def fixed_constants(scenario: Scenario) -> FixedConstants:
    """Compute the constants of docs/reference/equations.md, Fixed point on the chip."""
    net, num = scenario.network, scenario.numerics
    weight, state, adjoint, error = (parse_format(t) for t in (num.weight, num.state, num.adjoint, num.error))
    alpha, beta = factor_raw(math.exp(-net.dt_ms / net.tau_syn_ms)), factor_raw(math.exp(-net.dt_ms / net.tau_mem_ms))
    (xi, a, b), bits = _times(scenario), error.fraction + num.error_shift
    temperature, kick = _temperature(scenario)
    times = range(net.steps + 1)
    push = math.ldexp(scenario.training.guard_step, adjoint.fraction + num.error_shift) / (net.tau_syn_ms / 1000)
    return FixedConstants(
        net.steps, alpha, (1 << 32) - alpha, beta, (1 << 32) - beta, int(to_raw(net.threshold, state)),
        weight.low, weight.high, state.low, state.high, adjoint.low, adjoint.high, error.low, error.high,
        state.fraction - weight.fraction, weight.fraction + adjoint.fraction - error.fraction,
        adjoint.fraction - error.fraction, state.fraction, weight.fraction, bits,
        np.array([exp_raw(-d / xi) for d in times], np.int64), _nearest(math.ldexp(1 / xi, 24)),
        np.array([_nearest(math.ldexp(a / b * math.exp(t / b), bits)) for t in times], np.int64),
        GUARDS[scenario.training.silent_guard], _nearest(push), np.float32(scenario.training.guard_step), num.rounding == "stochastic",
        _nearest(math.ldexp(1 / temperature, 24)), _nearest(math.ldexp(kick, 24)),
    )  # fmt: skip
