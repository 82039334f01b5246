"""A feed-forward layer in continuous time, from input spikes to output spikes, exact to rounding; it keeps no membrane trace.

Neurons of such a layer do not see each other, so each walks through the sample's input events alone.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from spinn2sim.exact.compile import kernel
from spinn2sim.exact.layers import Circuits, Floats
from spinn2sim.exact.potential import first_crossing, potential, response
from spinn2sim.spec.spikes import Spikes

FIRST_ROOM = 256


@kernel
def fire_neuron(
    first: int, last: int, times: Floats, pres: NDArray[np.int32], weights: Floats, tau_mem: float, tau_syn: float,
    threshold: float, max_spikes: int, t_end: float, room: int, out: Floats,
) -> int:  # fmt: skip
    """Spike times of one neuron with `weights` (n_in,) into `out` (room,); how many there are (more than `room` are counted alone)."""
    v, i, now, count = 0.0, 0.0, 0.0, 0
    for event in range(first, last + 1):
        until = min(times[event], t_end) if event < last else t_end
        while True:  # spikes before this event
            wait = first_crossing(v, i, tau_mem, tau_syn, threshold, until - now)
            if wait == math.inf:
                break
            now += wait
            i *= math.exp(-wait / tau_syn)
            v = 0.0
            if count < room:
                out[count] = now
            count += 1
            if count == max_spikes:
                return count
        if event == last or times[event] >= t_end:
            return count
        wait = until - now
        v = v * math.exp(-wait / tau_mem) + i * response(wait, tau_mem, tau_syn)
        i = i * math.exp(-wait / tau_syn) + weights[pres[event]]
        now = until
    return count


@kernel
def fire_sample(
    first: int, last: int, times: Floats, pres: NDArray[np.int32], weights: Floats, tau_mem: Floats, tau_syn: Floats,
    threshold: Floats, max_spikes: int, t_end: float, spare: Floats, out_times: Floats, out_neurons: NDArray[np.int32], start: int,
) -> int:  # fmt: skip
    """All spikes of one sample, neuron after neuron, from `start` on; how many there are, also where there is no more room."""
    count = 0
    for neuron in range(len(tau_mem)):
        fired = fire_neuron(
            first, last, times, pres, weights[neuron], tau_mem[neuron], tau_syn[neuron], threshold[neuron], max_spikes, t_end, len(spare),
            spare,
        )  # fmt: skip
        for k in range(fired):
            if k < len(spare) and start + count < len(out_times):
                out_times[start + count] = spare[k]
                out_neurons[start + count] = neuron
            count += 1
        if fired > len(spare):
            return len(out_times) + fired  # too many for one neuron: come back with more room
    return count


@kernel
def fire_batch(
    offsets: NDArray[np.int64], times: Floats, pres: NDArray[np.int32], weights: Floats, tau_mem: Floats, tau_syn: Floats,
    thresholds: Floats, max_spikes: int, t_end: float, spare: Floats, out_times: Floats, out_neurons: NDArray[np.int32],
    out_offsets: NDArray[np.int64],
) -> int:  # fmt: skip
    """Spikes of all samples, sorted by time within each; how many there are, or more than the room there is."""
    start = 0
    for sample in range(len(offsets) - 1):
        threshold = thresholds[sample] if len(thresholds) > 1 else thresholds[0]
        count = fire_sample(
            offsets[sample], offsets[sample + 1], times, pres, weights, tau_mem, tau_syn, threshold, max_spikes, t_end, spare, out_times,
            out_neurons, start,
        )  # fmt: skip
        if start + count > len(out_times):
            return start + count
        order = np.argsort(out_times[start : start + count], kind="mergesort")
        out_times[start : start + count] = out_times[start : start + count][order]
        out_neurons[start : start + count] = out_neurons[start : start + count][order]
        start += count
        out_offsets[sample + 1] = start
    return start


def fire(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Spikes:
    """The spikes before `t_end` (seconds) of a layer that starts at rest; weights (n_out, n_in). Ties in time go to the lower neuron."""
    spare = np.empty(FIRST_ROOM)
    room = max(FIRST_ROOM, 2 * circuits.size * inputs.samples)
    thresholds = np.atleast_2d(circuits.threshold)
    while True:
        times, neurons = np.empty(room), np.empty(room, np.int32)
        offsets = np.zeros(inputs.samples + 1, np.int64)
        count = fire_batch(
            inputs.offsets, inputs.times, inputs.neurons, weights, circuits.tau_mem, circuits.tau_syn, thresholds, circuits.max_spikes,
            t_end, spare, times, neurons, offsets,
        )  # fmt: skip
        if count <= room:
            return Spikes(times[:count], neurons[:count], offsets, circuits.size)
        room, spare = 2 * count, np.empty(min(2 * len(spare), count))


@kernel
def sample_neuron(
    first: int, last: int, times: Floats, pres: NDArray[np.int32], weights: Floats, own: Floats, tau_mem: float, tau_syn: float,
    instants: Floats, out: Floats,
) -> None:  # fmt: skip
    """The membrane potential at `instants` (ascending) of a neuron that fired at `own` and was reset there."""
    v, i, now, event, spike = 0.0, 0.0, 0.0, first, 0
    for k in range(len(instants)):
        while True:  # all that happens up to this instant, a spike before the input of the same time
            t_in = times[event] if event < last else math.inf
            t_own = own[spike] if spike < len(own) else math.inf
            until = min(min(t_in, t_own), instants[k])
            wait = until - now
            v = potential(wait, v, i, tau_mem, tau_syn)
            i *= math.exp(-wait / tau_syn)
            now = until
            if t_own <= t_in and t_own <= instants[k]:
                v = 0.0
                spike += 1
            elif t_in <= instants[k]:
                i += weights[pres[event]]
                event += 1
            else:
                break
        out[k] = v


@kernel
def sample_batch(
    offsets: NDArray[np.int64], times: Floats, pres: NDArray[np.int32], weights: Floats, own_offsets: NDArray[np.int64], own_times: Floats,
    own_neurons: NDArray[np.int32], tau_mem: Floats, tau_syn: Floats, instants: Floats, out: Floats,
) -> None:  # fmt: skip
    """`sample_neuron` for all neurons of all samples: out (samples, neurons, instants)."""
    for sample in range(len(offsets) - 1):
        begin, end = own_offsets[sample], own_offsets[sample + 1]
        for neuron in range(len(tau_mem)):
            own = own_times[begin:end][own_neurons[begin:end] == neuron]
            sample_neuron(
                offsets[sample], offsets[sample + 1], times, pres, weights[neuron], own, tau_mem[neuron], tau_syn[neuron], instants,
                out[sample, neuron],
            )  # fmt: skip


def membrane(inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, instants: Floats) -> Floats:
    """Membrane potentials (samples, neurons, instants) of a layer whose spikes are known; `instants` ascending, seconds."""
    out = np.empty((inputs.samples, circuits.size, len(instants)))
    sample_batch(
        inputs.offsets, inputs.times, inputs.neurons, weights, own.offsets, own.times, own.neurons, circuits.tau_mem, circuits.tau_syn,
        instants, out,
    )  # fmt: skip
    return cast(Floats, out)
