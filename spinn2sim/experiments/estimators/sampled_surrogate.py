"""Surrogate gradients from sampled membranes, by back-propagation through time on the grid of the samples.

The host models the device by

    I[k] = a I[k-1] + W x[k],   V[k] = b V[k-1] (1 - z[k-1]) + (1 - b) I[k],   a = exp(-dt/tau_syn), b = exp(-dt/tau_mem)

where z (from the spikes) and V (from the samples) are the measured ones. The derivative of the step function is SuperSpike's
1 / (1 + steepness |V - threshold|)^2 (Zenke & Ganguli 2018, doi:10.1162/neco_a_01086; in the loop: Cramer et al. 2022,
doi:10.1073/pnas.2109194119). No gradient goes through the reset. In a bin with a spike V is taken to be at the threshold: it was there,
though the sample may have been taken after the reset.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.output_losses import max_over_time_loss
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ReadoutObservation, SampledObservation
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels
from spinn2sim.experiments.estimators.eventprop import sampled_peaks

kernel = kernels_of(__package__, allocate=True)


class BinConstants(NamedTuple):
    """The decays over a bin, a of I and b of V, and the constants of the surrogate derivative."""

    a: float
    b: float
    threshold: float
    steepness: float


class BinnedSpikes(NamedTuple):
    """Spikes by sample and bin, without those after the last bin."""

    offsets: NDArray[np.int64]
    bins: NDArray[np.int64]
    neurons: NDArray[np.int32]


@dataclass(frozen=True)
class MaxOverTimeSurrogate:
    """Cross-entropy of the maxima of the sampled readout; `steepness` per threshold, `scale` multiplies the maxima in the softmax.

    Where no sample of a readout is above rest, the loss takes 0 for its maximum, but the estimator still treats the highest sample as the
    maximum, so that training can raise such a neuron. Only there does the estimate differ from the gradient of that loss.

    `rate_penalty` times the squared number of spikes of each neuron, summed per sample, is added to the loss: the firing-rate regulariser
    of Cramer et al. 2022.
    """

    steepness: float = 10.0
    scale: float = 1.0
    rate_penalty: float = 0.0

    observation_type = SampledObservation

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: SampledObservation,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of a network whose last layer only integrates. Raises ValueError if it fires."""
        if observation.readout is None:
            raise ValueError("surrogate gradients are for a readout that never fires")
        dt = float(observation.instants[1] - observation.instants[0])
        decays = math.exp(-dt / network.tau_syn), math.exp(-dt / network.tau_mem)
        constants = BinConstants(*decays, network.threshold, self.steepness)
        binned = [bin_spikes(spikes, dt, len(observation.instants)) for spikes in (inputs, *observation.spikes)]
        readout = ReadoutObservation(observation.spikes, observation.instants, observation.readout)
        loss = max_over_time_loss(sampled_peaks(readout).values, labels, self.scale)
        error = np.zeros((len(labels), len(observation.instants), network.sizes[-1]))
        at = observation.readout.argmax(axis=2)
        np.put_along_axis(error, at[:, None, :], loss.p[:, None, :], axis=1)
        gradients: list[Floats] = []
        rates = 0.0
        for layer in range(len(weights) - 1, -1, -1):
            if layer < len(observation.spikes):
                counts = spike_counts(observation.spikes[layer])
                error += 2.0 * self.rate_penalty / len(labels) * counts[:, None, :]
                rates += self.rate_penalty * float((counts**2).sum()) / len(labels)
                apply_surrogate_derivative(constants, observation.hidden[layer], binned[layer + 1], error)
            below = np.zeros((len(labels), len(observation.instants), weights[layer].shape[1] if layer else 0))
            gradient, fired = np.zeros_like(weights[layer]), fired_in_bins(binned, observation, layer, error)
            backpropagate(constants, binned[layer], fired, error, weights[layer], gradient, below)
            gradients.insert(0, gradient)
            error = below
        return Estimate(float(loss.loss.mean()) + rates, tuple(gradients))


def spike_counts(spikes: Spikes) -> Floats:
    """Count the spikes of each neuron, (samples, neurons)."""
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    flat = np.bincount(sample * spikes.size + spikes.neurons, minlength=spikes.samples * spikes.size)
    return flat.reshape(spikes.samples, spikes.size).astype(np.float64)


def bin_spikes(spikes: Spikes, dt: float, count: int) -> BinnedSpikes:
    """Sort spikes into bins. A spike at t is in bin k if k dt < t <= (k + 1) dt (at 0: in bin 0); the sample of bin k is at (k + 1) dt."""
    bins = np.maximum(np.ceil(spikes.times / dt).astype(np.int64) - 1, 0)
    kept = bins < count
    before = np.concatenate([[0], np.cumsum(kept)])
    return BinnedSpikes(before[spikes.offsets], bins[kept], spikes.neurons[kept])


def fired_in_bins(
    binned: list[BinnedSpikes], observation: SampledObservation, layer: int, error: Floats
) -> NDArray[np.bool_]:
    """Whether each neuron fired in each bin (samples, bins, neurons), which resets its membrane."""
    fired = np.zeros(error.shape, np.bool_)
    if layer < len(observation.spikes):
        own = binned[layer + 1]
        fired[np.repeat(np.arange(len(error)), np.diff(own.offsets)), own.bins, own.neurons] = True
    return fired


@kernel
def apply_surrogate_derivative(constants: BinConstants, membrane: Floats, own: BinnedSpikes, error: Floats) -> None:
    """Turn `error` (samples, bins, neurons) from dL/dz into dL/dV by the surrogate derivative; membrane (samples, neurons, bins)."""
    for sample in range(error.shape[0]):
        at_threshold = np.zeros((error.shape[1], error.shape[2]), np.bool_)
        for k in range(own.offsets[sample], own.offsets[sample + 1]):
            at_threshold[own.bins[k], own.neurons[k]] = True
        for k in range(error.shape[1]):
            for n in range(error.shape[2]):
                if not at_threshold[k, n]:
                    away = 1.0 + constants.steepness * abs(membrane[sample, n, k] - constants.threshold)
                    error[sample, k, n] /= away * away


@kernel
def backpropagate(
    constants: BinConstants,
    inputs: BinnedSpikes,
    fired: NDArray[np.bool_],
    error: Floats,
    weights: Floats,
    gradient: Floats,
    below: Floats,
) -> None:
    """Back-propagate `error`, dL/dV in each bin: add dL/dW to `gradient`, and dL/dx to `below` unless its last axis is empty."""
    samples, bins, size = error.shape
    q_v, q_i = np.zeros(size), np.zeros((bins, size))
    for sample in range(samples):
        q_v[:] = 0.0
        for k in range(bins - 1, -1, -1):
            for n in range(size):
                past = 0.0 if fired[sample, k, n] else constants.b * q_v[n]
                q_v[n] = error[sample, k, n] + past
                later = constants.a * q_i[k + 1, n] if k + 1 < bins else 0.0
                q_i[k, n] = later + (1.0 - constants.b) * q_v[n]
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
