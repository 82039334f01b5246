"""A scenario's numbers as the kernels take them: decay factors, formats, loss tables; it never holds a weight.

Losses count in steps, tau_syn of the gradient is in seconds (docs/equations.md, Backward).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import exp_raw, factor_raw, parse_format, to_raw
from spinn2sim.spec.scenario import Scenario

GUARDS = {"none": 0, "push": 1, "raise_weights": 2, "rate": 3}
PUSH, RAISE, RATE = 1, 2, 3


class FloatConstants(NamedTuple):
    """Arithmetic float64."""

    steps: int
    alpha: float  # exp(-dt/tau_syn)
    alpha_rest: float  # 1 - alpha
    beta: float  # exp(-dt/tau_mem)
    beta_rest: float
    threshold: float
    xi: float  # steps
    a: float
    b: float  # steps
    tau_syn: float  # s
    guard: int
    guard_step: float


class FixedConstants(NamedTuple):
    """Arithmetic fixed: factors are raw with 32 fraction bits, limits are raw, shifts are bits."""

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
    weight_up: int  # weight to state format: shift left
    error_down: int  # product of weight and adjoint to error format: shift right
    error_up: int  # error to adjoint format: shift left
    state_bits: int  # fraction bits of the state
    weight_bits: int  # fraction bits of the weight
    loss_bits: int  # F = error fraction bits + error_shift
    softmax: NDArray[np.int64]  # [T + 1] E[d], s0.31
    inverse_xi: int  # round(2^24 / xi)
    label_term: NDArray[np.int64]  # [T + 1] round(2^F a/b exp(t/b))
    guard: int
    push: int  # gradient words of "push"
    stochastic: bool


def float_constants(scenario: Scenario) -> FloatConstants:
    """The constants of docs/equations.md's equations."""
    net, loss = scenario.network, scenario.loss
    alpha, beta = math.exp(-net.dt_ms / net.tau_syn_ms), math.exp(-net.dt_ms / net.tau_mem_ms)
    return FloatConstants(
        net.steps, alpha, 1 - alpha, beta, 1 - beta, net.threshold, loss.xi_ms / net.dt_ms, loss.a,
        loss.b_ms / net.dt_ms, net.tau_syn_ms / 1000, GUARDS[scenario.training.silent_guard], scenario.training.guard_step,
    )  # fmt: skip


def _nearest(x: float) -> int:
    return math.floor(x + 0.5)


def fixed_constants(scenario: Scenario) -> FixedConstants:
    """The constants of docs/design.md, Fixed point."""
    net, loss, num = scenario.network, scenario.loss, scenario.numerics
    weight, state, adjoint, error = (parse_format(t) for t in (num.weight, num.state, num.adjoint, num.error))
    alpha, beta = factor_raw(math.exp(-net.dt_ms / net.tau_syn_ms)), factor_raw(math.exp(-net.dt_ms / net.tau_mem_ms))
    xi, b, bits = loss.xi_ms / net.dt_ms, loss.b_ms / net.dt_ms, error.fraction + num.error_shift
    times = range(net.steps + 1)
    push = math.ldexp(scenario.training.guard_step, adjoint.fraction + num.error_shift) / (net.tau_syn_ms / 1000)
    return FixedConstants(
        net.steps, alpha, (1 << 32) - alpha, beta, (1 << 32) - beta, int(to_raw(net.threshold, state)),
        weight.low, weight.high, state.low, state.high, adjoint.low, adjoint.high, error.low, error.high,
        state.fraction - weight.fraction, weight.fraction + adjoint.fraction - error.fraction,
        adjoint.fraction - error.fraction, state.fraction, weight.fraction, bits,
        np.array([exp_raw(-d / xi) for d in times], np.int64), _nearest(math.ldexp(1 / xi, 24)),
        np.array([_nearest(math.ldexp(loss.a / b * math.exp(t / b), bits)) for t in times], np.int64),
        GUARDS[scenario.training.silent_guard], _nearest(push), num.rounding == "stochastic",
    )  # fmt: skip
