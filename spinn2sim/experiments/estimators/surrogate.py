"""Surrogate gradients from sampled membranes: back-propagation through time on the grid of the samples; spikes count by their bins alone.

The host takes the device for

    I[k] = a I[k-1] + W x[k],   V[k] = b V[k-1] (1 - z[k-1]) + (1 - b) I[k],   a = exp(-dt/tau_syn), b = exp(-dt/tau_mem)

and puts in what was measured: z from the spikes, V from the samples. The step's derivative is SuperSpike's
1 / (1 + steepness |V - threshold|)^2 (Zenke & Ganguli 2018, doi:10.1162/neco_a_01086; in the loop: Cramer et al. 2022,
doi:10.1073/pnas.2109194119). No gradient goes through the reset. In a bin with a spike V is taken for the threshold: it was there,
though the sample may have been taken after the reset.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.compile import kernel
from spinn2sim.experiments.continuous.loss import peak_loss
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels
from spinn2sim.experiments.estimators.eventprop import sampled_peaks
from spinn2sim.experiments.loop.observation import ReadoutObservation, SampledObservation


class Grid(NamedTuple):
    """Decays per bin, and the surrogate's shape."""

    a: float
    b: float
    threshold: float
    steepness: float


class Binned(NamedTuple):
    """Spikes by sample and bin; spikes after the last bin are left out."""

    offsets: NDArray[np.int64]
    bins: NDArray[np.int64]
    neurons: NDArray[np.int32]


@dataclass(frozen=True)
class PeakSurrogate:
    """Cross-entropy of the maxima of the sampled readout; `steepness` per threshold, `scale` multiplies the maxima in the softmax.

    Where no sample of a readout is above rest the loss takes 0 for its maximum; the estimator pulls at the highest sample all the same,
    so that such a neuron finds its way up: there, and only there, this is not the gradient of that loss.

    `rate_penalty` times the squared number of spikes of each neuron, summed per sample, is added to the loss: the firing-rate regulariser
    of Cramer et al. 2022.
    """

    steepness: float = 10.0
    scale: float = 1.0
    rate_penalty: float = 0.0

    sees = SampledObservation

    def estimate(
        self, network: Network, seen: SampledObservation, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient for a network whose last layer only integrates. Raises ValueError where it fires."""
        if seen.readout is None:
            raise ValueError("surrogate gradients are for a readout that never fires")
        dt = float(seen.instants[1] - seen.instants[0])
        grid = Grid(math.exp(-dt / network.tau_syn), math.exp(-dt / network.tau_mem), network.threshold, self.steepness)
        binned = [bins_of(spikes, dt, len(seen.instants)) for spikes in (inputs, *seen.spikes)]
        loss = peak_loss(
            sampled_peaks(ReadoutObservation(seen.spikes, seen.instants, seen.readout)).values, labels, self.scale
        )
        load = np.zeros((len(labels), len(seen.instants), network.sizes[-1]))
        at = seen.readout.argmax(axis=2)
        np.put_along_axis(load, at[:, None, :], loss.pulls[:, None, :], axis=1)
        gradients: list[Floats] = []
        rates = 0.0
        for layer in range(len(weights) - 1, -1, -1):
            if layer < len(seen.spikes):
                counts = spike_counts(seen.spikes[layer])
                load += 2.0 * self.rate_penalty / len(labels) * counts[:, None, :]
                rates += self.rate_penalty * float((counts**2).sum()) / len(labels)
                through_step(grid, seen.hidden[layer], binned[layer + 1], load)
            below = np.zeros((len(labels), len(seen.instants), weights[layer].shape[1] if layer else 0))
            gradient = np.zeros_like(weights[layer])
            back_batch(grid, binned[layer], fired_of(binned, seen, layer, load), load, weights[layer], gradient, below)
            gradients.insert(0, gradient)
            load = below
        return Estimate(float(loss.loss.mean()) + rates, tuple(gradients))


def spike_counts(spikes: Spikes) -> Floats:
    """How often each neuron fired, (samples, neurons)."""
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    flat = np.bincount(sample * spikes.size + spikes.neurons, minlength=spikes.samples * spikes.size)
    return flat.reshape(spikes.samples, spikes.size).astype(np.float64)


def bins_of(spikes: Spikes, dt: float, count: int) -> Binned:
    """A spike at t is in bin k when k dt < t <= (k + 1) dt, so that sample k, at (k + 1) dt, shows it; one at 0 is in bin 0."""
    bins = np.maximum(np.ceil(spikes.times / dt).astype(np.int64) - 1, 0)
    kept = bins < count
    before = np.concatenate([[0], np.cumsum(kept)])
    return Binned(before[spikes.offsets], bins[kept], spikes.neurons[kept])


def fired_of(binned: list[Binned], seen: SampledObservation, layer: int, load: Floats) -> NDArray[np.bool_]:
    """Whether each neuron fired in each bin (samples, bins, neurons): what cuts its membrane's past off."""
    fired = np.zeros(load.shape, np.bool_)
    if layer < len(seen.spikes):
        own = binned[layer + 1]
        fired[np.repeat(np.arange(len(load)), np.diff(own.offsets)), own.bins, own.neurons] = True
    return fired


@kernel
def through_step(grid: Grid, membrane: Floats, own: Binned, load: Floats) -> None:
    """load (samples, bins, neurons): from dL/dz to dL/dV by the surrogate; membrane (samples, neurons, bins)."""
    for sample in range(load.shape[0]):
        at_threshold = np.zeros((load.shape[1], load.shape[2]), np.bool_)
        for k in range(own.offsets[sample], own.offsets[sample + 1]):
            at_threshold[own.bins[k], own.neurons[k]] = True
        for k in range(load.shape[1]):
            for n in range(load.shape[2]):
                if not at_threshold[k, n]:
                    away = 1.0 + grid.steepness * abs(membrane[sample, n, k] - grid.threshold)
                    load[sample, k, n] /= away * away


@kernel
def back_batch(
    grid: Grid, inputs: Binned, fired: NDArray[np.bool_], load: Floats, weights: Floats, gradient: Floats, below: Floats
) -> None:
    """From dL/dV that enters in each bin to the weights' gradient (added) and dL/dx of the layer below, where `below` has room for it."""
    samples, bins, size = load.shape
    q_v, q_i = np.zeros(size), np.zeros((bins, size))
    for sample in range(samples):
        q_v[:] = 0.0
        for k in range(bins - 1, -1, -1):
            for n in range(size):
                past = 0.0 if fired[sample, k, n] else grid.b * q_v[n]
                q_v[n] = load[sample, k, n] + past
                later = grid.a * q_i[k + 1, n] if k + 1 < bins else 0.0
                q_i[k, n] = later + (1.0 - grid.b) * q_v[n]
        for event in range(inputs.offsets[sample], inputs.offsets[sample + 1]):
            pre, k = inputs.neurons[event], inputs.bins[event]
            for n in range(size):
                gradient[n, pre] += q_i[k, n]
        if below.shape[2]:
            for k in range(bins):
                for n in range(size):
                    q = q_i[k, n]
                    for pre in range(below.shape[2]):
                        below[sample, k, pre] += weights[n, pre] * q
