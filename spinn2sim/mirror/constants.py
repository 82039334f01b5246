"""Converts a scenario's numbers and a graph's time constants to the constants of the kernels: decay factors, formats, loss tables.

Constants of neurons are arrays over all neurons but the inputs, by the positions of Layout.neuron_at. Times of losses are in steps; the
gradient's tau_syn is in seconds (docs/reference/equations.md, Backward).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import exp_raw, factor_raw, parse_format, to_raw
from spinn2sim.graph import Graph
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
GUARDS = {"none": 0, "push": 1, "raise_weights": 2, "rate": 3}
PUSH, RAISE, RATE = 1, 2, 3


class FloatConstants(NamedTuple):
    """The constants of the arithmetic "float64"."""

    steps: int
    # [neurons]: exp(-dt/tau_syn), 1 - alpha, exp(-dt/tau_mem), 1 - beta.
    alpha: Floats
    alpha_rest: Floats
    beta: Floats
    beta_rest: Floats
    # [neurons], in s
    tau_syn: Floats
    # [P], whether all neurons of a population have the same time constants
    alike: Bools
    threshold: float
    # Of the loss on first spikes; xi and b in steps.
    xi: float
    a: float
    b: float
    guard: int
    guard_step: float
    # Of the max-over-time loss: the divisor of the maxima, and [n_out], the kick of lV at a maximum, per unit of dL/dm * temperature.
    temperature: float
    kick: Floats
    # [T], c_i of the loss on average voltages; empty for another loss
    average: Floats


class FixedConstants(NamedTuple):
    """The constants of the arithmetic "fixed": factors are raw with 32 fraction bits, limits are raw, shifts are in bits."""

    steps: int
    # [neurons]
    alpha: Ints
    alpha_rest: Ints
    beta: Ints
    beta_rest: Ints
    # [P], whether all neurons of a population have the same time constants
    alike: Bools
    threshold: int
    weight_low: int
    weight_high: int
    state_low: int
    state_high: int
    adjoint_low: int
    adjoint_high: int
    error_low: int
    error_high: int
    # Whether all of 1 - alpha and 1 - beta are below 1/2 and products are rounded to nearest, so that short products do (quick_rounding);
    # what spikes times the largest weight may come to, and what an adjoint may come to, before anything can clip.
    quick: bool
    state_room: int
    adjoint_room: int
    # Shifts between formats: to the left, to the right (of a product of weight and adjoint), to the left.
    weight_to_state_shift: int
    product_to_error_shift: int
    error_to_adjoint_shift: int
    # The fraction bits of the state and of the weight, and F = error fraction bits + error_shift.
    state_bits: int
    weight_bits: int
    loss_bits: int
    # [T + 1], E[d] in s0.31
    softmax: Ints
    # round(2^24 / xi)
    inverse_xi: int
    # [T + 1], round(2^F a/b exp(t/b))
    label_term: Ints
    guard: int
    # [n_out], the gradient words that "push" takes off.
    push: Ints
    # The amount that "raise_weights" adds.
    guard_step: np.float32
    stochastic: bool
    # round(2^24 / temperature); [n_out], round(2^24 kick)
    inverse_temperature: int
    kick: Ints
    # [T], round(2^32 c_i) of the loss on average voltages; empty for another loss
    average: Ints


def _times(scenario: Scenario) -> tuple[float, float, float]:
    """Return xi, a and b of the loss on first spikes, in steps; with a readout, numbers that are not used."""
    return (1.0, 0.0, 1.0) if scenario.has_readout else scenario.loss.in_steps(scenario.network.dt_ms)


def time_constants(graph: Graph) -> tuple[list[float], list[float]]:
    """Return (tau_mem, tau_syn) in ms of each neuron of every population but the inputs."""
    mem: list[float] = []
    syn: list[float] = []
    for population in graph.populations:
        if population.kind != "input":
            for found, tau in ((mem, population.tau_mem_ms), (syn, population.tau_syn_ms)):
                found.extend(tau if isinstance(tau, tuple) else [tau] * population.size)
    return mem, syn


def _alike(graph: Graph) -> Bools:
    """Return for each population whether all its neurons have the same time constants."""
    return np.array([len(p.time_constants) <= 1 for p in graph.populations], np.bool_)


def output_times(graph: Graph) -> tuple[list[float], list[float]]:
    """Return (tau_mem, tau_syn) in ms of each output neuron."""
    first = sum(p.size for p in graph.populations[: graph.output] if p.kind != "input")
    last = first + graph.populations[graph.output].size
    mem, syn = time_constants(graph)
    return mem[first:last], syn[first:last]


def kick_gain(dt_ms: float, tau_mem_ms: float, tau_syn_ms: float) -> float:
    """Return kappa = (1 - beta) / (1 - alpha) dt / tau_syn, by which the adjoint of a readout is larger than dL/dV."""
    return math.expm1(-dt_ms / tau_mem_ms) / math.expm1(-dt_ms / tau_syn_ms) * (dt_ms / tau_syn_ms)


def _kicks(scenario: Scenario, graph: Graph) -> list[float]:
    """Return kappa / temperature of each output."""
    dt, temperature = scenario.network.dt_ms, scenario.loss.softmax_temperature
    return [kick_gain(dt, mem, syn) / temperature for mem, syn in zip(*output_times(graph), strict=True)]


def _averages(scenario: Scenario) -> list[float]:
    """Return c_i = exp(-i / T) / T of each step with the loss on average voltages, otherwise nothing."""
    steps = scenario.network.steps
    return [math.exp(-i / steps) / steps for i in range(steps)] if scenario.loss.kind == AVERAGE_VOLTAGE else []


def _decays(dt_ms: float, taus: list[float]) -> list[float]:
    """Return exp(-dt / tau) of each neuron."""
    known = {tau: math.exp(-dt_ms / tau) for tau in set(taus)}
    return [known[tau] for tau in taus]


def float_constants(scenario: Scenario, graph: Graph) -> FloatConstants:
    """Compute the constants of the equations in docs/reference/equations.md and networks.md."""
    net, (xi, a, b), (mem, syn) = scenario.network, _times(scenario), time_constants(graph)
    alpha, beta = np.array(_decays(net.dt_ms, syn)), np.array(_decays(net.dt_ms, mem))
    return FloatConstants(
        net.steps, alpha, 1 - alpha, beta, 1 - beta, np.array(syn) / 1000, _alike(graph), net.threshold, xi, a, b,
        GUARDS[scenario.training.silent_guard], scenario.training.guard_step, scenario.loss.softmax_temperature,
        np.array(_kicks(scenario, graph)), np.array(_averages(scenario)),
    )  # fmt: skip


def nearest(x: float) -> int:
    """Return the nearest whole number, ties up."""
    return math.floor(x + 0.5)


def _words(numbers: Iterable[float]) -> Ints:
    """Return the nearest whole numbers."""
    return np.array([nearest(x) for x in numbers], np.int64)


def fixed_constants(scenario: Scenario, graph: Graph) -> FixedConstants:
    """Compute the constants of docs/reference/equations.md, Fixed point on the chip."""
    net, num, (mem, syn) = scenario.network, scenario.numerics, time_constants(graph)
    weight, state, adjoint, error = (parse_format(t) for t in (num.weight, num.state, num.adjoint, num.error))
    alpha, beta = (np.array([factor_raw(x) for x in _decays(net.dt_ms, taus)], np.int64) for taus in (syn, mem))
    (xi, a, b), bits = _times(scenario), error.fraction + num.error_shift
    nearest_only = num.rounding == "nearest"
    quick = nearest_only and bool(min(*alpha, *beta) > 1 << 31)
    times = range(net.steps + 1)
    push = math.ldexp(scenario.training.guard_step, adjoint.fraction + num.error_shift)
    return FixedConstants(
        net.steps, alpha, (1 << 32) - alpha, beta, (1 << 32) - beta, _alike(graph), int(to_raw(net.threshold, state)),
        weight.low, weight.high, state.low, state.high, adjoint.low, adjoint.high, error.low, error.high,
        quick, (state.high - 2 * net.steps - 2) >> (state.fraction - weight.fraction), min(adjoint.high, 1 << 30) - 2,
        state.fraction - weight.fraction, weight.fraction + adjoint.fraction - error.fraction,
        adjoint.fraction - error.fraction, state.fraction, weight.fraction, bits,
        np.array([exp_raw(-d / xi) for d in times], np.int64), nearest(math.ldexp(1 / xi, 24)),
        _words(math.ldexp(a / b * math.exp(t / b), bits) for t in times),
        GUARDS[scenario.training.silent_guard], _words(push / (tau / 1000) for tau in output_times(graph)[1]),
        np.float32(scenario.training.guard_step), not nearest_only,
        nearest(math.ldexp(1 / scenario.loss.softmax_temperature, 24)),
        _words(math.ldexp(kick, 24) for kick in _kicks(scenario, graph)),
        _words(math.ldexp(share, 32) for share in _averages(scenario)),
    )  # fmt: skip
