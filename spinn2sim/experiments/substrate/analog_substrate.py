"""The modelled analog substrate as a device in the loop: exact dynamics of circuits that differ, measured with limited precision.

It is a model, not hardware. Within its circuits nothing is approximated: `continuous` computes the spikes.
docs/reference/substrate.md names every effect that is modelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.circuits import no_spikes
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.feed_forward import layer_spikes, membrane_potentials
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import ObservationT, SpikeObservation
from spinn2sim.experiments.devices.observe_as import observe_as
from spinn2sim.experiments.substrate.fixed_pattern import draw_fixed_pattern
from spinn2sim.experiments.substrate.measurement import digitise, measure_spikes, membrane_instants
from spinn2sim.experiments.substrate.noise import Noise, draw_noise
from spinn2sim.experiments.substrate.substrate_settings import SubstrateSettings
from spinn2sim.experiments.substrate.synapses import QuantisedWeights, quantise_weights

Floats = NDArray[np.float64]


class Substrate:
    """One chip of the kind that `settings` describe; `chip` is its number, and equal numbers give equal circuits."""

    def __init__(self, network: ContinuousNetwork, settings: SubstrateSettings | None = None, chip: int = 0) -> None:
        """Raises ScenarioError if the device has too few circuits for the network."""
        self.network, self.settings, self.chip = network, settings or SubstrateSettings(), chip
        wanted, there = sum(network.sizes[1:]), self.settings.neurons
        if there is not None and wanted > there:
            raise ScenarioError(f"substrate: neurons: found a network of {wanted}, allowed are {there}")
        if chip < 0:
            raise ScenarioError(f"substrate: chip: found {chip}, allowed is 0 or above")
        self.layers = draw_fixed_pattern(network, self.settings, chip)

    def quantise(self, weights: Sequence[Floats]) -> QuantisedWeights:
        """Quantise weights to what the synapses of this device can hold."""
        return quantise_weights(weights, self.settings)

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[Floats], run: int
    ) -> ObservationT:
        """Run every sample once and return an observation of the given type (see devices.device.Device).

        Raises ScenarioError if the observation has samples of membranes and this device cannot sample them.
        """
        if self.settings.sample_interval is None and observation_type is not SpikeObservation:
            wanted = observation_type.__name__
            raise ScenarioError(f"substrate: sample_interval: found none, allowed for a {wanted} is a time")
        noise = draw_noise(inputs, self.network.sizes[1:], self.settings, self.chip, run)
        held = self.quantise(weights).weights
        spikes = [inputs]
        for layer, fires in enumerate(self.network.fires):
            if fires:
                spikes.append(self._layer_spikes(layer, spikes[-1], held[layer], noise))
        t_end = self.network.t_end
        measured = tuple(
            measure_spikes(own, layer, self.settings, noise, t_end) for layer, own in enumerate(spikes[1:])
        )
        instants = membrane_instants(self.settings, t_end)

        def potentials(layer: int) -> Floats:
            return self._sampled_potentials(layer, spikes, held[layer], noise, instants)

        return observe_as(observation_type, self.network, measured, instants, potentials)

    def _layer_spikes(self, layer: int, inputs: Spikes, held: Floats, noise: Noise | None) -> Spikes:
        circuits = self.layers[layer].circuits
        if noise is not None:
            # Since V is reset to 0, the neuron is linear: multiplying all currents by k is the same as dividing the threshold by k.
            circuits = replace(circuits, threshold=circuits.threshold * noise.threshold[layer] / noise.gain[layer])
        return layer_spikes(inputs, held * self.layers[layer].gain[:, None], circuits, self.network.t_end)

    def _sampled_potentials(
        self, layer: int, spikes: Sequence[Spikes], held: Floats, noise: Noise | None, instants: Floats
    ) -> Floats:
        inputs, circuits, gain = spikes[layer], self.layers[layer].circuits, self.layers[layer].gain
        own = spikes[layer + 1] if self.network.fires[layer] else no_spikes(inputs.samples, circuits.size)
        true = membrane_potentials(inputs, own, held * gain[:, None], circuits, instants)
        return digitise(true if noise is None else true * noise.gain[layer][:, :, None], self.settings)
