"""The spikes and the membrane potentials of a feed-forward layer in continuous time, exact to rounding.

The neurons of such a layer do not influence each other, so each is simulated on its own, from one input event to the next.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.circuits import Circuits, Floats
from spinn2sim.experiments.continuous.kernel_arrays import (
    CircuitArrays,
    CircuitConstants,
    Decays,
    SampleSpikes,
    SpikeArrays,
    circuit_arrays,
    circuit_of,
    empty_decays,
    fill_decays,
    refuse_misfit,
    spike_arrays,
    spikes_of_sample,
)
from spinn2sim.experiments.continuous.potential import first_crossing, potential, response
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


FIRST_CAPACITY = 256
ROUNDING_MARGIN = 1.0 - 1e-12


@kernel
def may_fire(v: float, i: float, v_until: float, i_until: float, circuit: CircuitConstants) -> bool:
    """Whether V may exceed the threshold before it is `v_until`: a cheap test that saves nearly all searches for a crossing.

    V is at most max(v, 0) + i peak_response, and if it still rises at the end of the wait it has not been higher before.
    """
    if i <= circuit.threshold or max(v, 0.0) + i * circuit.peak_response < ROUNDING_MARGIN * circuit.threshold:
        return False
    return v_until > circuit.threshold or i_until < v_until


@kernel
def fill_neuron_spikes(
    inputs: SampleSpikes, decays: Decays, weights: Floats, circuit: CircuitConstants, t_end: float, out: Floats
) -> int:
    """Write the spike times of one neuron with `weights` (n_in,) to `out` and return their number.

    Spikes beyond the capacity of `out` are only counted.
    """
    v, i, now, count = 0.0, 0.0, 0.0, 0
    for event in range(len(inputs.times) + 1):
        last = event == len(inputs.times) or inputs.times[event] >= t_end
        until = t_end if last else inputs.times[event]
        v_until, i_until = v * decays.mem[event] + i * decays.response[event], i * decays.syn[event]
        while may_fire(v, i, v_until, i_until, circuit):
            wait = first_crossing(v, i, circuit.tau_mem, circuit.tau_syn, circuit.threshold, until - now)
            if wait == math.inf:
                break
            now += wait
            if count < len(out):
                out[count] = now
            count += 1
            if count == circuit.max_spikes:
                return count
            v, i = 0.0, i * math.exp(-wait / circuit.tau_syn)
            v_until = i * response(until - now, circuit.tau_mem, circuit.tau_syn)
            i_until = i * math.exp(-(until - now) / circuit.tau_syn)
        if last:
            break
        v, i, now = v_until, i_until + weights[inputs.neurons[event]], until
    return count


@kernel
def fill_sample_spikes(
    inputs: SampleSpikes,
    decays: Decays,
    weights: Floats,
    circuits: CircuitArrays,
    sample: int,
    t_end: float,
    buffer: Floats,
    out: SampleSpikes,
) -> int:
    """Write all spikes of one sample, neuron by neuron, and return their number, or more than the capacity if they do not fit."""
    count = 0
    for neuron in range(len(weights)):
        circuit = circuit_of(circuits, sample, neuron)
        if neuron == 0 or not circuits.alike:
            fill_decays(inputs.times, t_end, circuit.tau_mem, circuit.tau_syn, decays)
        fired = fill_neuron_spikes(inputs, decays, weights[neuron], circuit, t_end, buffer)
        for k in range(min(fired, len(buffer), len(out.times) - count)):
            out.times[count + k] = buffer[k]
            out.neurons[count + k] = neuron
        count += fired
        if fired > len(buffer) or count > len(out.times):
            return len(out.times) + fired
    return count


@kernel
def fill_batch_spikes(
    inputs: SpikeArrays,
    weights: Floats,
    circuits: CircuitArrays,
    t_end: float,
    buffer: Floats,
    out: SampleSpikes,
    offsets: NDArray[np.int64],
) -> int:
    """Write the spikes of all samples, sorted by time in each; return their number, or more than the capacity if they do not fit."""
    decays = empty_decays(inputs)
    start = 0
    for sample in range(len(offsets) - 1):
        free = SampleSpikes(out.times[start:], out.neurons[start:])
        count = fill_sample_spikes(
            spikes_of_sample(inputs, sample), decays, weights, circuits, sample, t_end, buffer, free
        )
        if count > len(free.times):
            return start + count
        order = np.argsort(free.times[:count], kind="mergesort")
        free.times[:count] = free.times[:count][order]
        free.neurons[:count] = free.neurons[:count][order]
        start += count
        offsets[sample + 1] = start
    return start


def layer_spikes(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Spikes:
    """Compute the spikes before `t_end` (seconds) of a layer that starts at rest; weights (n_out, n_in). Ties go to the lower neuron."""
    refuse_misfit(inputs, weights, circuits)
    buffer = np.empty(FIRST_CAPACITY)
    capacity = max(FIRST_CAPACITY, 2 * circuits.size * inputs.samples)
    while True:
        out = SampleSpikes(np.empty(capacity), np.empty(capacity, np.int32))
        offsets = np.zeros(inputs.samples + 1, np.int64)
        count = fill_batch_spikes(spike_arrays(inputs), weights, circuit_arrays(circuits), t_end, buffer, out, offsets)
        if count <= capacity:
            return Spikes(out.times[:count], out.neurons[:count], offsets, circuits.size)
        capacity, buffer = 2 * count, np.empty(min(2 * len(buffer), count))


@kernel
def sample_neuron(
    inputs: SampleSpikes, weights: Floats, own: Floats, circuit: CircuitConstants, instants: Floats, out: Floats
) -> None:
    """Compute the membrane potential at `instants` (ascending) of a neuron that fired at the times `own` and was reset there."""
    v, i, now, event, spike = 0.0, 0.0, 0.0, 0, 0
    for k in range(len(instants)):
        while True:  # everything up to this instant; a spike comes before an input of the same time
            t_in = inputs.times[event] if event < len(inputs.times) else math.inf
            t_own = own[spike] if spike < len(own) else math.inf
            until = min(min(t_in, t_own), instants[k])
            wait = until - now
            v = potential(wait, v, i, circuit.tau_mem, circuit.tau_syn)
            i *= math.exp(-wait / circuit.tau_syn)
            now = until
            if t_own <= t_in and t_own <= instants[k]:
                v = 0.0
                spike += 1
            elif t_in <= instants[k]:
                i += weights[inputs.neurons[event]]
                event += 1
            else:
                break
        out[k] = v


@kernel
def sample_batch(
    inputs: SpikeArrays, own: SpikeArrays, weights: Floats, circuits: CircuitArrays, instants: Floats, out: Floats
) -> None:
    """Compute the membrane potentials of all neurons of all samples: out (samples, neurons, instants)."""
    for sample in range(len(inputs.offsets) - 1):
        given, fired = spikes_of_sample(inputs, sample), spikes_of_sample(own, sample)
        for neuron in range(len(weights)):
            mine = fired.times[fired.neurons == neuron]
            circuit = circuit_of(circuits, sample, neuron)
            sample_neuron(given, weights[neuron], mine, circuit, instants, out[sample, neuron])


def membrane_potentials(inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, instants: Floats) -> Floats:
    """Compute the membrane potentials (samples, neurons, instants) of a layer whose spikes are known; `instants` ascending, seconds.

    At the instant of a neuron's own spike, this is the potential after the reset.
    """
    refuse_misfit(inputs, weights, circuits)
    out = np.empty((inputs.samples, circuits.size, len(instants)))
    sample_batch(spike_arrays(inputs), spike_arrays(own), weights, circuit_arrays(circuits), instants, out)
    return cast(Floats, out)
