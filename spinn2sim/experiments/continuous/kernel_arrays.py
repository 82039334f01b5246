"""Spikes and circuits in the form that the kernels take, and the decays between the events of a sample."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.circuits import Circuits, Floats
from spinn2sim.experiments.continuous.potential import response, time_of_extremum
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


class SpikeArrays(NamedTuple):
    """The spikes of a batch."""

    offsets: NDArray[np.int64]
    times: Floats
    neurons: NDArray[np.int32]


class SampleSpikes(NamedTuple):
    """The spikes of one sample."""

    times: Floats
    neurons: NDArray[np.int32]


class CircuitArrays(NamedTuple):
    """The circuits of a layer.

    threshold      (1 or samples, n)
    peak_response  (n,), the maximum of V after I = 1 at rest
    alike          whether all circuits have the same time constants
    """

    tau_mem: Floats
    tau_syn: Floats
    threshold: Floats
    peak_response: Floats
    max_spikes: int
    alike: bool


class CircuitConstants(NamedTuple):
    """The constants of one neuron in one sample; `peak_response` is the maximum of V after I = 1 at rest."""

    tau_mem: float
    tau_syn: float
    threshold: float
    peak_response: float
    max_spikes: int


class Decays(NamedTuple):
    """How V and I decay from each event of a sample to the next: from the start to event 0, ..., from the last event to the end.

    mem, syn  exp(-wait/tau)
    response  V at the end of the wait for I = 1 at its beginning
    """

    mem: Floats
    syn: Floats
    response: Floats


def spike_arrays(spikes: Spikes) -> SpikeArrays:
    """Convert `spikes` to the form that kernels take."""
    return SpikeArrays(spikes.offsets, spikes.times, spikes.neurons)


def circuit_arrays(circuits: Circuits) -> CircuitArrays:
    """Convert `circuits` to the form that kernels take."""
    alike = bool(circuits.size and np.ptp(circuits.tau_mem) == 0.0 and np.ptp(circuits.tau_syn) == 0.0)
    threshold, peak_response = np.atleast_2d(circuits.threshold), np.empty(circuits.size)
    fill_peak_response(circuits.tau_mem, circuits.tau_syn, peak_response)
    return CircuitArrays(circuits.tau_mem, circuits.tau_syn, threshold, peak_response, circuits.max_spikes, alike)


def refuse_misfit(inputs: Spikes, weights: Floats, circuits: Circuits) -> None:
    """Raise ValueError unless weights are (neurons, inputs) and thresholds (neurons,) or (samples, neurons): kernels check no shapes."""
    if weights.shape != (circuits.size, inputs.size):
        raise ValueError(f"weights are {weights.shape}; {circuits.size} neurons of {inputs.size} inputs have others")
    if circuits.threshold.shape not in ((circuits.size,), (inputs.samples, circuits.size)):
        raise ValueError(
            f"thresholds are {circuits.threshold.shape}; {inputs.samples} samples of {circuits.size} neurons have others"
        )


def refuse_wrong_g(own: Spikes, g: Floats) -> None:
    """Raise ValueError unless there is one dL/dt per spike."""
    if g.shape != own.times.shape:
        raise ValueError(f"dL/dt is {g.shape}; there are {len(own.times)} spikes")


@kernel
def fill_peak_response(tau_mem: Floats, tau_syn: Floats, out: Floats) -> None:
    """Compute the maximum of V after I = 1 at rest, for each circuit."""
    for neuron in range(len(out)):
        top = time_of_extremum(0.0, 1.0, tau_mem[neuron], tau_syn[neuron])
        out[neuron] = response(top, tau_mem[neuron], tau_syn[neuron])


@kernel
def spikes_of_sample(batch: SpikeArrays, sample: int) -> SampleSpikes:
    """The spikes of one sample."""
    first, last = batch.offsets[sample], batch.offsets[sample + 1]
    return SampleSpikes(batch.times[first:last], batch.neurons[first:last])


@kernel
def circuit_of(circuits: CircuitArrays, sample: int, neuron: int) -> CircuitConstants:
    """The constants of one neuron in one sample."""
    row = sample if len(circuits.threshold) > 1 else 0
    return CircuitConstants(
        circuits.tau_mem[neuron],
        circuits.tau_syn[neuron],
        circuits.threshold[row, neuron],
        circuits.peak_response[neuron],
        circuits.max_spikes,
    )


@kernel
def empty_decays(batch: SpikeArrays) -> Decays:
    """Arrays with room for the decays of the longest sample."""
    size = 1
    for sample in range(len(batch.offsets) - 1):
        size = max(size, batch.offsets[sample + 1] - batch.offsets[sample] + 1)
    return Decays(np.empty(size), np.empty(size), np.empty(size))


@kernel
def fill_decays(times: Floats, t_end: float, tau_mem: float, tau_syn: float, out: Decays) -> None:
    """Compute the decays of a sample with events at `times` up to `t_end`."""
    now = 0.0
    for event in range(len(times) + 1):
        until = min(times[event], t_end) if event < len(times) else t_end
        wait = until - now
        out.mem[event] = math.exp(-wait / tau_mem)
        out.syn[event] = math.exp(-wait / tau_syn)
        out.response[event] = response(wait, tau_mem, tau_syn)
        now = until
