"""The adjoint of a feed-forward layer in continuous time, from spike times alone: weight gradients and errors for the spikes below.

Backward in time, between events (Wunderlich & Pehle 2021, Table 1; doi:10.1038/s41598-021-91786-z):

    tau_mem dlV/ds = -lV,   tau_syn dlI/ds = -lI + lV          (s: time, backward)
    at an own spike      lV += (threshold lV + g) / D,          D = I - threshold = tau_mem dV/dt just before the spike
    at a pulled instant  lV -= p / tau_mem                      p = dL/dV there (a loss that reads the membrane potential)
    at an input spike    dW -= tau_syn lI,   e += W (lV - lI)   e = dL/dt of that spike, g of the layer below

g is dL/dt of the own spike. Where an input ends the rise of V, the maximum is at that input and moves with it: e += p (I - V) / tau_mem.

The currents I are computed again from the input spikes with the weights and time constants that the caller believes in. So the times may
come from a simulation, where the gradient is exact, or from a measurement, where D is held above `least_slope`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

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
    refuse_loads,
    refuse_misfit,
    room_for_decays,
    train_of,
)
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.potential import response
from spinn2sim.experiments.continuous.readout import Peaks
from spinn2sim.experiments.continuous.spikes import Spikes

LEAST_SLOPE = 1e-10  # of an exact simulation: the +1e-10 of the published code


class Gradient(NamedTuple):
    """What comes out: weights (n_out, n_in), summed over the samples; errors (n,), dL/dt of each input spike."""

    weights: Floats
    errors: Floats


class Pulls(NamedTuple):
    """A loss that reads maxima: dL/dVmax, the maxima and their instants (samples, neurons); all empty for other losses."""

    pulls: Floats
    values: Floats
    times: Floats


class Pull(NamedTuple):
    """The same of one neuron in one sample; pull 0 if there is none."""

    pull: float
    value: float
    time: float


class Own(NamedTuple):
    """Spikes of one neuron, or of all one after the other: times, g = dL/dt, slopes = D."""

    times: Floats
    g: Floats
    slopes: Floats


@kernel
def gather(own: Train, g: Floats, starts: NDArray[np.int64], out: Own) -> None:
    """Sort spikes by neuron, whose are then starts[neuron] .. starts[neuron + 1] - 1, still in the order of time (a counting sort)."""
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
def of_neuron(own: Own, starts: NDArray[np.int64], neuron: int) -> Own:
    """The spikes of one neuron."""
    first, last = starts[neuron], starts[neuron + 1]
    return Own(own.times[first:last], own.g[first:last], own.slopes[first:last])


@kernel
def fill_slopes(inputs: Train, decays: Decays, weights: Floats, cell: Cell, least: float, own: Own) -> None:
    """D just before each spike of one neuron, `least` at the least; an input of the very same instant is not yet counted."""
    i, now, event = 0.0, 0.0, 0
    for k in range(len(own.times)):
        while event < len(inputs.times) and inputs.times[event] < own.times[k]:
            i = i * decays.syn[event] + weights[inputs.neurons[event]]
            now = inputs.times[event]
            event += 1
        own.slopes[k] = max(i * math.exp((now - own.times[k]) / cell.tau_syn) - cell.threshold, least)


@kernel
def pull_kink(inputs: Train, decays: Decays, weights: Floats, cell: Cell, at: Pull, errors: Floats) -> None:
    """The error of an input that ends the rise of V and so makes its maximum, if one does."""
    i, event = 0.0, 0
    while event < len(inputs.times) and inputs.times[event] <= at.time:
        before = i * decays.syn[event]
        i = before + weights[inputs.neurons[event]]
        if inputs.times[event] == at.time and before > at.value >= i:
            errors[event] += at.pull * (before - at.value) / cell.tau_mem
        event += 1


@kernel
def moved_back(lv: float, li: float, wait: float, cell: Cell) -> tuple[float, float]:
    """The adjoint state `wait` earlier."""
    li = li * math.exp(-wait / cell.tau_syn) + lv * response(wait, cell.tau_syn, cell.tau_mem)
    return lv * math.exp(-wait / cell.tau_mem), li


@kernel
def pull_neuron(
    inputs: Train, decays: Decays, weights: Floats, cell: Cell, own: Own, at: Pull, gradient: Floats, errors: Floats
) -> None:
    """One neuron of one sample, backward: adds to its row `gradient` (n_in,) and to `errors` of the sample's input spikes."""
    lv, li, now, started = 0.0, 0.0, 0.0, False
    spike, pulled = len(own.times) - 1, at.pull == 0.0
    for event in range(len(inputs.times) - 1, -1, -1):
        t_in = inputs.times[event]
        whole = started  # the state is that of the next input's instant
        while True:  # what is later than this input acts; what is of the same instant was before it
            t_own = own.times[spike] if spike >= 0 else -1.0
            t_loss = -1.0 if pulled else at.time
            t = max(t_own, t_loss)
            if t <= t_in:
                break
            lv, li = moved_back(lv, li, now - t, cell) if started else (0.0, 0.0)
            if t == t_loss:
                lv -= at.pull / cell.tau_mem
                pulled = True
            else:
                lv += (cell.threshold * lv + own.g[spike]) / own.slopes[spike]
                spike -= 1
            now, started, whole = t, True, False
        if not started:
            continue
        if whole:
            li = li * decays.syn[event + 1] + lv * decays.response[event + 1] * (cell.tau_mem / cell.tau_syn)
            lv *= decays.mem[event + 1]
        else:
            lv, li = moved_back(lv, li, now - t_in, cell)
        now = t_in
        pre = inputs.neurons[event]
        gradient[pre] -= cell.tau_syn * li
        errors[event] += weights[pre] * (lv - li)


@kernel
def pull_of(pulls: Pulls, sample: int, neuron: int) -> Pull:
    """That of one neuron in one sample."""
    if not len(pulls.pulls):
        return Pull(0.0, 0.0, 0.0)
    return Pull(pulls.pulls[sample, neuron], pulls.values[sample, neuron], pulls.times[sample, neuron])


@kernel
def pull_batch(
    inputs: Events, own: Events, weights: Floats, cells: Cells, g: Floats, pulls: Pulls, least: float, out: Gradient
) -> None:
    """`pull_neuron` for all neurons that have a spike or a pull, sample by sample."""
    decays = room_for_decays(inputs)
    room = len(own.times)
    sorted_own, starts = Own(np.empty(room), np.empty(room), np.empty(room)), np.empty(len(weights) + 1, np.int64)
    for sample in range(len(inputs.offsets) - 1):
        fed, errors = train_of(inputs, sample), out.errors[inputs.offsets[sample] : inputs.offsets[sample + 1]]
        gather(train_of(own, sample), g[own.offsets[sample] : own.offsets[sample + 1]], starts, sorted_own)
        end = fed.times[-1] if len(fed.times) else 0.0
        known = False  # the decays; all neurons share them if they are alike
        for neuron in range(len(weights)):
            mine, at = of_neuron(sorted_own, starts, neuron), pull_of(pulls, sample, neuron)
            if len(mine.times) == 0 and at.pull == 0.0:
                continue
            cell = cell_of(cells, sample, neuron)
            if not (known and cells.alike):
                fill_decays(fed.times, end, cell.tau_mem, cell.tau_syn, decays)
                known = True
            fill_slopes(fed, decays, weights[neuron], cell, least, mine)
            pull_neuron(fed, decays, weights[neuron], cell, mine, at, out.weights[neuron], errors)
            if at.pull != 0.0:
                pull_kink(fed, decays, weights[neuron], cell, at, errors)


NO_PULLS = Pulls(np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0)))


def pull(
    inputs: Spikes,
    own: Spikes,
    weights: Floats,
    circuits: Circuits,
    g: Floats,
    peaks: tuple[Peaks, Floats] | None = None,
    least_slope: float = LEAST_SLOPE,
) -> Gradient:
    """Weight gradient and errors of a layer.

    `g` (spikes of `own`,) is dL/dt of each own spike; `peaks`, for a loss on membrane potentials, says when each had its maximum and
    dL/dVmax (samples, neurons). `circuits` are those the caller believes in.
    """
    refuse_misfit(inputs, weights, circuits)
    refuse_loads(own, g)
    out = Gradient(np.zeros(weights.shape), np.zeros(len(inputs.times)))
    pulls = NO_PULLS if peaks is None else Pulls(peaks[1], peaks[0].values, peaks[0].times)
    pull_batch(events(inputs), events(own), weights, cells(circuits), g, pulls, least_slope, out)
    return out
