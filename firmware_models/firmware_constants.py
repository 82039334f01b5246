"""The constants that the host compiles into the firmware of one run: factors, formats, tables and costs as raw integers.

All floats of a run's options are converted here (docs/reference/equations.md, Fixed point).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from firmware_models.cost import Costs, with_refill
from firmware_models.firmware_options import (
    FirmwareOptions,
    FirstSpikeOptions,
    MaxOverTimeOptions,
    NeuronOptions,
    NumericsOptions,
    OptimizerOptions,
)
from firmware_models.kernel_constants import GAIN_BITS, Arithmetic, OptimizerConstants, SoftmaxConstants, WeightFormat
from firmware_models.qformat import exp_raw, factor_raw, to_raw
from firmware_models.words import Int64s

WORD_LIMIT = 2.0**60
MOST_STEPS = 4096


@dataclass(frozen=True)
class WordBytes:
    """Bytes of SRAM per word of a quantity."""

    weight: int
    state: int
    adjoint: int
    error: int


class NeuronConstants(NamedTuple):
    """What depends on the time constants of a neuron."""

    # Decay factors with 32 fraction bits.
    alpha: int
    beta: int
    # What the guard "push" takes off the gradient words of a silent label neuron; 0: no such guard.
    push: int
    # The gradient words of the guard "rate" for each spike of a batch beyond the bounds; 0: no such guard.
    rate_penalty: int
    # The largest magnitude of a summed gradient word; 0: no limit.
    clip: int
    # A gradient word of a weight times this is the gradient of the batch's mean loss, in SI units.
    weight_scale: np.float32
    # The loss's error per unit of probability, with GAIN_BITS fraction bits.
    loss_gain: int


@dataclass(frozen=True)
class FirmwareConstants:
    """Everything that the programs of one run are built from."""

    options: FirmwareOptions
    arithmetic: Arithmetic
    # Those of the network's time constants; populations may have others.
    neuron: NeuronConstants
    # A gradient word of a delay times this is the gradient of the batch's mean loss per step.
    delay_scale: np.float32
    costs: Costs
    word_bytes: WordBytes
    weight_format: WeightFormat
    loss: SoftmaxConstants
    optimizer: OptimizerConstants
    # [T], c_i = exp(-i / T) / T with 32 fraction bits for the loss on average voltages; otherwise empty.
    average: Int64s
    # Delays are whole steps on the PEs and float32 in the optimizer; no weight decay and no guard acts on them.
    delay_format: WeightFormat
    delay_optimizer: OptimizerConstants
    adam: bool
    # The least and the most spikes of a neuron in a batch.
    rate_low: int
    rate_high: int
    spikes_per_neuron: int
    # Whether spike counts are sent with the gradients.
    send_counts: bool


def make_constants(options: FirmwareOptions) -> FirmwareConstants:
    """Compute the constants of a run. Raises ValueError if a number cannot be held, with the scenario key that it comes from."""
    numerics, guard, optimizer, copies = options.numerics, options.guard, options.optimizer, options.copies
    error_word = 2.0 ** (numerics.error.fraction + numerics.error_shift)
    neuron = neuron_constants(options, options.neuron.tau_mem_ms, options.neuron.tau_syn_ms)
    low, high = guard.rate_range
    raise_step = guard.step if guard.kind == "raise_weights" else 0.0
    return FirmwareConstants(
        options=options,
        arithmetic=_arithmetic(options.neuron, numerics, neuron),
        neuron=neuron,
        delay_scale=np.float32(1.0 / (copies * error_word)),
        costs=with_refill(options.costs),
        word_bytes=WordBytes(
            numerics.weight.word_bytes,
            numerics.state.word_bytes,
            numerics.adjoint.word_bytes,
            numerics.error.word_bytes,
        ),
        weight_format=WeightFormat(
            numerics.weight.fraction, numerics.weight.low, numerics.weight.high, numerics.stochastic, optimizer.master
        ),
        loss=_loss(options.loss, options.neuron, numerics, neuron.loss_gain),
        optimizer=_optimizer(optimizer, raise_step),
        average=_average(options.loss, options.neuron.steps),
        delay_format=WeightFormat(0, 0, MOST_STEPS, False, True),
        delay_optimizer=_optimizer(replace(optimizer, weight_decay=0.0), 0.0),
        adam=optimizer.adam,
        rate_low=_nearest(low * copies, "training.rate_range"),
        rate_high=_nearest(high * copies, "training.rate_range"),
        spikes_per_neuron=options.spikes_per_neuron,
        send_counts=guard.kind in ("raise_weights", "rate"),
    )


def neuron_constants(options: FirmwareOptions, tau_mem_ms: float, tau_syn_ms: float) -> NeuronConstants:
    """Compute what depends on a neuron's time constants. Raises ValueError if a number cannot be held, with the scenario key."""
    numerics, guard, dt_ms, tau_syn_s = options.numerics, options.guard, options.neuron.dt_ms, tau_syn_ms / 1000
    word = 2.0 ** (numerics.adjoint.fraction + numerics.error_shift)
    guard_words = guard.step * word / tau_syn_s
    return NeuronConstants(
        alpha=factor_raw(math.exp(-dt_ms / tau_syn_ms)),
        beta=factor_raw(math.exp(-dt_ms / tau_mem_ms)),
        push=_nearest(guard_words if guard.kind == "push" else 0.0, "training.guard_step"),
        rate_penalty=_nearest(guard_words if guard.kind == "rate" else 0.0, "training.guard_step"),
        clip=_nearest(options.optimizer.clip * options.copies * word / tau_syn_s, "optimizer.clip"),
        weight_scale=np.float32(tau_syn_s / (options.copies * word)),
        loss_gain=_loss_gain(options.loss, dt_ms, tau_mem_ms, tau_syn_ms),
    )


def _loss_gain(loss: FirstSpikeOptions | MaxOverTimeOptions, dt_ms: float, tau_mem_ms: float, tau_syn_ms: float) -> int:
    """Compute the error per unit of probability, with GAIN_BITS fraction bits."""
    if isinstance(loss, FirstSpikeOptions):
        return _nearest(math.ldexp(1.0 / (loss.xi_ms / dt_ms), int(GAIN_BITS)), "loss.xi_ms")
    alpha_rest, beta_rest = (-math.expm1(-dt_ms / tau) for tau in (tau_syn_ms, tau_mem_ms))
    gain = beta_rest / alpha_rest * (dt_ms / tau_syn_ms) / loss.temperature
    return _nearest(math.ldexp(gain, int(GAIN_BITS)), "loss.temperature")


def _average(loss: FirstSpikeOptions | MaxOverTimeOptions, steps: int) -> Int64s:
    """Compute the share of each step in an average voltage, exp(-i / T) / T with 32 fraction bits; nothing for another loss."""
    if isinstance(loss, FirstSpikeOptions) or not loss.average:
        return np.zeros(0, np.int64)
    shares = (math.ldexp(math.exp(-i / steps) / steps, 32) for i in range(steps))
    return np.array([_nearest(share, "network.steps") for share in shares], np.int64)


def _nearest(value: float, key: str) -> int:
    """Round to the nearest integer, ties up. Raises ValueError if the result does not fit into an int64 with a few bits to spare."""
    if not abs(value) < WORD_LIMIT:
        raise ValueError(f"{key} makes {value:g} in raw units; allowed is less than {WORD_LIMIT:g}")
    return math.floor(value + 0.5)


def _arithmetic(neuron: NeuronOptions, numerics: NumericsOptions, own: NeuronConstants) -> Arithmetic:
    """Compute the scalars of the LIF kernels."""
    weight, state, adjoint, error = numerics.weight, numerics.state, numerics.adjoint, numerics.error
    return Arithmetic(
        steps=neuron.steps,
        each=False,
        alpha=own.alpha,
        beta=own.beta,
        threshold=int(to_raw(neuron.threshold, state)),
        weight_to_state_shift=state.fraction - weight.fraction,
        product_to_error_shift=weight.fraction + adjoint.fraction - error.fraction,
        error_to_adjoint_shift=adjoint.fraction - error.fraction,
        state_fraction=state.fraction,
        state_low=state.low,
        state_high=state.high,
        adjoint_low=adjoint.low,
        adjoint_high=adjoint.high,
        error_low=error.low,
        error_high=error.high,
        stochastic=numerics.stochastic,
    )


def _loss(
    loss: FirstSpikeOptions | MaxOverTimeOptions, neuron: NeuronOptions, numerics: NumericsOptions, gain: int
) -> SoftmaxConstants:
    """Compute the scalars and tables of the loss."""
    error = numerics.error
    fraction = error.fraction + numerics.error_shift
    nothing, gains = np.zeros(0, np.int64), np.array([gain], np.int64)
    empty = SoftmaxConstants(False, False, fraction, error.low, error.high, gains, nothing, nothing, 0, 0)
    if isinstance(loss, MaxOverTimeOptions):
        inverse = _nearest(math.ldexp(1.0 / loss.temperature, int(GAIN_BITS)), "loss.temperature")
        return empty._replace(
            max_over_time=True,
            average=loss.average,
            state_fraction=numerics.state.fraction,
            inverse_temperature=inverse,
        )
    xi, b = loss.xi_ms / neuron.dt_ms, loss.b_ms / neuron.dt_ms
    times = range(neuron.steps + 1)
    return empty._replace(
        exp_table=np.array([exp_raw(-d / xi) for d in times], np.int64),
        label_table=np.array([_label_term(loss.a, b, t, fraction) for t in times], np.int64),
    )


def _label_term(a: float, b: float, t: int, fraction: int) -> int:
    """Compute a/b exp(t/b) with `fraction` bits, b in steps; exactly 0 if a is 0, however small b is."""
    if a == 0:
        return 0
    try:
        value = math.ldexp(a / b * math.exp(t / b), fraction)
    except OverflowError:
        value = math.inf
    return _nearest(value, "loss.a or loss.b_ms")


def _optimizer(options: OptimizerOptions, raise_step: float) -> OptimizerConstants:
    """Compute the float32 constants. Raises ValueError for one that becomes 1 or 0 in float32, so that Adam would divide by 0."""
    for key, value in (("beta1", options.beta1), ("beta2", options.beta2)):
        if np.float32(value) >= 1:
            raise ValueError(f"optimizer.{key} is {value!r}, which float32 rounds to 1; allowed is less")
    if np.float32(options.epsilon) <= 0:
        raise ValueError(
            f"optimizer.epsilon is {options.epsilon!r}, which float32 rounds to 0; allowed is at least 1.2e-38"
        )
    f = np.float32
    return OptimizerConstants(
        weight_decay=f(options.weight_decay),
        beta1=f(options.beta1),
        one_minus_beta1=f(1.0 - options.beta1),
        beta2=f(options.beta2),
        one_minus_beta2=f(1.0 - options.beta2),
        epsilon=f(options.epsilon),
        momentum=f(options.momentum),
        raise_step=f(raise_step),
    )
