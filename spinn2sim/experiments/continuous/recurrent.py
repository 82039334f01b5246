"""The spikes of a recurrent layer in continuous time, exact to rounding, event by event.

A spike acts on the layer itself `delay` seconds later. With delay 0 it acts at once, after all neurons that cross the threshold at the same
instant have fired. A spike makes the current jump, and the potential follows the current, so no two spikes cause each other at one
instant. But a layer that excites itself strongly may fire ever faster; `max_spikes` limits it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.circuits import Circuits, Floats
from spinn2sim.experiments.continuous.feed_forward import may_fire
from spinn2sim.experiments.continuous.kernel_arrays import (
    CircuitArrays,
    CircuitConstants,
    SampleSpikes,
    SpikeArrays,
    circuit_arrays,
    circuit_of,
    refuse_misfit,
    spike_arrays,
    spikes_of_sample,
)
from spinn2sim.experiments.continuous.potential import first_crossing, response
from spinn2sim.experiments.continuous.spikes import Spikes

kernel = kernels_of(__package__, allocate=True)


FIRST_CAPACITY = 1024


class WeightsBySource(NamedTuple):
    """Weights from each source to all neurons, contiguous in memory: `inputs` (n_in, n), `own` (n, n)."""

    inputs: Floats
    own: Floats


class RecurrentLayer(NamedTuple):
    """A recurrent layer: its weights, its circuits, and the seconds after which a spike acts on the layer itself."""

    weights: WeightsBySource
    circuits: CircuitArrays
    delay: float


class RecurrentState(NamedTuple):
    """All neurons at one instant, (n,) each: V, I, spikes left, and the wait until each fires (inf: not before the next event)."""

    v: Floats
    i: Floats
    left: NDArray[np.int64]
    waits: Floats


class Decay(NamedTuple):
    """How V and I decay over some time: exp(-t/tau_mem), exp(-t/tau_syn), and V at its end for I = 1 at its beginning."""

    mem: float
    syn: float
    response: float


@kernel
def decay_over(wait: float, circuit: CircuitConstants) -> Decay:
    """Compute the decay of one neuron over `wait`."""
    return Decay(
        math.exp(-wait / circuit.tau_mem),
        math.exp(-wait / circuit.tau_syn),
        response(wait, circuit.tau_mem, circuit.tau_syn),
    )


@kernel
def advance(state: RecurrentState, circuits: CircuitArrays, sample: int, wait: float) -> None:
    """Advance all neurons by `wait`."""
    decay = decay_over(wait, circuit_of(circuits, sample, 0))
    for neuron in range(len(state.v)):
        if not circuits.alike:
            decay = decay_over(wait, circuit_of(circuits, sample, neuron))
        state.v[neuron] = state.v[neuron] * decay.mem + state.i[neuron] * decay.response
        state.i[neuron] *= decay.syn


@kernel
def next_crossing(state: RecurrentState, circuits: CircuitArrays, sample: int, horizon: float) -> float:
    """The wait until the first neuron crosses the threshold within `horizon`, or inf; fills `waits`."""
    soonest = math.inf
    decay = decay_over(horizon, circuit_of(circuits, sample, 0))
    for neuron in range(len(state.v)):
        circuit = circuit_of(circuits, sample, neuron)
        if not circuits.alike:
            decay = decay_over(horizon, circuit)
        v, i = state.v[neuron], state.i[neuron]
        wait = math.inf
        if state.left[neuron] > 0 and may_fire(v, i, v * decay.mem + i * decay.response, i * decay.syn, circuit):
            wait = first_crossing(v, i, circuit.tau_mem, circuit.tau_syn, circuit.threshold, min(horizon, soonest))
        state.waits[neuron] = wait
        soonest = min(soonest, wait)
    return soonest


@kernel
def fill_sample(
    inputs: SampleSpikes, layer: RecurrentLayer, sample: int, t_end: float, state: RecurrentState, out: SampleSpikes
) -> int:
    """Write the spikes of one sample in the order of time and return their number, or one more than the capacity."""
    circuits, weights = layer.circuits, layer.weights
    state.v[:], state.i[:], state.left[:] = 0.0, 0.0, circuits.max_spikes
    now, event, feedback, count = 0.0, 0, 0, 0
    while True:
        t_in = inputs.times[event] if event < len(inputs.times) else math.inf
        t_feedback = out.times[feedback] + layer.delay if feedback < count else math.inf
        until = min(min(t_in, t_feedback), t_end)
        soonest = next_crossing(state, circuits, sample, until - now)
        if soonest < math.inf:
            advance(state, circuits, sample, soonest)
            now += soonest
            for neuron in range(len(state.v)):
                if state.waits[neuron] == soonest:
                    if count == len(out.times):
                        return count + 1
                    out.times[count], out.neurons[count] = now, neuron
                    state.v[neuron] = 0.0
                    state.left[neuron] -= 1
                    count += 1
            continue
        if until >= t_end:
            return count
        advance(state, circuits, sample, until - now)
        now = until
        if t_in <= t_feedback:
            state.i[:] += weights.inputs[inputs.neurons[event]]
            event += 1
        else:
            state.i[:] += weights.own[out.neurons[feedback]]
            feedback += 1


@kernel
def fill_batch(
    inputs: SpikeArrays, layer: RecurrentLayer, t_end: float, out: SampleSpikes, offsets: NDArray[np.int64]
) -> int:
    """Write the spikes of all samples and return their number, or more than the capacity."""
    size = len(layer.circuits.tau_mem)
    state = RecurrentState(np.empty(size), np.empty(size), np.empty(size, np.int64), np.empty(size))
    start = 0
    for sample in range(len(offsets) - 1):
        free = SampleSpikes(out.times[start:], out.neurons[start:])
        count = fill_sample(spikes_of_sample(inputs, sample), layer, sample, t_end, state, free)
        if count > len(free.times):
            return start + count
        start += count
        offsets[sample + 1] = start
    return start


def recurrent_layer(weights: Floats, recurrent: Floats, circuits: Circuits, delay: float) -> RecurrentLayer:
    """Make the layer in the form that the kernels take.

    Raises ValueError unless the recurrent weights are (neurons, neurons) and the delay is 0 s or more.
    """
    if recurrent.shape != (circuits.size, circuits.size):
        raise ValueError(f"recurrent weights are {recurrent.shape}; {circuits.size} neurons have others")
    if not delay >= 0.0:
        raise ValueError(f"a recurrent layer's delay is {delay} s; it must be at least 0")
    by_source = WeightsBySource(np.ascontiguousarray(weights.T), np.ascontiguousarray(recurrent.T))
    return RecurrentLayer(by_source, circuit_arrays(circuits), delay)


def recurrent_spikes(
    inputs: Spikes, weights: Floats, recurrent: Floats, circuits: Circuits, t_end: float, delay: float = 0.0
) -> Spikes:
    """Compute the spikes before `t_end` of a layer that starts at rest and whose spikes act on itself `delay` later (seconds, 0 or more).

    weights (n, n_in); recurrent (n, n), from the neuron of the column to the neuron of the row; a neuron may act on itself.
    """
    refuse_misfit(inputs, weights, circuits)
    layer = recurrent_layer(weights, recurrent, circuits, delay)
    capacity = max(FIRST_CAPACITY, 2 * circuits.size * inputs.samples)
    while True:
        out = SampleSpikes(np.empty(capacity), np.empty(capacity, np.int32))
        offsets = np.zeros(inputs.samples + 1, np.int64)
        count = fill_batch(spike_arrays(inputs), layer, t_end, out, offsets)
        if count <= capacity:
            return Spikes(out.times[:count], out.neurons[:count], offsets, circuits.size)
        capacity *= 2
