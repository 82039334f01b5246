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

from spinn2sim.exact.compile import kernel
from spinn2sim.exact.events import (
    Cell,
    Cells,
    Decays,
    Events,
    Train,
    cell_of,
    cells,
    events,
    fill_decays,
    room_for_decays,
    train_of,
)  # fmt: skip
from spinn2sim.exact.layers import Circuits, Floats
from spinn2sim.exact.potential import response
from spinn2sim.exact.readout import Peaks
from spinn2sim.spec.spikes import Spikes

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


class Fired(NamedTuple):
    """The spikes of one layer in one sample, neuron after neuron: neuron k has starts[k] .. starts[k + 1] - 1; g is dL/dt, slopes is D."""

    starts: NDArray[np.int64]
    times: Floats
    g: Floats
    slopes: Floats


@kernel
def gather(own: Train, g: Floats, out: Fired) -> None:
    """Sort spikes by neuron; those of one neuron stay in the order of time (a counting sort)."""
    out.starts[:] = 0
    for neuron in own.neurons:
        out.starts[neuron + 1] += 1
    for neuron in range(1, len(out.starts)):
        out.starts[neuron] += out.starts[neuron - 1]
    place = out.starts.copy()
    for k in range(len(own.times)):
        at = place[own.neurons[k]]
        place[own.neurons[k]] += 1
        out.times[at], out.g[at] = own.times[k], g[k]


@kernel
def fill_slopes(
    inputs: Train, decays: Decays, weights: Floats, cell: Cell, fired: Fired, first: int, last: int
) -> None:
    """D just before each spike of one neuron, an input of the very same instant not yet counted."""
    i, now, event = 0.0, 0.0, 0
    for k in range(first, last):
        while event < len(inputs.times) and inputs.times[event] < fired.times[k]:
            i = i * decays.syn[event] + weights[inputs.neurons[event]]
            now = inputs.times[event]
            event += 1
        fired.slopes[k] = i * math.exp((now - fired.times[k]) / cell.tau_syn) - cell.threshold


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
    inputs: Train, decays: Decays, weights: Floats, cell: Cell, fired: Fired, first: int, last: int, at: Pull,
    least_slope: float, gradient: Floats, errors: Floats,
) -> None:  # fmt: skip
    """One neuron of one sample, backward: adds to its row `gradient` (n_in,) and to `errors` of the sample's input spikes."""
    lv, li, now, started = 0.0, 0.0, 0.0, False
    spike, pulled = last - 1, at.pull == 0.0
    for event in range(len(inputs.times) - 1, -1, -1):
        t_in = inputs.times[event]
        whole = started  # the state is that of the next input's instant
        while True:  # what is later than this input acts; what is of the same instant was before it
            t_own = fired.times[spike] if spike >= first else -1.0
            t_loss = -1.0 if pulled else at.time
            t = max(t_own, t_loss)
            if t <= t_in:
                break
            lv, li = moved_back(lv, li, now - t, cell) if started else (0.0, 0.0)
            if t == t_loss:
                lv -= at.pull / cell.tau_mem
                pulled = True
            else:
                lv += (cell.threshold * lv + fired.g[spike]) / max(fired.slopes[spike], least_slope)
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
def pull_sample(
    inputs: Train, decays: Decays, weights: Floats, cells: Cells, sample: int, fired: Fired, pulls: Pulls,
    least_slope: float, gradient: Floats, errors: Floats,
) -> None:  # fmt: skip
    """`pull_neuron` for all neurons that have a spike or a pull."""
    end = inputs.times[-1] if len(inputs.times) else 0.0
    if cells.alike:
        fill_decays(inputs.times, end, cells.tau_mem[0], cells.tau_syn[0], decays)
    for neuron in range(len(weights)):
        first, last = fired.starts[neuron], fired.starts[neuron + 1]
        at = Pull(0.0, 0.0, 0.0)
        if len(pulls.pulls):
            at = Pull(pulls.pulls[sample, neuron], pulls.values[sample, neuron], pulls.times[sample, neuron])
        if first == last and at.pull == 0.0:
            continue
        cell = cell_of(cells, sample, neuron)
        if not cells.alike:
            fill_decays(inputs.times, end, cell.tau_mem, cell.tau_syn, decays)
        fill_slopes(inputs, decays, weights[neuron], cell, fired, first, last)
        pull_neuron(
            inputs, decays, weights[neuron], cell, fired, first, last, at, least_slope, gradient[neuron], errors
        )
        if at.pull != 0.0:
            pull_kink(inputs, decays, weights[neuron], cell, at, errors)


@kernel
def pull_batch(
    inputs: Events, own: Events, weights: Floats, cells: Cells, g: Floats, pulls: Pulls, least_slope: float,
    gradient: Floats, errors: Floats,
) -> None:  # fmt: skip
    """`pull_sample` for all samples."""
    decays = room_for_decays(inputs)
    room = len(room_for_decays(own).mem)
    fired = Fired(np.empty(len(weights) + 1, np.int64), np.empty(room), np.empty(room), np.empty(room))
    for sample in range(len(inputs.offsets) - 1):
        gather(train_of(own, sample), g[own.offsets[sample] : own.offsets[sample + 1]], fired)
        below = errors[inputs.offsets[sample] : inputs.offsets[sample + 1]]
        pull_sample(
            train_of(inputs, sample), decays, weights, cells, sample, fired, pulls, least_slope, gradient, below
        )


NO_PULLS = Pulls(np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0)))


def pull(
    inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, g: Floats, peaks: tuple[Peaks, Floats] | None = None,
    least_slope: float = LEAST_SLOPE,
) -> Gradient:  # fmt: skip
    """Weight gradient and errors of a layer.

    `g` (spikes of `own`,) is dL/dt of each own spike; `peaks`, for a loss on membrane potentials, says when each had its maximum and
    dL/dVmax (samples, neurons). `circuits` are those the caller believes in.
    """
    gradient, errors = np.zeros_like(weights), np.zeros(len(inputs.times))
    pulls = NO_PULLS if peaks is None else Pulls(peaks[1], peaks[0].values, peaks[0].times)
    pull_batch(events(inputs), events(own), weights, cells(circuits), g, pulls, least_slope, gradient, errors)
    return Gradient(gradient, errors)
