"""A layer that integrates and never fires: the maximum of each membrane potential over time, and what its gradient puts into the adjoints.

The maximum of V over [0, t_end] is found in closed form, interval by interval. The state of rest, V = 0 at t = 0, is one of its candidates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.exact.compile import kernel
from spinn2sim.exact.layers import Circuits, Floats
from spinn2sim.exact.potential import potential, time_of_extremum
from spinn2sim.spec.spikes import Spikes


@dataclass(frozen=True)
class Peaks:
    """The maximum of each membrane potential, (samples, neurons), and when it was, seconds (0 where V never rose above rest)."""

    values: Floats
    times: Floats


@kernel
def peak_of_neuron(
    first: int,
    last: int,
    times: Floats,
    pres: NDArray[np.int32],
    weights: Floats,
    tau_mem: float,
    tau_syn: float,
    t_end: float,
) -> tuple[float, float]:
    """(max V, its time) of one neuron."""
    v, i, now, best, when = 0.0, 0.0, 0.0, 0.0, 0.0
    for event in range(first, last + 1):
        until = min(times[event], t_end) if event < last else t_end
        wait = until - now
        if i > v and max(i, v) > best:  # it rises, and it may come high enough
            top = min(time_of_extremum(v, i, tau_mem, tau_syn), wait)
            value = potential(top, v, i, tau_mem, tau_syn)
            if value > best:
                best, when = value, now + top
        if event == last or times[event] >= t_end:
            break
        v = potential(wait, v, i, tau_mem, tau_syn)
        i = i * math.exp(-wait / tau_syn) + weights[pres[event]]
        now = until
    return best, when


@kernel
def peak_batch(
    offsets: NDArray[np.int64], times: Floats, pres: NDArray[np.int32], weights: Floats, tau_mem: Floats, tau_syn: Floats, t_end: float,
    values: Floats, whens: Floats,
) -> None:  # fmt: skip
    """`peak_of_neuron` for all neurons of all samples."""
    for sample in range(len(offsets) - 1):
        for neuron in range(len(tau_mem)):
            values[sample, neuron], whens[sample, neuron] = peak_of_neuron(
                offsets[sample],
                offsets[sample + 1],
                times,
                pres,
                weights[neuron],
                tau_mem[neuron],
                tau_syn[neuron],
                t_end,
            )


def peaks(inputs: Spikes, weights: Floats, circuits: Circuits, t_end: float) -> Peaks:
    """The maxima over [0, t_end] of a readout with weights (n_out, n_in)."""
    values, times = np.empty((inputs.samples, circuits.size)), np.empty((inputs.samples, circuits.size))
    peak_batch(
        inputs.offsets, inputs.times, inputs.neurons, weights, circuits.tau_mem, circuits.tau_syn, t_end, values, times
    )
    return Peaks(values, times)
