"""The ideal device: an exact simulation with nominal constants and without noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.experiments.continuous.circuits import MANY_SPIKES, Circuits, equal_circuits, no_spikes
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.feed_forward import layer_spikes, membrane_potentials
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.device import Floats
from spinn2sim.experiments.devices.observation import ObservationT
from spinn2sim.experiments.devices.observe_as import observe_as, sampling_instants


@dataclass(frozen=True)
class IdealDevice:
    """A network simulated exactly; `sampling` is the time in seconds between two samples of a membrane potential."""

    network: ContinuousNetwork
    sampling: float

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[Floats], run: int
    ) -> ObservationT:
        """Run every sample and return exact spike times and samples; `run` has no effect."""
        spikes = [inputs]
        for layer, fires in enumerate(self.network.fires):
            if fires:
                spikes.append(layer_spikes(spikes[-1], weights[layer], self.circuits(layer), self.network.t_end))
        return observe_as(
            observation_type,
            self.network,
            tuple(spikes[1:]),
            sampling_instants(self.sampling, self.network.t_end),
            lambda layer: self.potentials(spikes, weights[layer], layer),
        )

    def circuits(self, layer: int) -> Circuits:
        """Make the circuits of a layer (0: the first above the input)."""
        net, fires = self.network, self.network.fires[layer]
        most = net.max_spikes or MANY_SPIKES
        return equal_circuits(net.sizes[1:][layer], net.tau_mem, net.tau_syn, net.threshold if fires else np.inf, most)

    def potentials(self, spikes: Sequence[Spikes], weights: Floats, layer: int) -> Floats:
        """Sample the membrane potentials of a layer; `spikes` are those of the input and of each layer that fires."""
        own = spikes[layer + 1] if layer + 1 < len(spikes) else no_spikes(spikes[0].samples, self.network.sizes[-1])
        instants = sampling_instants(self.sampling, self.network.t_end)
        return membrane_potentials(spikes[layer], own, weights, self.circuits(layer), instants)
