"""The ideal device: an exact simulation with nominal constants, without noise; nothing of hardware is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.experiments.continuous.forward import fire, membrane
from spinn2sim.experiments.continuous.layers import MANY_SPIKES, Circuits, no_spikes, nominal
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.observe_as import sampling_instants, show
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.device import Floats
from spinn2sim.experiments.loop.observation import Sees


@dataclass(frozen=True)
class Ideal:
    """`sampling`: seconds between two samples of a membrane potential."""

    network: Network
    sampling: float

    def observe(self, sees: type[Sees], inputs: Spikes, weights: Sequence[Floats], run: int) -> Sees:
        """Exact spike times and samples; `run` changes nothing."""
        spikes = [inputs]
        for layer, fires in enumerate(self.network.fires):
            if fires:
                spikes.append(fire(spikes[-1], weights[layer], self.circuits(layer), self.network.t_end))
        return show(
            sees,
            self.network,
            tuple(spikes[1:]),
            sampling_instants(self.sampling, self.network.t_end),
            lambda layer: self.trace(spikes, weights[layer], layer),
        )

    def circuits(self, layer: int) -> Circuits:
        """The circuits of a layer (0: the first above the input)."""
        net, fires = self.network, self.network.fires[layer]
        most = net.max_spikes or MANY_SPIKES
        return nominal(net.sizes[1:][layer], net.tau_mem, net.tau_syn, net.threshold if fires else np.inf, most)

    def trace(self, spikes: Sequence[Spikes], weights: Floats, layer: int) -> Floats:
        """Membrane potentials of a layer; `spikes` of the input and of each layer that fires."""
        own = spikes[layer + 1] if layer + 1 < len(spikes) else no_spikes(spikes[0].samples, self.network.sizes[-1])
        instants = sampling_instants(self.sampling, self.network.t_end)
        return membrane(spikes[layer], own, weights, self.circuits(layer), instants)
