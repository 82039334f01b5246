"""The adjoint of a feed-forward layer in continuous time: weight gradients and errors of its input spikes, computed from spike times.

lV and lI are the adjoints of V and I. Backward in time (Wunderlich & Pehle 2021, Table 1; doi:10.1038/s41598-021-91786-z):

    between events          tau_mem dlV/ds = -lV,   tau_syn dlI/ds = -lI + lV          (s: time, backward)
    at an own spike         lV += (threshold lV + g) / D,          D = I - threshold = tau_mem dV/dt just before the spike
    where the loss reads V  lV -= p / tau_mem                      p = dL/dV there
    at an input spike       dW -= tau_syn lI,   e += W (lV - lI)   e = dL/dt of that spike, g of the layer below

g is dL/dt of the own spike. Where an input ends the rise of V, the maximum is at that input and moves with it: e += p (I - V) / tau_mem.

The currents I are computed again from the input spikes, with the weights and time constants that the caller gives. The spike times may
therefore come from a simulation, where the gradient is exact, or from a measurement, where D, called v_slope in the code, is kept at
`min_slope` or above.
"""

from __future__ import annotations

import math
from typing import NamedTuple

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
    refuse_wrong_g,
    spike_arrays,
    spikes_of_sample,
)
from spinn2sim.experiments.continuous.membrane_peaks import Peaks
from spinn2sim.experiments.continuous.potential import response
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


MIN_SLOPE = 1e-10  # for an exact simulation; the published code adds 1e-10 to D


class Gradient(NamedTuple):
    """`weights` (n_out, n_in), summed over the samples; `errors` (n,), dL/dt of each input spike."""

    weights: Floats
    errors: Floats


class PeakErrors(NamedTuple):
    """The maxima that the loss depends on: p = dL/dVmax, their values and their times, (samples, neurons) each; empty for other losses."""

    p: Floats
    values: Floats
    times: Floats


class PeakError(NamedTuple):
    """The maximum of one neuron in one sample, with p = dL/dVmax, which is 0 if the loss does not depend on it."""

    p: float
    value: float
    time: float


class OwnSpikes(NamedTuple):
    """The spikes of one neuron, or of all neurons one after the other: times, g = dL/dt, v_slope = D."""

    times: Floats
    g: Floats
    v_slope: Floats


@kernel
def sort_by_neuron(own: SampleSpikes, g: Floats, starts: NDArray[np.int64], out: OwnSpikes) -> None:
    """Sort spikes by neuron, then by time (a counting sort). A neuron's spikes are starts[neuron] .. starts[neuron + 1] - 1."""
    starts[:] = 0
    for neuron in own.neurons:
        starts[neuron + 1] += 1
    for neuron in range(1, len(starts)):
        starts[neuron] += starts[neuron - 1]
    place = starts.copy()
    for k in range(len(own.times)):
        at = place[own.neurons[k]]
        place[own.neurons[k]] += 1
        out.times[at], out.g[at] = own.times[k], g[k]


@kernel
def spikes_of_neuron(own: OwnSpikes, starts: NDArray[np.int64], neuron: int) -> OwnSpikes:
    """The spikes of one neuron."""
    first, last = starts[neuron], starts[neuron + 1]
    return OwnSpikes(own.times[first:last], own.g[first:last], own.v_slope[first:last])


@kernel
def fill_v_slope(
    inputs: SampleSpikes, decays: Decays, weights: Floats, circuit: CircuitConstants, min_slope: float, own: OwnSpikes
) -> None:
    """Compute D just before each spike of one neuron, at least `min_slope`; an input at exactly the same instant is not counted."""
    i, now, event = 0.0, 0.0, 0
    for k in range(len(own.times)):
        while event < len(inputs.times) and inputs.times[event] < own.times[k]:
            i = i * decays.syn[event] + weights[inputs.neurons[event]]
            now = inputs.times[event]
            event += 1
        own.v_slope[k] = max(i * math.exp((now - own.times[k]) / circuit.tau_syn) - circuit.threshold, min_slope)


@kernel
def add_kink_error(
    inputs: SampleSpikes, decays: Decays, weights: Floats, circuit: CircuitConstants, peak: PeakError, errors: Floats
) -> None:
    """Add the error of the input that ends the rise of V at its maximum, if there is one: there V has a kink."""
    i, event = 0.0, 0
    while event < len(inputs.times) and inputs.times[event] <= peak.time:
        before = i * decays.syn[event]
        i = before + weights[inputs.neurons[event]]
        if inputs.times[event] == peak.time and before > peak.value >= i:
            errors[event] += peak.p * (before - peak.value) / circuit.tau_mem
        event += 1


@kernel
def adjoint_before(lv: float, li: float, wait: float, circuit: CircuitConstants) -> tuple[float, float]:
    """Compute the adjoint state `wait` earlier."""
    li = li * math.exp(-wait / circuit.tau_syn) + lv * response(wait, circuit.tau_syn, circuit.tau_mem)
    return lv * math.exp(-wait / circuit.tau_mem), li


@kernel
def add_neuron_gradient(
    inputs: SampleSpikes,
    decays: Decays,
    weights: Floats,
    circuit: CircuitConstants,
    own: OwnSpikes,
    peak: PeakError,
    gradient: Floats,
    errors: Floats,
) -> None:
    """Run one neuron of one sample backward: add to its row `gradient` (n_in,) and to the `errors` of the sample's input spikes."""
    lv, li, now, started = 0.0, 0.0, 0.0, False
    spike, peak_done = len(own.times) - 1, peak.p == 0.0
    for event in range(len(inputs.times) - 1, -1, -1):
        t_in = inputs.times[event]
        at_next_input = started  # whether `now` is the instant of the next input
        while True:  # the neuron's own events after this input; one at the same time came before the input
            t_own = own.times[spike] if spike >= 0 else -1.0
            t_peak = -1.0 if peak_done else peak.time
            t = max(t_own, t_peak)
            if t <= t_in:
                break
            lv, li = adjoint_before(lv, li, now - t, circuit) if started else (0.0, 0.0)
            if t == t_peak:
                lv -= peak.p / circuit.tau_mem
                peak_done = True
            else:
                lv += (circuit.threshold * lv + own.g[spike]) / own.v_slope[spike]
                spike -= 1
            now, started, at_next_input = t, True, False
        if not started:
            continue
        if at_next_input:
            li = li * decays.syn[event + 1] + lv * decays.response[event + 1] * (circuit.tau_mem / circuit.tau_syn)
            lv *= decays.mem[event + 1]
        else:
            lv, li = adjoint_before(lv, li, now - t_in, circuit)
        now = t_in
        pre = inputs.neurons[event]
        gradient[pre] -= circuit.tau_syn * li
        errors[event] += weights[pre] * (lv - li)


@kernel
def peak_error_of(peaks: PeakErrors, sample: int, neuron: int) -> PeakError:
    """Return the error at the maximum of one neuron in one sample."""
    if not len(peaks.p):
        return PeakError(0.0, 0.0, 0.0)
    return PeakError(peaks.p[sample, neuron], peaks.values[sample, neuron], peaks.times[sample, neuron])


@kernel
def add_batch_gradient(
    inputs: SpikeArrays,
    own: SpikeArrays,
    weights: Floats,
    circuits: CircuitArrays,
    g: Floats,
    peaks: PeakErrors,
    min_slope: float,
    out: Gradient,
) -> None:
    """Add the gradients and errors of all neurons that fired or have an error at their maximum, sample by sample."""
    decays = empty_decays(inputs)
    size = len(own.times)
    sorted_own = OwnSpikes(np.empty(size), np.empty(size), np.empty(size))
    starts = np.empty(len(weights) + 1, np.int64)
    for sample in range(len(inputs.offsets) - 1):
        given, errors = (
            spikes_of_sample(inputs, sample),
            out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]],
        )
        sort_by_neuron(
            spikes_of_sample(own, sample), g[own.offsets[sample] : own.offsets[sample + 1]], starts, sorted_own
        )
        end = given.times[-1] if len(given.times) else 0.0
        decays_filled = False  # equal circuits share their decays
        for neuron in range(len(weights)):
            mine, peak = spikes_of_neuron(sorted_own, starts, neuron), peak_error_of(peaks, sample, neuron)
            if len(mine.times) == 0 and peak.p == 0.0:
                continue
            circuit = circuit_of(circuits, sample, neuron)
            if not (decays_filled and circuits.alike):
                fill_decays(given.times, end, circuit.tau_mem, circuit.tau_syn, decays)
                decays_filled = True
            fill_v_slope(given, decays, weights[neuron], circuit, min_slope, mine)
            add_neuron_gradient(given, decays, weights[neuron], circuit, mine, peak, out.weights[neuron], errors)
            if peak.p != 0.0:
                add_kink_error(given, decays, weights[neuron], circuit, peak, errors)


NO_PEAK_ERRORS = PeakErrors(np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0)))


def layer_gradient(
    inputs: Spikes,
    own: Spikes,
    weights: Floats,
    circuits: Circuits,
    g: Floats,
    peaks: tuple[Peaks, Floats] | None = None,
    min_slope: float = MIN_SLOPE,
) -> Gradient:
    """Compute the weight gradient and the errors of a layer.

    `g` (spikes of `own`,) is dL/dt of each own spike. `peaks`, for a loss on membrane potentials, are the maxima and dL/dVmax
    (samples, neurons). `circuits` are those that the caller assumes, nominal or true.
    """
    refuse_misfit(inputs, weights, circuits)
    refuse_wrong_g(own, g)
    out = Gradient(np.zeros(weights.shape), np.zeros(len(inputs.times)))
    errors = NO_PEAK_ERRORS if peaks is None else PeakErrors(peaks[1], peaks[0].values, peaks[0].times)
    arrays = circuit_arrays(circuits)
    add_batch_gradient(spike_arrays(inputs), spike_arrays(own), weights, arrays, g, errors, min_slope, out)
    return out
