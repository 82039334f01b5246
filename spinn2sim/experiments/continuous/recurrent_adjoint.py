"""The adjoint of a recurrent layer in continuous time, computed from spike times: gradients of both weight matrices, errors of the input.

The equations are those of `spike_adjoint`, but a spike of the layer is also its input, `delay` later. Its g therefore comes from the layer
above and from the layer itself (Wunderlich & Pehle 2021, Table 1):

    where spike k acts   dW_rec -= tau_syn lI,   g_k += W_rec^T (lV - lI)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.circuits import Circuits, Floats
from spinn2sim.experiments.continuous.kernel_arrays import (
    CircuitArrays,
    SampleSpikes,
    SpikeArrays,
    circuit_of,
    refuse_misfit,
    refuse_wrong_g,
    spike_arrays,
    spikes_of_sample,
)
from spinn2sim.experiments.continuous.potential import response
from spinn2sim.experiments.continuous.recurrent import RecurrentLayer, WeightsBySource, recurrent_layer
from spinn2sim.experiments.continuous.spike_adjoint import MIN_SLOPE
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


class RecurrentGradient(NamedTuple):
    """`weights` (n, n_in) and `recurrent` (n, n), summed over the samples; `errors`, dL/dt of each input spike."""

    weights: Floats
    recurrent: Floats
    errors: Floats


class SpikeGradients(NamedTuple):
    """For each own spike: g = dL/dt, v_slope = D."""

    g: Floats
    v_slope: Floats


class RecurrentSums(NamedTuple):
    """The sums over events: weight gradients from each source to all neurons, and the errors of the input spikes."""

    weights: WeightsBySource
    errors: Floats


class AdjointState(NamedTuple):
    """All neurons at one instant, (n,) each: lV, lI; `currents` are the currents I while D is computed in forward order."""

    v: Floats
    i: Floats
    currents: Floats


@kernel
def decay_currents(currents: Floats, circuits: CircuitArrays, wait: float) -> None:
    """Advance all currents by `wait`."""
    decay = math.exp(-wait / circuits.tau_syn[0])
    for neuron in range(len(currents)):
        if not circuits.alike:
            decay = math.exp(-wait / circuits.tau_syn[neuron])
        currents[neuron] *= decay


@kernel
def fill_v_slope_in_order(
    inputs: SampleSpikes,
    own: SampleSpikes,
    layer: RecurrentLayer,
    sample: int,
    min_slope: float,
    currents: Floats,
    out: Floats,
) -> None:
    """Compute D just before each own spike, (spikes,), at least `min_slope`; events at exactly the same instant are not counted."""
    currents[:] = 0.0
    now, event, feedback = 0.0, 0, 0
    for k in range(len(own.times)):
        while True:
            t_in = inputs.times[event] if event < len(inputs.times) else math.inf
            t_feedback = own.times[feedback] + layer.delay if feedback < k else math.inf
            t = min(t_in, t_feedback)
            if t >= own.times[k]:
                break
            decay_currents(currents, layer.circuits, t - now)
            now = t
            if t_in <= t_feedback:
                currents[:] += layer.weights.inputs[inputs.neurons[event]]
                event += 1
            else:
                currents[:] += layer.weights.own[own.neurons[feedback]]
                feedback += 1
        neuron = own.neurons[k]
        circuit = circuit_of(layer.circuits, sample, neuron)
        v_slope = currents[neuron] * math.exp((now - own.times[k]) / circuit.tau_syn) - circuit.threshold
        out[k] = max(v_slope, min_slope)


@kernel
def rewind(state: AdjointState, circuits: CircuitArrays, wait: float) -> None:
    """Bring all adjoint states to the instant `wait` earlier."""
    mem, syn, gain = 0.0, 0.0, 0.0
    for neuron in range(len(state.v)):
        if neuron == 0 or not circuits.alike:
            tau_mem, tau_syn = circuits.tau_mem[neuron], circuits.tau_syn[neuron]
            mem, syn, gain = math.exp(-wait / tau_mem), math.exp(-wait / tau_syn), response(wait, tau_syn, tau_mem)
        state.i[neuron] = state.i[neuron] * syn + state.v[neuron] * gain
        state.v[neuron] *= mem


@kernel
def add_event_gradient(state: AdjointState, circuits: CircuitArrays, weights: Floats, gradient: Floats) -> float:
    """Add the gradient of the weights (n,) by which an event acted on all neurons; returns the event's error."""
    error = 0.0
    for neuron in range(len(weights)):
        gradient[neuron] -= circuits.tau_syn[neuron] * state.i[neuron]
        error += weights[neuron] * (state.v[neuron] - state.i[neuron])
    return error


@kernel
def add_sample_gradient(
    inputs: SampleSpikes,
    own: SampleSpikes,
    layer: RecurrentLayer,
    sample: int,
    spikes: SpikeGradients,
    state: AdjointState,
    out: RecurrentSums,
) -> None:
    """Run one sample backward: add its gradients and errors to `out`, and the errors that the layer returns to itself to `spikes.g`."""
    circuits, weights = layer.circuits, layer.weights
    state.v[:], state.i[:] = 0.0, 0.0
    event, feedback, spike = len(inputs.times) - 1, len(own.times) - 1, len(own.times) - 1
    now = math.inf
    while event >= 0 or spike >= 0:
        t_in = inputs.times[event] if event >= 0 else -1.0
        t_feedback = own.times[feedback] + layer.delay if feedback >= 0 else -1.0
        t_own = own.times[spike] if spike >= 0 else -1.0
        t = max(t_own, max(t_in, t_feedback))
        if now < math.inf:
            rewind(state, circuits, now - t)
            now = t
        # An input at t acts after a spike at t, so it comes first backward in time.
        if t_in == t:
            pre = inputs.neurons[event]
            if now < math.inf:
                out.errors[event] = add_event_gradient(state, circuits, weights.inputs[pre], out.weights.inputs[pre])
            event -= 1
        elif t_feedback == t:
            pre = own.neurons[feedback]
            if now < math.inf:
                spikes.g[feedback] += add_event_gradient(state, circuits, weights.own[pre], out.weights.own[pre])
            feedback -= 1
        else:
            neuron = own.neurons[spike]
            lv = state.v[neuron]
            threshold = circuit_of(circuits, sample, neuron).threshold
            state.v[neuron] = lv + (threshold * lv + spikes.g[spike]) / spikes.v_slope[spike]
            spike -= 1
            now = t


@kernel
def add_batch_gradient(
    inputs: SpikeArrays,
    own: SpikeArrays,
    layer: RecurrentLayer,
    min_slope: float,
    spikes: SpikeGradients,
    out: RecurrentSums,
) -> None:
    """Add the gradients and errors of all samples to `out`."""
    size = len(layer.circuits.tau_mem)
    state = AdjointState(np.empty(size), np.empty(size), np.empty(size))
    for sample in range(len(inputs.offsets) - 1):
        given, fired = spikes_of_sample(inputs, sample), spikes_of_sample(own, sample)
        mine = slice(own.offsets[sample], own.offsets[sample + 1])
        of_sample = SpikeGradients(spikes.g[mine], spikes.v_slope[mine])
        sums = RecurrentSums(out.weights, out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]])
        fill_v_slope_in_order(given, fired, layer, sample, min_slope, state.currents, of_sample.v_slope)
        add_sample_gradient(given, fired, layer, sample, of_sample, state, sums)


def recurrent_gradient(
    inputs: Spikes,
    own: Spikes,
    weights: Floats,
    recurrent: Floats,
    circuits: Circuits,
    g: Floats,
    delay: float = 0.0,
    min_slope: float = MIN_SLOPE,
) -> RecurrentGradient:
    """Compute the gradients and errors of a recurrent layer.

    `g` (spikes of `own`,) is dL/dt of each own spike from the layer above. `circuits` are those that the caller assumes, nominal or true.
    """
    refuse_misfit(inputs, weights, circuits)
    layer = recurrent_layer(weights, recurrent, circuits, delay)
    refuse_wrong_g(own, g)
    by_source = WeightsBySource(np.zeros_like(layer.weights.inputs), np.zeros_like(layer.weights.own))
    out = RecurrentSums(by_source, np.zeros(len(inputs.times)))
    spikes = SpikeGradients(g.astype(np.float64), np.empty(len(own.times)))
    add_batch_gradient(spike_arrays(inputs), spike_arrays(own), layer, min_slope, spikes, out)
    return RecurrentGradient(by_source.inputs.T.copy(), by_source.own.T.copy(), out.errors)
