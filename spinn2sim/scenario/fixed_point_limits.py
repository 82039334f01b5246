"""Refuses Q formats, constants, guard amounts and weights of a scenario that the chip's fixed-point arithmetic cannot hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import FACTOR_BITS, parse_format
from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.scenario.entries import entry_name
from spinn2sim.scenario.keys import QUANTITIES, Numerics, Scenario
from spinn2sim.scenario.network_keys import Distribution

LABEL_TERM_BITS = 40
MIN_XI_STEPS = 1 / 64
GRADIENT_LIMIT = 2.0**60  # the largest amount in a gradient word, which is an int64


def bits(text: str, where: str) -> tuple[int, int]:
    """Return (integer bits, fraction bits) of a format such as s16.15. Raises ScenarioError unless it has 2 to 32 bits in all."""
    try:
        found = parse_format(text)
    except ValueError:
        raise ScenarioError(
            f"{where}: found {quoted(text)}, "
            "allowed is sI.F (sign, I integer, F fraction bits; 2 to 32 in all), such as s16.15"
        ) from None
    return found.integer, found.fraction


def refuse_formats(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError for the first rule of docs/reference/equations.md (fixed point) that does not hold."""
    numerics = scenario.numerics
    fraction = {name: bits(getattr(numerics, name), f"{file}: numerics.{name}")[1] for name in QUANTITIES}
    fw, fs, fa, fe = (fraction[name] for name in QUANTITIES)
    scaled = fe + numerics.error_shift
    rules = (
        (
            fw <= fs,
            f"weight {numerics.weight} has {fw} fraction bits, allowed is at most the {fs} of state {numerics.state}",
        ),
        (fs <= 28, f"state {numerics.state} has {fs} fraction bits, allowed is at most 28"),
        (
            fe <= fa,
            f"error {numerics.error} has {fe} fraction bits, allowed is at most the {fa} of adjoint {numerics.adjoint}",
        ),
        (
            fe <= fw + fa,
            f"error {numerics.error} has {fe} fraction bits, allowed is at most weight + adjoint = {fw + fa}",
        ),
        (
            scaled <= 30,
            f"error_shift {numerics.error_shift} and {fe} fraction bits of error make {scaled}, allowed is at most 30",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise ScenarioError(f"{file}: numerics: {message}")
    _refuse_constants(scenario, file, scaled)
    _refuse_rates(scenario, file)


def _refuse_rates(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError for a rate that is no spike at all in a batch, whose spikes are counted in whole numbers."""
    training = scenario.training
    for rate in training.rate_range or ():
        if 0 < rate * training.copies < 0.5:
            raise ScenarioError(
                f"{file}: training.rate_range: found {rate:g}, allowed with {training.copies} copies is 0 or at least "
                f"{0.5 / training.copies:g}, half a spike in a batch"
            )


def _refuse_constants(scenario: Scenario, file: str, scaled: int) -> None:
    network, loss, state = scenario.network, scenario.loss, scenario.numerics.state
    integer, fraction = bits(state, file)
    if not 2.0**-fraction <= network.threshold < 2.0**integer - 2.0 ** -(fraction + 1):
        raise ScenarioError(
            f"{file}: network.threshold: found {network.threshold}, allowed by numerics.state {state} is "
            f"{2.0**-fraction:g} to {2.0**integer - 2.0**-fraction:g}"
        )
    for times in _declared_times(scenario):
        refuse_times(scenario, times, f"{file}: ")
    if scenario.has_readout:
        return
    xi, a, _ = loss.in_steps(network.dt_ms)
    if xi < MIN_XI_STEPS:
        raise ScenarioError(
            f"{file}: loss.xi_ms: found {loss.xi_ms}, allowed is at least dt_ms / 64 = {network.dt_ms / 64:g}"
        )
    if a > 0 and _label_term_bits(scenario) >= LABEL_TERM_BITS - scaled:
        raise ScenarioError(
            f"{file}: loss: a = {a} and b_ms = {loss.b_ms} make a/b exp(T/b) too large for fixed point, "
            "allowed is a smaller a or a larger b_ms"
        )


class NeuronTimes(NamedTuple):
    """The time constants, in ms, of a population. `where` begins the names of their keys; `output`: whether its neurons answer."""

    where: str
    mem_ms: NDArray[np.float64]
    syn_ms: NDArray[np.float64]
    output: bool


def _declared_times(scenario: Scenario) -> Iterator[NeuronTimes]:
    """Yield the time constants that are numbers; those that are drawn are checked when they are."""
    network = scenario.network
    if not scenario.is_graph:
        yield NeuronTimes("network.", np.array([network.tau_mem_ms]), np.array([network.tau_syn_ms]), True)
    for index, population in enumerate(scenario.population or ()):
        if population.kind == "input":
            continue
        pair = (population.tau_mem_ms, network.tau_mem_ms), (population.tau_syn_ms, network.tau_syn_ms)
        mem, syn = (default if value is None else value for value, default in pair)
        mem_ms, syn_ms = (
            np.array([] if isinstance(value, Distribution) else [value], np.float64) for value in (mem, syn)
        )
        yield NeuronTimes(f"{entry_name('population', index, vars(population))}: ", mem_ms, syn_ms, False)


def refuse_times(scenario: Scenario, times: NeuronTimes, file: str) -> None:
    """Raise ScenarioError if fixed point cannot hold the decays of these time constants, or what depends on them."""
    dt_ms = scenario.network.dt_ms
    for key, taus in (("tau_mem_ms", times.mem_ms), ("tau_syn_ms", times.syn_ms)):
        with np.errstate(over="ignore"):  # of a quotient beyond float64, whose decay is 0
            raw = np.floor(np.ldexp(np.exp(-dt_ms / taus), FACTOR_BITS) + 0.5)
        wrong = taus[~((raw > 0) & (raw < 1 << FACTOR_BITS))]
        if len(wrong):
            raise ScenarioError(
                f"{file}{times.where}{key}: found {wrong[0]} with dt_ms {dt_ms}, "
                "allowed is a decay exp(-dt/tau) that 32 fraction bits tell from 0 and 1"
            )
    if scenario.has_readout and times.output:
        _refuse_temperature(scenario, times, file)
    if len(times.syn_ms):
        for tau_ms in {float(times.syn_ms.min()), float(times.syn_ms.max())}:
            _refuse_gradients(scenario, tau_ms, file)


def _refuse_temperature(scenario: Scenario, times: NeuronTimes, file: str) -> None:
    """Raise ScenarioError if 24 fraction bits cannot hold 1 / temperature, or the kick, which is about dt / tau_mem / temperature."""
    dt_ms, temperature = scenario.network.dt_ms, scenario.loss.softmax_temperature
    gains = np.expm1(-dt_ms / times.mem_ms) / np.expm1(-dt_ms / times.syn_ms)
    gains *= dt_ms / times.syn_ms
    low, high = max(1.0, float(gains.max())) / 64, min(1.0, float(gains.min())) * 2**16
    if not low <= temperature <= high:
        raise ScenarioError(
            f"{file}loss.temperature: found {temperature}, allowed in fixed point is {low:g} to {high:g} with these times"
        )


def _refuse_gradients(scenario: Scenario, tau_syn_ms: float, file: str) -> None:
    """Raise ScenarioError for an amount g whose gradient word, g B 2^fraction / tau_syn, is 0 or too large to be summed in an int64."""
    network, training, clip = scenario.network, scenario.training, scenario.optimizer.clip
    fraction = bits(scenario.numerics.adjoint, "numerics.adjoint")[1] + scenario.numerics.error_shift
    word = math.ldexp(1000.0 / tau_syn_ms, fraction)
    most = training.copies * (network.steps if training.silent_guard == "rate" else 1)
    guards = training.silent_guard in ("push", "rate")
    for key, value, times, used in (
        ("training.guard_step", training.guard_step, most, guards),
        ("optimizer.clip", clip or 0.0, training.copies, clip is not None),
    ):
        least, largest = 0.5 / word / (times if key == "optimizer.clip" else 1), GRADIENT_LIMIT / word / times
        if used and not least <= value < largest:
            raise ScenarioError(
                f"{file}{key}: found {value}, allowed by numerics.adjoint and error_shift is {least:g} to {largest:g}"
            )


def _label_term_bits(scenario: Scenario) -> float:
    """Compute log2 of a/b exp(T/b), with b in steps: the largest label term of the loss's derivative."""
    _, a, b = scenario.loss.in_steps(scenario.network.dt_ms)
    return math.log2(a) - math.log2(b) + scenario.network.steps / b * math.log2(math.e)


def weight_range(numerics: Numerics) -> tuple[float, float]:
    """Return the smallest and the largest weight that the weight format holds."""
    integer, fraction = bits(numerics.weight, "numerics.weight")
    return -math.ldexp(1, integer), math.ldexp(1, integer) - math.ldexp(1, -fraction)


def refuse_weights(
    scenario: Scenario, weights: Sequence[NDArray[np.float64]], where: str, names: Sequence[str] = ()
) -> None:
    """Raise ScenarioError if a weight is not finite or outside the weight format.

    `where` names the source of the weights, and `names` each matrix: by default weights_0, weights_1, ...
    """
    low, high = weight_range(scenario.numerics)
    for k, matrix in enumerate(weights):
        inside = (matrix >= low) & (matrix <= high)
        if not inside.all():
            raise ScenarioError(
                f"{where}: {names[k] if names else f'weights_{k}'} has {float(matrix[~inside].flat[0]):g}, "
                f"allowed by numerics.weight {scenario.numerics.weight} is {low:g} to {high:g}"
            )
