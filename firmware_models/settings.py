"""What the host compiles into the firmware of one run: factors, formats, tables and costs as raw integers; it holds no state.

All floats of a scenario end here (docs/reference/equations.md, Fixed point).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import FACTOR_BITS, QFormat, exp_raw, factor_raw, parse_format, to_raw

XI_BITS = 24  # fraction bits of 1 / xi, 1 / temperature and kick
WORD_LIMIT = 2.0**60


class Costs(NamedTuple):
    """Core cycles per operation; the reasoning for the defaults stands in cost.py."""

    tick: int
    packet: int
    send: int
    synapse: int
    neuron: int
    record: int
    adjoint: int
    jump: int
    error_synapse: int
    gradient_synapse: int
    clear_word: int
    dma: int
    exp: int
    divide: int
    round: int
    reduce_word: int
    adam_word: int
    sgd_word: int
    clip_word: int


class Arithmetic(NamedTuple):
    """Scalars of the LIF kernels. Formats by their fraction bits and raw bounds; factors have 32 fraction bits."""

    steps: int
    alpha: int
    alpha_complement: int
    beta: int
    beta_complement: int
    threshold: int
    weight_shift: int  # weight format -> state format
    error_shift_down: int  # product of weight and adjoint -> error format
    error_to_adjoint: int  # error format -> adjoint format
    state_fraction: int
    state_low: int
    state_high: int
    adjoint_low: int
    adjoint_high: int
    error_low: int
    error_high: int
    stochastic: bool
    push: int  # gradient words of a silent label neuron lose this


class Softmax(NamedTuple):
    """Scalars of the loss on highest voltages."""

    state_fraction: int
    fraction: int  # of the errors: error format and error_shift
    inverse_temperature: int  # XI_BITS fraction bits
    kick: int  # (1 - beta) / (1 - alpha) dt / tau_syn / temperature, XI_BITS fraction bits


@dataclass(frozen=True)
class Settings:
    """Everything that the programs need to know of a scenario."""

    arithmetic: Arithmetic
    costs: Costs
    weight: QFormat
    loss_fraction: int
    inverse_xi: int
    exp_table: NDArray[np.int64]  # [T + 1], s0.31: exp(-d / xi)
    label_table: NDArray[np.int64]  # [T + 1]: a/b exp(t/b) with loss_fraction bits
    softmax: Softmax | None  # the loss is on highest voltages, the output layer is a readout; None: first spikes
    adam: bool
    master: bool
    gradient_scale: float  # gradient word -> SI units of the batch's mean loss
    weight_decay: float
    beta1: float
    beta2: float
    epsilon: float
    momentum: float
    raise_step: float
    rate_pull: int  # gradient words per spike of a batch beyond the bounds; 0: no rate term
    rate_low: int  # spikes of a neuron in a batch
    rate_high: int
    clip: int  # no summed gradient word is larger; 0: no limit
    spikes_per_neuron: int
    send_counts: bool


def make_settings(scenario: Any) -> Settings:
    """The settings of a resolved scenario (any object with the scenario's fields). Raises ValueError where a number cannot be held."""
    net, loss, numerics, opt, train = (
        scenario.network, scenario.loss, scenario.numerics, scenario.optimizer, scenario.training,
    )  # fmt: skip
    formats = {q: parse_format(getattr(numerics, q)) for q in ("weight", "state", "adjoint", "error")}
    loss_fraction = formats["error"].fraction + numerics.error_shift
    softmax = _softmax(net, loss, formats["state"].fraction, loss_fraction) if loss.kind == "max_voltage" else None
    xi, a, b = (
        loss.in_steps(net.dt_ms) if softmax is None else (1.0, 0.0, 1.0)
    )  # a readout's firmware has no such tables
    times = range(net.steps + 1 if softmax is None else 0)
    word = 2.0 ** (formats["adjoint"].fraction + numerics.error_shift)
    tau_syn_s = net.tau_syn_ms / 1000
    push = train.guard_step * word / tau_syn_s if train.silent_guard == "push" else 0.0
    pull = train.guard_step * word / tau_syn_s if train.silent_guard == "rate" else 0.0
    low, high = train.rate_range or (0.0, 0.0)
    _refuse_float32(opt)
    _refuse_norm(opt)
    return Settings(
        arithmetic=_arithmetic(net, formats, numerics, _nearest(push, "training.guard_step")),
        costs=Costs(*(getattr(scenario.chip.cycles, name) for name in Costs._fields)),
        weight=formats["weight"],
        loss_fraction=loss_fraction,
        inverse_xi=_nearest(math.ldexp(1.0 / xi, XI_BITS), "loss.xi_ms"),
        exp_table=np.array([exp_raw(-d / xi) for d in times], np.int64),
        label_table=np.array([_label_term(a, b, t, loss_fraction) for t in times], np.int64),
        softmax=softmax,
        adam=opt.kind == "adam",
        master=opt.master,
        gradient_scale=tau_syn_s / (train.copies * word),
        weight_decay=opt.weight_decay,
        beta1=opt.beta1,
        beta2=opt.beta2,
        epsilon=opt.epsilon,
        momentum=opt.momentum,
        raise_step=train.guard_step if train.silent_guard == "raise_weights" else 0.0,
        rate_pull=_nearest(pull, "training.guard_step"),
        rate_low=_nearest(low * train.copies, "training.rate_range"),
        rate_high=_nearest(high * train.copies, "training.rate_range"),
        clip=_nearest((opt.clip or 0.0) * train.copies * word / tau_syn_s, "optimizer.clip"),
        spikes_per_neuron=scenario.mapping.spikes_per_neuron or net.steps,
        send_counts=train.silent_guard in ("raise_weights", "rate"),
    )  # fmt: skip


def _nearest(value: float, key: str) -> int:
    """To the nearest integer, ties up. Raises ValueError where an int64 with a few bits to spare does not hold it."""
    if not abs(value) < WORD_LIMIT:
        raise ValueError(f"{key} makes {value:g} in raw units; allowed is less than {WORD_LIMIT:g}")
    return math.floor(value + 0.5)


def _softmax(net: Any, loss: Any, state_fraction: int, fraction: int) -> Softmax:
    """The scalars of a loss with `kind = "max_voltage"`."""
    alpha_rest, beta_rest = (-math.expm1(-net.dt_ms / tau) for tau in (net.tau_syn_ms, net.tau_mem_ms))
    kick = beta_rest / alpha_rest * (net.dt_ms / net.tau_syn_ms) / loss.softmax_temperature
    inverse, raw = (
        _nearest(math.ldexp(x, XI_BITS), "loss.temperature") for x in (1.0 / loss.softmax_temperature, kick)
    )
    return Softmax(state_fraction, fraction, inverse, raw)


def _label_term(a: float, b: float, t: int, fraction: int) -> int:
    """a/b exp(t/b) with `fraction` bits, b in steps; exactly 0 where a is, however small b."""
    if a == 0:
        return 0
    try:
        value = math.ldexp(a / b * math.exp(t / b), fraction)
    except OverflowError:
        value = math.inf
    return _nearest(value, "loss.a or loss.b_ms")


def _refuse_float32(opt: Any) -> None:
    """Constants that float32 would make 1 or 0, so that Adam divides by 0. Raises ValueError."""
    for key in ("beta1", "beta2"):
        if np.float32(getattr(opt, key)) >= 1:
            raise ValueError(f"optimizer.{key} is {getattr(opt, key)!r}, which float32 rounds to 1; allowed is less")
    if np.float32(opt.epsilon) <= 0:
        raise ValueError(
            f"optimizer.epsilon is {opt.epsilon!r}, which float32 rounds to 0; allowed is at least 1.2e-38"
        )


def _refuse_norm(opt: Any) -> None:
    """Raises ValueError for a limit on the norm: no PE sees the gradients of all weights."""
    if opt.clip_norm is not None:
        raise ValueError(
            f"optimizer.clip_norm: found {opt.clip_norm}, allowed on the chip is none: each optimizer PE holds a part of "
            "the gradients and none knows the norm of all; optimizer.clip limits each one, train takes clip_norm"
        )


def _arithmetic(net: Any, formats: dict[str, QFormat], numerics: Any, push: int) -> Arithmetic:
    """The scalars of the LIF kernels."""
    weight, state, adjoint, error = (formats[q] for q in ("weight", "state", "adjoint", "error"))
    alpha = factor_raw(math.exp(-net.dt_ms / net.tau_syn_ms))
    beta = factor_raw(math.exp(-net.dt_ms / net.tau_mem_ms))
    return Arithmetic(
        steps=net.steps,
        alpha=alpha,
        alpha_complement=(1 << FACTOR_BITS) - alpha,
        beta=beta,
        beta_complement=(1 << FACTOR_BITS) - beta,
        threshold=int(to_raw(net.threshold, state)),
        weight_shift=state.fraction - weight.fraction,
        error_shift_down=weight.fraction + adjoint.fraction - error.fraction,
        error_to_adjoint=adjoint.fraction - error.fraction,
        state_fraction=state.fraction,
        state_low=state.low,
        state_high=state.high,
        adjoint_low=adjoint.low,
        adjoint_high=adjoint.high,
        error_low=error.low,
        error_high=error.high,
        stochastic=numerics.rounding == "stochastic",
        push=push,
    )
