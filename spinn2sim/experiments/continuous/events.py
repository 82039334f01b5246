"""Spikes and circuits as kernels walk through them, and the decays from each event to the next; it finds no spike."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.layers import Circuits, Floats
from spinn2sim.experiments.continuous.potential import response, time_of_extremum
from spinn2sim.experiments.continuous.spikes import Spikes


class Events(NamedTuple):
    """The spikes of a batch."""

    offsets: NDArray[np.int64]
    times: Floats
    neurons: NDArray[np.int32]


class Train(NamedTuple):
    """The spikes of one sample."""

    times: Floats
    neurons: NDArray[np.int32]


class Cells(NamedTuple):
    """The circuits of a layer: threshold (1 or samples, n), highest (n,); `alike` if their time constants are all equal."""

    tau_mem: Floats
    tau_syn: Floats
    threshold: Floats
    highest: Floats
    max_spikes: int
    alike: bool


class Cell(NamedTuple):
    """The constants of one neuron in one sample; highest: the maximum of V after I = 1 at rest."""

    tau_mem: float
    tau_syn: float
    threshold: float
    highest: float
    max_spikes: int


class Decays(NamedTuple):
    """What becomes of V and I from the event before (or the start) to each event of a sample, and from the last one to the end.

    mem, syn  exp(-wait/tau)
    response  V at the event for I = 1 at the one before
    """

    mem: Floats
    syn: Floats
    response: Floats


def events(spikes: Spikes) -> Events:
    """The arrays of `spikes`."""
    return Events(spikes.offsets, spikes.times, spikes.neurons)


def refuse_misfit(inputs: Spikes, weights: Floats, circuits: Circuits) -> None:
    """Raises ValueError unless weights are (neurons, inputs), and thresholds (neurons,) or (samples, neurons): kernels do not look."""
    if weights.shape != (circuits.size, inputs.size):
        raise ValueError(f"weights are {weights.shape}; {circuits.size} neurons of {inputs.size} inputs have others")
    if circuits.threshold.shape not in ((circuits.size,), (inputs.samples, circuits.size)):
        raise ValueError(
            f"thresholds are {circuits.threshold.shape}; {inputs.samples} samples of {circuits.size} neurons have others"
        )


def refuse_loads(own: Spikes, g: Floats) -> None:
    """Raises ValueError unless there is one dL/dt per spike."""
    if g.shape != own.times.shape:
        raise ValueError(f"dL/dt is {g.shape}; there are {len(own.times)} spikes")


def cells(circuits: Circuits) -> Cells:
    """The arrays of `circuits`."""
    alike = bool(circuits.size and np.ptp(circuits.tau_mem) == 0.0 and np.ptp(circuits.tau_syn) == 0.0)
    threshold, highest = np.atleast_2d(circuits.threshold), np.empty(circuits.size)
    fill_highest(circuits.tau_mem, circuits.tau_syn, highest)
    return Cells(circuits.tau_mem, circuits.tau_syn, threshold, highest, circuits.max_spikes, alike)


@kernel
def fill_highest(tau_mem: Floats, tau_syn: Floats, out: Floats) -> None:
    """The maximum of V after I = 1 at rest, of each circuit."""
    for neuron in range(len(out)):
        top = time_of_extremum(0.0, 1.0, tau_mem[neuron], tau_syn[neuron])
        out[neuron] = response(top, tau_mem[neuron], tau_syn[neuron])


@kernel
def train_of(batch: Events, sample: int) -> Train:
    """The spikes of one sample."""
    first, last = batch.offsets[sample], batch.offsets[sample + 1]
    return Train(batch.times[first:last], batch.neurons[first:last])


@kernel
def cell_of(cells: Cells, sample: int, neuron: int) -> Cell:
    """The constants of one neuron in one sample."""
    row = sample if len(cells.threshold) > 1 else 0
    return Cell(
        cells.tau_mem[neuron],
        cells.tau_syn[neuron],
        cells.threshold[row, neuron],
        cells.highest[neuron],
        cells.max_spikes,
    )


@kernel
def room_for_decays(batch: Events) -> Decays:
    """Room for the decays of the longest sample."""
    size = 1
    for sample in range(len(batch.offsets) - 1):
        size = max(size, batch.offsets[sample + 1] - batch.offsets[sample] + 1)
    return Decays(np.empty(size), np.empty(size), np.empty(size))


@kernel
def fill_decays(times: Floats, t_end: float, tau_mem: float, tau_syn: float, out: Decays) -> None:
    """The decays of a sample with events at `times` up to `t_end`."""
    now = 0.0
    for event in range(len(times) + 1):
        until = min(times[event], t_end) if event < len(times) else t_end
        wait = until - now
        out.mem[event] = math.exp(-wait / tau_mem)
        out.syn[event] = math.exp(-wait / tau_syn)
        out.response[event] = response(wait, tau_mem, tau_syn)
        now = until
