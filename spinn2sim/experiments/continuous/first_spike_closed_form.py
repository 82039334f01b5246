"""First-spike times and their derivatives in closed form, for tau_mem = tau_syn and tau_mem = 2 tau_syn.

Goeltz et al. 2021 (doi:10.1038/s42256-021-00388-x), methods, for V without unit and rest at 0. With sums over the inputs before the spike

    tau_mem = tau_syn    a = sum w_i e^(t_i/tau), b = sum w_i t_i/tau e^(t_i/tau):    t/tau = b/a - W(z),   z = -threshold/a e^(b/a)
                         dt/dw_i = -(t - t_i) e^(t_i/tau) / (a (1 + W))
                         dt/dt_i = -w_i (t - t_i - tau)/tau e^(t_i/tau) / (a (1 + W))
    tau_mem = 2 tau_syn  a_1 = sum w_i e^(t_i/tau_syn), a_2 = sum w_i e^(t_i/tau_mem), r^2 = a_2^2 - 4 a_1 threshold:
                         t = tau_mem ln(2 a_1/(a_2 + r))
                         dt/dw_i = tau_mem (q e^(t_i/tau_syn) - e^(t_i/tau_mem)/r),   q = (1 + threshold/r e^(t/tau_mem))/a_1
                         dt/dt_i = w_i (2 q e^(t_i/tau_syn) - e^(t_i/tau_mem)/r)

As in the authors' training of their hardware, t in the derivatives is the observed spike time, and the sums use the host's
weights. Times are counted from the last input before the spike, so that no power of e is large. Where the nominal constants and the
weights say that the neuron cannot have fired (a or a_1 not positive, z below -1/e, r^2 negative), there is no gradient.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.circuits import Circuits, Floats
from spinn2sim.experiments.continuous.kernel_arrays import (
    CircuitArrays,
    CircuitConstants,
    SampleSpikes,
    SpikeArrays,
    circuit_arrays,
    circuit_of,
    refuse_misfit,
    refuse_wrong_g,
    spike_arrays,
    spikes_of_sample,
)
from spinn2sim.experiments.continuous.lambert import lambert_w
from spinn2sim.experiments.continuous.spike_adjoint import Gradient
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


REFUSAL = "first spikes have a closed form for tau_mem = tau_syn and tau_mem = 2 tau_syn alone"
RATIO_TOLERANCE = 1e-9  # relative error with which tau_mem / tau_syn counts as 1 or 2


def has_closed_form(tau_mem: Floats | float, tau_syn: Floats | float) -> bool:
    """Whether all circuits have tau_mem = tau_syn or tau_mem = 2 tau_syn."""
    ratio = np.asarray(tau_mem) / np.asarray(tau_syn)
    return bool(((np.abs(ratio - 1.0) <= RATIO_TOLERANCE) | (np.abs(ratio - 2.0) <= RATIO_TOLERANCE)).all())


@kernel
def sums_equal(inputs: SampleSpikes, causal: int, weights: Floats, tau: float) -> tuple[float, float]:
    """The sums a and b over the first `causal` inputs, with times counted from the last of them."""
    a, b = 0.0, 0.0
    for k in range(causal):
        t = (inputs.times[k] - inputs.times[causal - 1]) / tau
        term = weights[inputs.neurons[k]] * math.exp(t)
        a += term
        b += term * t
    return a, b


@kernel
def sums_double(inputs: SampleSpikes, causal: int, weights: Floats, circuit: CircuitConstants) -> tuple[float, float]:
    """The sums a_1 and a_2 over the first `causal` inputs, with times counted from the last of them."""
    a_1, a_2 = 0.0, 0.0
    for k in range(causal):
        t = inputs.times[k] - inputs.times[causal - 1]
        weight = weights[inputs.neurons[k]]
        a_1 += weight * math.exp(t / circuit.tau_syn)
        a_2 += weight * math.exp(t / circuit.tau_mem)
    return a_1, a_2


@kernel
def is_equal(circuit: CircuitConstants) -> bool:
    """Whether the circuit has tau_mem = tau_syn; otherwise it has tau_mem = 2 tau_syn."""
    return circuit.tau_mem < 1.5 * circuit.tau_syn


@kernel
def spike_time_after(inputs: SampleSpikes, causal: int, weights: Floats, circuit: CircuitConstants) -> float:
    """The spike time if there were only the first `causal` inputs, counted from the last of them; inf or nan if there is none."""
    if is_equal(circuit):
        a, b = sums_equal(inputs, causal, weights, circuit.tau_mem)
        if a <= 0.0:
            return math.inf
        return circuit.tau_mem * (b / a - lambert_w(-circuit.threshold / a * math.exp(b / a)))
    a_1, a_2 = sums_double(inputs, causal, weights, circuit)
    square = a_2 * a_2 - 4.0 * a_1 * circuit.threshold
    if a_1 <= 0.0 or square < 0.0:
        return math.inf
    return circuit.tau_mem * math.log(2.0 * a_1 / (a_2 + math.sqrt(square)))


@kernel
def first_spike(inputs: SampleSpikes, weights: Floats, circuit: CircuitConstants, t_end: float) -> float:
    """Find the first spike time of one neuron, or inf: the first spike that the inputs so far cause before the next input."""
    for causal in range(1, len(inputs.times) + 1):
        start: float = inputs.times[causal - 1]
        until = inputs.times[causal] if causal < len(inputs.times) else t_end
        wait = spike_time_after(inputs, causal, weights, circuit)
        if 0.0 <= wait <= until - start and start + wait < t_end:
            return start + wait
    return math.inf


@kernel
def fill_first_spikes(inputs: SpikeArrays, weights: Floats, circuits: CircuitArrays, t_end: float, out: Floats) -> None:
    """Compute the first spike times of all neurons of all samples: out (samples, neurons)."""
    for sample in range(len(out)):
        for neuron in range(len(weights)):
            circuit = circuit_of(circuits, sample, neuron)
            out[sample, neuron] = first_spike(spikes_of_sample(inputs, sample), weights[neuron], circuit, t_end)


def first_spike_times(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Floats:
    """Compute first spike times before `t_end` (seconds), (samples, neurons), inf where there is no spike; weights (n_out, n_in).

    Raises ValueError for circuits that have no closed form.
    """
    refuse_misfit(inputs, weights, circuits)
    if not has_closed_form(circuits.tau_mem, circuits.tau_syn):
        raise ValueError(REFUSAL)
    out = np.empty((inputs.samples, circuits.size))
    fill_first_spikes(spike_arrays(inputs), weights, circuit_arrays(circuits), t_end, out)
    return out


class SpikeDerivatives(NamedTuple):
    """Derivatives of one spike time with respect to the weight and the time of each input that came before it."""

    dw: Floats
    dt: Floats


@kernel
def fill_equal(
    inputs: SampleSpikes, causal: int, weights: Floats, circuit: CircuitConstants, t: float, out: SpikeDerivatives
) -> bool:
    """Compute the derivatives of a spike observed at `t` for tau_mem = tau_syn; False if there are none."""
    tau, last = circuit.tau_mem, inputs.times[causal - 1]
    a, b = sums_equal(inputs, causal, weights, tau)
    one_plus_w = 1.0 + lambert_w(-circuit.threshold / a * math.exp(b / a)) if a > 0.0 else 0.0
    if not one_plus_w > 0.0:
        return False
    for k in range(causal):
        share = math.exp((inputs.times[k] - last) / tau) / (a * one_plus_w)
        out.dw[k] = -(t - inputs.times[k]) * share
        out.dt[k] = -weights[inputs.neurons[k]] * (t - inputs.times[k] - tau) / tau * share
    return True


@kernel
def fill_double(
    inputs: SampleSpikes, causal: int, weights: Floats, circuit: CircuitConstants, t: float, out: SpikeDerivatives
) -> bool:
    """Compute the derivatives of a spike observed at `t` for tau_mem = 2 tau_syn; False if there are none."""
    last = inputs.times[causal - 1]
    a_1, a_2 = sums_double(inputs, causal, weights, circuit)
    square = a_2 * a_2 - 4.0 * a_1 * circuit.threshold
    if not (a_1 > 0.0 and square > 0.0):
        return False
    root = math.sqrt(square)
    q = (1.0 + circuit.threshold / root * math.exp((t - last) / circuit.tau_mem)) / a_1
    for k in range(causal):
        wait = inputs.times[k] - last
        synaptic, membrane = q * math.exp(wait / circuit.tau_syn), math.exp(wait / circuit.tau_mem) / root
        out.dw[k] = circuit.tau_mem * (synaptic - membrane)
        out.dt[k] = weights[inputs.neurons[k]] * (2.0 * synaptic - membrane)
    return True


@kernel
def fill_derivatives(
    inputs: SampleSpikes, weights: Floats, circuit: CircuitConstants, t: float, out: SpikeDerivatives
) -> int:
    """Compute the derivatives of a spike observed at `t`. Returns the number of inputs before it, or 0 if there is no derivative."""
    causal = int(np.searchsorted(inputs.times, t))
    if causal == 0:
        return 0
    if is_equal(circuit):
        exists = fill_equal(inputs, causal, weights, circuit, t, out)
    else:
        exists = fill_double(inputs, causal, weights, circuit, t, out)
    return causal if exists else 0


@kernel
def add_first_spike_gradients(
    inputs: SpikeArrays,
    own: SpikeArrays,
    weights: Floats,
    circuits: CircuitArrays,
    g: Floats,
    max_gradient: float,
    out: Gradient,
) -> None:
    """Add the gradient of each neuron's first spike to its row of weights, and the errors to the inputs before the spike."""
    derivatives = SpikeDerivatives(np.empty(len(inputs.times)), np.empty(len(inputs.times)))
    fired = np.empty(len(weights), np.bool_)
    for sample in range(len(inputs.offsets) - 1):
        given, errors = (
            spikes_of_sample(inputs, sample),
            out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]],
        )
        fired[:] = False
        for spike in range(own.offsets[sample], own.offsets[sample + 1]):
            neuron = own.neurons[spike]
            if fired[neuron]:
                continue
            fired[neuron] = True
            circuit = circuit_of(circuits, sample, neuron)
            causal = fill_derivatives(given, weights[neuron], circuit, own.times[spike], derivatives)
            too_steep = causal > 0 and abs(g[spike]) * np.abs(derivatives.dw[:causal]).max() > max_gradient
            for k in range(causal):
                errors[k] += g[spike] * derivatives.dt[k]
                if not too_steep:
                    out.weights[neuron, given.neurons[k]] += g[spike] * derivatives.dw[k]


def first_spike_gradient(
    inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, g: Floats, max_gradient: float = math.inf
) -> Gradient:
    """Compute weight gradient and errors of a layer from the first spike of each neuron; later spikes contribute nothing.

    `g` (spikes of `own`,) is dL/dt of each spike. The derivative of a grazing spike is unbounded: a neuron whose spike would give one
    of its weights a gradient above `max_gradient` contributes no weight gradient in that sample (max_dw_norm of the authors' code).
    Raises ValueError for circuits that have no closed form.
    """
    refuse_misfit(inputs, weights, circuits)
    if not has_closed_form(circuits.tau_mem, circuits.tau_syn):
        raise ValueError(REFUSAL)
    refuse_wrong_g(own, g)
    out = Gradient(np.zeros(weights.shape), np.zeros(len(inputs.times)))
    add_first_spike_gradients(
        spike_arrays(inputs), spike_arrays(own), weights, circuit_arrays(circuits), g, max_gradient, out
    )
    return out
