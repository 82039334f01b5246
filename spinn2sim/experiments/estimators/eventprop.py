"""EventProp from measured spike times: adjoint dynamics with nominal constants, no membrane of a neuron that fires.

The errors go from layer to layer as W^T (lV - lI), whatever the loss (Wunderlich & Pehle 2021, Table 1). A neuron that fired although
the nominal model says it could not (I below threshold) has D held at `least_slope`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.experiments.continuous.adjoint import pull
from spinn2sim.experiments.continuous.layers import Circuits, no_spikes, nominal
from spinn2sim.experiments.continuous.loss import first_spike_loss, peak_loss
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.readout import Peaks, peaks
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels
from spinn2sim.experiments.loop.observation import ReadoutObservation, SpikeObservation

LEAST_SLOPE = 0.01  # of the threshold; a larger jump of an adjoint is no longer an estimate


@dataclass(frozen=True)
class FirstSpikeEventProp:
    """Cross-entropy of first spikes; xi, beta in seconds (docs/equations.md)."""

    xi: float
    alpha: float
    beta: float
    least_slope: float = LEAST_SLOPE

    sees = SpikeObservation

    def estimate(
        self, network: Network, seen: SpikeObservation, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient for a network whose last layer fires."""
        loss = first_spike_loss(seen.spikes[-1], labels, network.t_end, self.xi, self.alpha, self.beta)
        gradients = pull_through(network, (inputs, *seen.spikes), weights, loss.g, self.least_slope)
        return Estimate(float(loss.loss.mean()), gradients)


@dataclass(frozen=True)
class PeakEventProp:
    """Cross-entropy of the maxima that the readout's membrane potentials showed; `scale` multiplies them in the softmax."""

    scale: float = 1.0
    least_slope: float = LEAST_SLOPE

    sees = ReadoutObservation

    def estimate(
        self, network: Network, seen: ReadoutObservation, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient for a network whose last layer only integrates."""
        return pull_from_peaks(self, network, sampled_peaks(seen), (inputs, *seen.spikes), weights, labels)


@dataclass(frozen=True)
class SpikePeakEventProp:
    """The same loss from spikes alone: the host computes the readout from them, with nominal constants."""

    scale: float = 1.0
    least_slope: float = LEAST_SLOPE

    sees = SpikeObservation

    def estimate(
        self, network: Network, seen: SpikeObservation, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient for a network whose last layer only integrates."""
        top = (inputs, *seen.spikes)[-1]
        believed = peaks(top, weights[-1], believed_circuits(network, -1), network.t_end)
        return pull_from_peaks(self, network, believed, (inputs, *seen.spikes), weights, labels)


def believed_circuits(network: Network, layer: int) -> Circuits:
    """What the host takes the circuits of a layer for."""
    sizes, fires = network.sizes[1:], network.fires
    threshold = network.threshold if fires[layer] else np.inf
    return nominal(sizes[layer], network.tau_mem, network.tau_syn, threshold)


def sampled_peaks(seen: ReadoutObservation) -> Peaks:
    """The largest sample of each readout neuron and when it was; rest, 0 at time 0, where no sample is above it."""
    at = seen.readout.argmax(axis=2)
    values = np.take_along_axis(seen.readout, at[:, :, None], axis=2)[:, :, 0]
    return Peaks(np.maximum(values, 0.0), np.where(values > 0.0, seen.instants[at], 0.0))


def pull_from_peaks(
    estimator: PeakEventProp | SpikePeakEventProp,
    network: Network,
    found: Peaks,
    spikes: tuple[Spikes, ...],
    weights: Sequence[Floats],
    labels: Labels,
) -> Estimate:
    """The gradient of the cross-entropy of `found`; spikes of the input and of each layer that fires."""
    loss = peak_loss(found.values, labels, estimator.scale)
    silent = no_spikes(spikes[0].samples, network.sizes[-1])
    top = pull(spikes[-1], silent, weights[-1], believed_circuits(network, -1), silent.times, (found, loss.pulls))
    below = pull_through(network, spikes, weights[:-1], top.errors, estimator.least_slope)
    return Estimate(float(loss.loss.mean()), (*below, top.weights))


def pull_through(
    network: Network, spikes: tuple[Spikes, ...], weights: Sequence[Floats], g: Floats, least_slope: float
) -> tuple[Floats, ...]:
    """Gradients of the layers that fire, the last of them first; g is dL/dt of the spikes of the last."""
    gradients: list[Floats] = []
    for layer in range(len(weights) - 1, -1, -1):
        circuits = believed_circuits(network, layer)
        found = pull(spikes[layer], spikes[layer + 1], weights[layer], circuits, g, least_slope=least_slope)
        gradients.insert(0, found.weights)
        g = found.errors
    return tuple(gradients)
