"""A layer that integrates and never fires: the maximum of each membrane potential over time, and what its gradient puts into the adjoints.

The maximum of V over [0, t_end] is found in closed form, interval by interval. The state of rest, V = 0 at t = 0, is one of its candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
from spinn2sim.experiments.continuous.potential import potential, time_of_extremum
from spinn2sim.experiments.continuous.spikes import Spikes


@dataclass(frozen=True)
class Peaks:
    """The maximum of each membrane potential, (samples, neurons), and when it was, seconds (0 where V never rose above rest)."""

    values: Floats
    times: Floats


@kernel
def peak_of_neuron(inputs: Train, decays: Decays, weights: Floats, cell: Cell, t_end: float) -> tuple[float, float]:
    """(max V, its time) of one neuron; the time of an input, to the last bit, where an input ends the rise."""
    v, i, now, best, when = 0.0, 0.0, 0.0, 0.0, 0.0
    for event in range(len(inputs.times) + 1):
        last = event == len(inputs.times) or inputs.times[event] >= t_end
        until = t_end if last else inputs.times[event]
        v_until, i_until = v * decays.mem[event] + i * decays.response[event], i * decays.syn[event]
        if i_until >= v_until:  # it rises still, or has fallen and turned
            if v_until > best:
                best, when = v_until, until
        elif i > v and i > best:
            top = min(time_of_extremum(v, i, cell.tau_mem, cell.tau_syn), until - now)
            value = potential(top, v, i, cell.tau_mem, cell.tau_syn)
            if value > best:
                best, when = value, now + top
        if last:
            break
        v, i, now = v_until, i_until + weights[inputs.neurons[event]], until
    return best, when


@kernel
def peak_batch(inputs: Events, weights: Floats, cells: Cells, t_end: float, values: Floats, whens: Floats) -> None:
    """`peak_of_neuron` for all neurons of all samples."""
    decays = room_for_decays(inputs)
    for sample in range(len(inputs.offsets) - 1):
        fed = train_of(inputs, sample)
        for neuron in range(len(weights)):
            cell = cell_of(cells, sample, neuron)
            if neuron == 0 or not cells.alike:
                fill_decays(fed.times, t_end, cell.tau_mem, cell.tau_syn, decays)
            values[sample, neuron], whens[sample, neuron] = peak_of_neuron(fed, decays, weights[neuron], cell, t_end)


def peaks(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Peaks:
    """The maxima over [0, t_end] of a readout with weights (n_out, n_in)."""
    refuse_misfit(inputs, weights, circuits)
    values, times = np.empty((inputs.samples, circuits.size)), np.empty((inputs.samples, circuits.size))
    peak_batch(events(inputs), weights, cells(circuits), t_end, values, times)
    return Peaks(values, times)
