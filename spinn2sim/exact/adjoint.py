"""The adjoint of a feed-forward layer in continuous time, from spike times alone: weight gradients and errors for the spikes below.

Backward in time, between events (Wunderlich & Pehle 2021, Table 1; doi:10.1038/s41598-021-91786-z):

    tau_mem dlV/ds = -lV,   tau_syn dlI/ds = -lI + lV          (s: time, backward)
    at an own spike      lV += (threshold lV + g) / D,          D = I - threshold = tau_mem dV/dt just before the spike
    at a pulled instant  lV -= p / tau_mem                      p = dL/dV there (a loss that reads the membrane potential)
    at an input spike    dW -= tau_syn lI,   e += W (lV - lI)   e = dL/dt of that spike, g of the layer below

g is dL/dt of the own spike. The currents I are computed again from the input spikes with the weights and time constants that the caller
believes in, so the times may come from a simulation, where the gradient is exact, or from a measurement, where D is held above
`least_slope`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.exact.compile import kernel
from spinn2sim.exact.layers import Circuits, Floats
from spinn2sim.exact.potential import response
from spinn2sim.exact.readout import Peaks
from spinn2sim.spec.spikes import Spikes

Ints = NDArray[np.int64]
LEAST_SLOPE = 1e-10  # of an exact simulation: the +1e-10 of the published code


class Events(NamedTuple):
    """Flat arrays of a batch of spikes, as kernels take them."""

    offsets: Ints
    times: Floats
    neurons: NDArray[np.int32]


class Gradient(NamedTuple):
    """What comes out: weights (n_out, n_in), summed over the samples; errors (n,), dL/dt of each input spike."""

    weights: Floats
    errors: Floats


def events(spikes: Spikes) -> Events:
    """The arrays of `spikes`."""
    return Events(spikes.offsets, spikes.times, spikes.neurons)


@kernel
def slope_at_spikes(
    first: int,
    last: int,
    times: Floats,
    pres: NDArray[np.int32],
    weights: Floats,
    tau_syn: float,
    threshold: float,
    own: Floats,
    out: Floats,
) -> None:
    """D = I - threshold just before each of the `own` spikes, an input of the very same instant not yet counted."""
    i, now, event = 0.0, 0.0, first
    for k in range(len(own)):
        while event < last and times[event] < own[k]:
            i = i * math.exp((now - times[event]) / tau_syn) + weights[pres[event]]
            now = times[event]
            event += 1
        out[k] = i * math.exp((now - own[k]) / tau_syn) - threshold


@kernel
def pull_neuron(
    first: int, last: int, times: Floats, pres: NDArray[np.int32], weights: Floats, own: Floats, slopes: Floats, g: Floats, t_pull: float,
    pull: float, tau_mem: float, tau_syn: float, threshold: float, least_slope: float, gradient: Floats, errors: Floats,
) -> None:  # fmt: skip
    """One neuron of one sample, backward: adds to its row `gradient` (n_in,) and to `errors` of the sample's input spikes."""
    lv, li, now = 0.0, 0.0, 0.0
    event, spike, pulled = last - 1, len(own) - 1, pull == 0.0
    started = False
    while event >= first:
        t_own = own[spike] if spike >= 0 else -1.0
        t_loss = t_pull if not pulled else -1.0
        t = max(times[event], max(t_own, t_loss))
        if started:
            wait = now - t
            li = li * math.exp(-wait / tau_syn) + lv * response(wait, tau_syn, tau_mem)
            lv *= math.exp(-wait / tau_mem)
        now = t
        if times[event] == t:  # what acts at t acts after a spike at t: backward it comes first
            if started:
                pre = pres[event]
                gradient[pre] -= tau_syn * li
                errors[event] += weights[pre] * (lv - li)
            event -= 1
        elif t_loss == t:
            lv -= pull / tau_mem
            pulled, started = True, True
        else:
            lv += (threshold * lv + g[spike]) / max(slopes[spike], least_slope)
            spike -= 1
            started = True


@kernel
def pull_batch(
    inputs: Events, own: Events, weights: Floats, g: Floats, pulls: Floats, t_pulls: Floats, tau_mem: Floats, tau_syn: Floats,
    threshold: Floats, least_slope: float, gradient: Floats, errors: Floats,
) -> None:  # fmt: skip
    """`pull_neuron` for all neurons of all samples; pulls (samples, neurons) or empty."""
    spare, slopes, loads = np.empty(0), np.empty(0), np.empty(0)
    for sample in range(len(inputs.offsets) - 1):
        first, last = inputs.offsets[sample], inputs.offsets[sample + 1]
        begin, end = own.offsets[sample], own.offsets[sample + 1]
        if end - begin > len(spare):
            spare, slopes, loads = np.empty(2 * (end - begin)), np.empty(2 * (end - begin)), np.empty(2 * (end - begin))
        # Spikes of one neuron after the other: a counting sort by neuron keeps the order in time.
        starts = np.zeros(len(tau_mem) + 1, np.int64)
        for k in range(begin, end):
            starts[own.neurons[k] + 1] += 1
        for neuron in range(len(tau_mem)):
            starts[neuron + 1] += starts[neuron]
        place = starts.copy()
        for k in range(begin, end):
            at = place[own.neurons[k]]
            spare[at], loads[at] = own.times[k], g[k]
            place[own.neurons[k]] = at + 1
        for neuron in range(len(tau_mem)):
            a, b = starts[neuron], starts[neuron + 1]
            pull = pulls[sample, neuron] if len(pulls) else 0.0
            if a == b and pull == 0.0:
                continue
            slope_at_spikes(
                first,
                last,
                inputs.times,
                inputs.neurons,
                weights[neuron],
                tau_syn[neuron],
                threshold[neuron],
                spare[a:b],
                slopes[a:b],
            )
            pull_neuron(
                first, last, inputs.times, inputs.neurons, weights[neuron], spare[a:b], slopes[a:b], loads[a:b],
                t_pulls[sample, neuron] if len(pulls) else 0.0, pull, tau_mem[neuron], tau_syn[neuron], threshold[neuron], least_slope,
                gradient[neuron], errors,
            )  # fmt: skip


NO_PULL = np.empty((0, 0))


def pull(
    inputs: Spikes, own: Spikes, weights: Floats, circuits: Circuits, g: Floats, peaks: tuple[Peaks, Floats] | None = None,
    least_slope: float = LEAST_SLOPE,
) -> Gradient:  # fmt: skip
    """Weight gradient and errors of a layer.

    `g` (spikes of `own`,) is dL/dt of each own spike; `peaks`, for a loss on membrane potentials, says when each had its maximum and
    dL/dVmax (samples, neurons). `circuits` are those the caller believes in (thresholds (n,)).
    """
    gradient, errors = np.zeros_like(weights), np.zeros(len(inputs.times))
    pulls, t_pulls = (NO_PULL, NO_PULL) if peaks is None else (peaks[1], peaks[0].times)
    pull_batch(
        events(inputs), events(own), weights, g, pulls, t_pulls, circuits.tau_mem, circuits.tau_syn, circuits.threshold, least_slope,
        gradient, errors,
    )  # fmt: skip
    return Gradient(gradient, errors)
