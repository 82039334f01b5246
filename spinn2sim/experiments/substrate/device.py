"""The modelled analog substrate as a device of the loop: exact dynamics of circuits that differ; it never shows more than is asked for.

A model, not hardware. Within its circuits nothing is approximated: `exact` finds the spikes. docs/substrate.md names every effect in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.forward import fire, membrane
from spinn2sim.experiments.continuous.layers import no_spikes
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.observe_as import show
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.observation import Sees, SpikeObservation
from spinn2sim.experiments.substrate.circuits import draw_layers
from spinn2sim.experiments.substrate.measure import digitise, instants_of, stamp
from spinn2sim.experiments.substrate.noise import Noise, draw_noise
from spinn2sim.experiments.substrate.settings import Settings
from spinn2sim.experiments.substrate.synapses import Held, hold

Floats = NDArray[np.float64]


class Substrate:
    """Chip number `chip` of a kind of device: the same number, the same circuits."""

    def __init__(self, network: Network, settings: Settings | None = None, chip: int = 0) -> None:
        """Raises ScenarioError if the device has too few circuits for the network."""
        self.network, self.settings, self.chip = network, settings or Settings(), chip
        wanted, there = sum(network.sizes[1:]), self.settings.neurons
        if there is not None and wanted > there:
            raise ScenarioError(f"substrate: neurons: found a network of {wanted}, allowed are {there}")
        if chip < 0:
            raise ScenarioError(f"substrate: chip: found {chip}, allowed is 0 or above")
        self.layers = draw_layers(network, self.settings, chip)

    def hold(self, weights: Sequence[Floats]) -> Held:
        """The weights as its synapses would hold them, and how many were clipped."""
        return hold(weights, self.settings)

    def observe(self, sees: type[Sees], inputs: Spikes, weights: Sequence[Floats], run: int) -> Sees:
        """Run every sample once and show what `sees` names (spinn2sim.experiments.loop.device.Device).

        Raises ScenarioError if `sees` has samples of membranes and the device takes none.
        """
        if self.settings.sample_interval is None and sees is not SpikeObservation:
            raise ScenarioError(f"substrate: sample_interval: found none, allowed for a {sees.__name__} is a time")
        noise = draw_noise(inputs, self.network.sizes[1:], self.settings, self.chip, run)
        held = self.hold(weights).weights
        spikes = [inputs]
        for layer, fires in enumerate(self.network.fires):
            if fires:
                spikes.append(self._fire(layer, spikes[-1], held[layer], noise))
        t_end = self.network.t_end
        seen = tuple(stamp(own, layer, self.settings, noise, t_end) for layer, own in enumerate(spikes[1:]))
        at = instants_of(self.settings, t_end)
        return show(sees, self.network, seen, at, lambda layer: self._samples(layer, spikes, held[layer], noise, at))

    def _fire(self, layer: int, inputs: Spikes, held: Floats, noise: Noise | None) -> Spikes:
        circuits = self.layers[layer].circuits
        if noise is not None:
            # Reset to 0, a neuron is linear: k times all its currents is the same as its threshold divided by k.
            circuits = replace(circuits, threshold=circuits.threshold * noise.threshold[layer] / noise.gain[layer])
        return fire(inputs, held * self.layers[layer].gain[:, None], circuits, self.network.t_end)

    def _samples(self, layer: int, spikes: Sequence[Spikes], held: Floats, noise: Noise | None, at: Floats) -> Floats:
        inputs, circuits, gain = spikes[layer], self.layers[layer].circuits, self.layers[layer].gain
        own = spikes[layer + 1] if self.network.fires[layer] else no_spikes(inputs.samples, circuits.size)
        true = membrane(inputs, own, held * gain[:, None], circuits, at)
        return digitise(true if noise is None else true * noise.gain[layer][:, :, None], self.settings)
