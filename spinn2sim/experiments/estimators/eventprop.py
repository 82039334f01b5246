"""EventProp from measured spike times, by adjoint dynamics with nominal constants.

The errors go from layer to layer as W^T (lV - lI), whatever the loss (Wunderlich & Pehle 2021, Table 1). Where a neuron fired although
the nominal model says that it could not (I below threshold), D = I - threshold is taken to be `min_slope`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.experiments.continuous.circuits import Circuits, equal_circuits, no_spikes
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.membrane_peaks import Peaks, membrane_peaks
from spinn2sim.experiments.continuous.output_losses import first_spike_loss, max_over_time_loss
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ReadoutObservation, SpikeObservation
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels

MIN_SLOPE = 0.01  # in units of the threshold; divided by a smaller D, the adjoint's jump would be mostly error


@dataclass(frozen=True)
class FirstSpikeEventProp:
    """Cross-entropy of first spikes; xi, beta in seconds (docs/reference/equations.md)."""

    xi: float
    alpha: float
    beta: float
    min_slope: float = MIN_SLOPE

    observation_type = SpikeObservation

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: SpikeObservation,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of a network whose last layer fires."""
        loss = first_spike_loss(observation.spikes[-1], labels, network.t_end, self.xi, self.alpha, self.beta)
        gradients = spiking_layer_gradients(network, (inputs, *observation.spikes), weights, loss.g, self.min_slope)
        return Estimate(float(loss.loss.mean()), gradients)


@dataclass(frozen=True)
class MaxOverTimeEventProp:
    """Cross-entropy of the maxima of the sampled readout; `scale` multiplies them in the softmax."""

    scale: float = 1.0
    min_slope: float = MIN_SLOPE

    observation_type = ReadoutObservation

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: ReadoutObservation,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of a network whose last layer only integrates."""
        return max_over_time_estimate(
            self, network, sampled_peaks(observation), (inputs, *observation.spikes), weights, labels
        )


@dataclass(frozen=True)
class HostReadoutEventProp:
    """Cross-entropy of the readout's maxima, which the host computes from the spikes with nominal constants."""

    scale: float = 1.0
    min_slope: float = MIN_SLOPE

    observation_type = SpikeObservation

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: SpikeObservation,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of a network whose last layer only integrates."""
        spikes = (inputs, *observation.spikes)
        peaks = membrane_peaks(spikes[-1], weights[-1], nominal_circuits(network, -1), network.t_end)
        return max_over_time_estimate(self, network, peaks, spikes, weights, labels)


def nominal_circuits(network: ContinuousNetwork, layer: int) -> Circuits:
    """Make the circuits of a layer as the host models them, with nominal constants."""
    sizes, fires = network.sizes[1:], network.fires
    threshold = network.threshold if fires[layer] else np.inf
    return equal_circuits(sizes[layer], network.tau_mem, network.tau_syn, threshold)


def sampled_peaks(observation: ReadoutObservation) -> Peaks:
    """Return the largest sample of each readout neuron and its time, or 0 at time 0 if no sample is above rest."""
    at = observation.readout.argmax(axis=2)
    values = np.take_along_axis(observation.readout, at[:, :, None], axis=2)[:, :, 0]
    return Peaks(np.maximum(values, 0.0), np.where(values > 0.0, observation.instants[at], 0.0))


def max_over_time_estimate(
    estimator: MaxOverTimeEventProp | HostReadoutEventProp,
    network: ContinuousNetwork,
    peaks: Peaks,
    spikes: tuple[Spikes, ...],
    weights: Sequence[Floats],
    labels: Labels,
) -> Estimate:
    """Estimate the gradient of the cross-entropy of `peaks`; `spikes` are those of the input and of each layer that fires."""
    loss = max_over_time_loss(peaks.values, labels, estimator.scale)
    silent, circuits = no_spikes(spikes[0].samples, network.sizes[-1]), nominal_circuits(network, -1)
    top = layer_gradient(spikes[-1], silent, weights[-1], circuits, silent.times, (peaks, loss.p))
    below = spiking_layer_gradients(network, spikes, weights[:-1], top.errors, estimator.min_slope)
    return Estimate(float(loss.loss.mean()), (*below, top.weights))


def spiking_layer_gradients(
    network: ContinuousNetwork, spikes: tuple[Spikes, ...], weights: Sequence[Floats], g: Floats, min_slope: float
) -> tuple[Floats, ...]:
    """Compute the gradients of the layers that fire, from the last to the first; `g` is dL/dt of the last layer's spikes."""
    gradients: list[Floats] = []
    for layer in range(len(weights) - 1, -1, -1):
        circuits = nominal_circuits(network, layer)
        gradient = layer_gradient(spikes[layer], spikes[layer + 1], weights[layer], circuits, g, min_slope=min_slope)
        gradients.insert(0, gradient.weights)
        g = gradient.errors
    return tuple(gradients)
