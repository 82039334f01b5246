"""A feed-forward layer in continuous time, its spikes and its membrane potentials, exact to rounding; no time step.

Neurons of such a layer do not see each other, so each walks through the sample's input events alone.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.events import (
    Cell,
    Cells,
    Decays,
    Events,
    Train,
    cell_of,
    cells,
    events,
    fill_decays,
    refuse_misfit,
    room_for_decays,
    train_of,
)
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.potential import first_crossing, potential, response
from spinn2sim.experiments.continuous.spikes import Spikes

FIRST_ROOM = 256
SURELY = 1.0 - 1e-12  # leaves room for rounding


@kernel
def may_fire(v: float, i: float, v_until: float, i_until: float, cell: Cell) -> bool:
    """Whether V may come above the threshold before it is `v_until`: a cheap question that saves nearly all searches.

    V is at most max(v, 0) + i highest, and while it still rises at the end of the wait it has not been higher before.
    """
    if i <= cell.threshold or max(v, 0.0) + i * cell.highest < SURELY * cell.threshold:
        return False
    return v_until > cell.threshold or i_until < v_until


@kernel
def fire_neuron(inputs: Train, decays: Decays, weights: Floats, cell: Cell, t_end: float, out: Floats) -> int:
    """Spike times of one neuron with `weights` (n_in,) into `out`; how many there are (more than its room are counted alone)."""
    v, i, now, count = 0.0, 0.0, 0.0, 0
    for event in range(len(inputs.times) + 1):
        last = event == len(inputs.times) or inputs.times[event] >= t_end
        until = t_end if last else inputs.times[event]
        v_until, i_until = v * decays.mem[event] + i * decays.response[event], i * decays.syn[event]
        while may_fire(v, i, v_until, i_until, cell):
            wait = first_crossing(v, i, cell.tau_mem, cell.tau_syn, cell.threshold, until - now)
            if wait == math.inf:
                break
            now += wait
            if count < len(out):
                out[count] = now
            count += 1
            if count == cell.max_spikes:
                return count
            v, i = 0.0, i * math.exp(-wait / cell.tau_syn)
            v_until = i * response(until - now, cell.tau_mem, cell.tau_syn)
            i_until = i * math.exp(-(until - now) / cell.tau_syn)
        if last:
            break
        v, i, now = v_until, i_until + weights[inputs.neurons[event]], until
    return count


@kernel
def fire_sample(
    inputs: Train, decays: Decays, weights: Floats, cells: Cells, sample: int, t_end: float, spare: Floats, out: Train
) -> int:
    """All spikes of one sample, neuron after neuron; how many there are, also where there is no more room."""
    count = 0
    for neuron in range(len(weights)):
        cell = cell_of(cells, sample, neuron)
        if neuron == 0 or not cells.alike:
            fill_decays(inputs.times, t_end, cell.tau_mem, cell.tau_syn, decays)
        fired = fire_neuron(inputs, decays, weights[neuron], cell, t_end, spare)
        for k in range(min(fired, len(spare), len(out.times) - count)):
            out.times[count + k] = spare[k]
            out.neurons[count + k] = neuron
        count += fired
        if fired > len(spare) or count > len(out.times):
            return len(out.times) + fired  # come back with more room
    return count


@kernel
def fire_batch(
    inputs: Events, weights: Floats, cells: Cells, t_end: float, spare: Floats, out: Train, offsets: NDArray[np.int64]
) -> int:
    """Spikes of all samples, sorted by time within each; how many there are, or more than the room there is."""
    decays = room_for_decays(inputs)
    start = 0
    for sample in range(len(offsets) - 1):
        free = Train(out.times[start:], out.neurons[start:])
        count = fire_sample(train_of(inputs, sample), decays, weights, cells, sample, t_end, spare, free)
        if count > len(free.times):
            return start + count
        order = np.argsort(free.times[:count], kind="mergesort")
        free.times[:count] = free.times[:count][order]
        free.neurons[:count] = free.neurons[:count][order]
        start += count
        offsets[sample + 1] = start
    return start


def fire(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Spikes:
    """The spikes before `t_end` (seconds) of a layer that starts at rest; weights (n_out, n_in). Ties in time go to the lower neuron."""
    refuse_misfit(inputs, weights, circuits)
    spare = np.empty(FIRST_ROOM)
    room = max(FIRST_ROOM, 2 * circuits.size * inputs.samples)
    while True:
        out = Train(np.empty(room), np.empty(room, np.int32))
        offsets = np.zeros(inputs.samples + 1, np.int64)
        count = fire_batch(events(inputs), weights, cells(circuits), t_end, spare, out, offsets)
        if count <= room:
            return Spikes(out.times[:count], out.neurons[:count], offsets, circuits.size)
        room, spare = 2 * count, np.empty(min(2 * len(spare), count))


@kernel
def sample_neuron(inputs: Train, weights: Floats, own: Floats, cell: Cell, instants: Floats, out: Floats) -> None:
    """The membrane potential at `instants` (ascending) of a neuron that fired at `own` and was reset there."""
    v, i, now, event, spike = 0.0, 0.0, 0.0, 0, 0
    for k in range(len(instants)):
        while True:  # all that happens up to this instant, a spike before the input of the same time
            t_in = inputs.times[event] if event < len(inputs.times) else math.inf
            t_own = own[spike] if spike < len(own) else math.inf
            until = min(min(t_in, t_own), instants[k])
            wait = until - now
            v = potential(wait, v, i, cell.tau_mem, cell.tau_syn)
            i *= math.exp(-wait / cell.tau_syn)
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
def sample_batch(inputs: Events, own: Events, weights: Floats, cells: Cells, instants: Floats, out: Floats) -> None:
    """`sample_neuron` for all neurons of all samples: out (samples, neurons, instants)."""
    for sample in range(len(inputs.offsets) - 1):
        fed, fired = train_of(inputs, sample), train_of(own, sample)
        for neuron in range(len(weights)):
            mine = fired.times[fired.neurons == neuron]
            sample_neuron(fed, weights[neuron], mine, cell_of(cells, sample, neuron), instants, out[sample, neuron])


def membrane(inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, instants: Floats) -> Floats:
    """Membrane potentials (samples, neurons, instants) of a layer whose spikes are known; `instants` ascending, seconds.

    At an own spike it is the one after the reset.
    """
    refuse_misfit(inputs, weights, circuits)
    out = np.empty((inputs.samples, circuits.size, len(instants)))
    sample_batch(events(inputs), events(own), weights, cells(circuits), instants, out)
    return cast(Floats, out)
