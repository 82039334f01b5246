"""The maximum over time of each membrane potential of a layer that integrates and never fires.

The maximum of V over [0, t_end] is found in closed form, interval by interval, and is at least the value at rest, V = 0 at t = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
from spinn2sim.experiments.continuous.potential import potential, time_of_extremum
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


@dataclass(frozen=True)
class Peaks:
    """The maximum of each membrane potential, (samples, neurons), and its time in seconds (0 where V never rose above rest)."""

    values: Floats
    times: Floats


@kernel
def peak_of_neuron(
    inputs: SampleSpikes, decays: Decays, weights: Floats, circuit: CircuitConstants, t_end: float
) -> tuple[float, float]:
    """Find the maximum of V of one neuron, and its time. If an input ends the rise, the time is bit for bit that of the input."""
    v, i, now, best, when = 0.0, 0.0, 0.0, 0.0, 0.0
    for event in range(len(inputs.times) + 1):
        last = event == len(inputs.times) or inputs.times[event] >= t_end
        until = t_end if last else inputs.times[event]
        v_until, i_until = v * decays.mem[event] + i * decays.response[event], i * decays.syn[event]
        if i_until >= v_until:  # V still rises, or fell and rises again
            if v_until > best:
                best, when = v_until, until
        elif i > v and i > best:
            top = min(time_of_extremum(v, i, circuit.tau_mem, circuit.tau_syn), until - now)
            value = potential(top, v, i, circuit.tau_mem, circuit.tau_syn)
            if value > best:
                best, when = value, now + top
        if last:
            break
        v, i, now = v_until, i_until + weights[inputs.neurons[event]], until
    return best, when


@kernel
def fill_batch_peaks(
    inputs: SpikeArrays, weights: Floats, circuits: CircuitArrays, t_end: float, values: Floats, times: Floats
) -> None:
    """Compute the maxima of all neurons of all samples."""
    decays = empty_decays(inputs)
    for sample in range(len(inputs.offsets) - 1):
        given = spikes_of_sample(inputs, sample)
        for neuron in range(len(weights)):
            circuit = circuit_of(circuits, sample, neuron)
            if neuron == 0 or not circuits.alike:
                fill_decays(given.times, t_end, circuit.tau_mem, circuit.tau_syn, decays)
            values[sample, neuron], times[sample, neuron] = peak_of_neuron(
                given, decays, weights[neuron], circuit, t_end
            )


def membrane_peaks(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Peaks:
    """Compute the maxima over [0, t_end] of a readout layer with weights (n_out, n_in)."""
    refuse_misfit(inputs, weights, circuits)
    values, times = np.empty((inputs.samples, circuits.size)), np.empty((inputs.samples, circuits.size))
    fill_batch_peaks(spike_arrays(inputs), weights, circuit_arrays(circuits), t_end, values, times)
    return Peaks(values, times)
