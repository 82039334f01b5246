"""The analytical gradient of first spikes (Goeltz et al. 2021) from measured spike times, with nominal constants; it sees no membrane.

The closed forms of `exact.closed_form` with the observed time in place of the computed one, layer by layer, as the authors train their
chip. A silent neuron has no spike time to take a derivative of: it gets no gradient and passes no error on. A sample whose label neuron was
silent gives no gradient at all, as there: it would only push the other outputs into silence too. Their remedy is to raise the incoming
weights of silent neurons in the first layer that has too many, more each time; that is the trainer's, not the gradient's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.closed_form import known, pull_first
from spinn2sim.experiments.continuous.layers import nominal
from spinn2sim.experiments.continuous.loss import first_spike_loss, first_spikes
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels
from spinn2sim.experiments.loop.observation import SpikeObservation


@dataclass(frozen=True)
class Analytical:
    """Cross-entropy of first spikes; xi, beta in seconds (docs/equations.md).

    largest  a neuron that would give one of its weights a gradient above it in a sample gives its weights none there: derivatives of
             neurons that hardly fire have no bound (max_dw_norm of the authors' code, 0.2 on Yin-Yang)
    """

    xi: float
    alpha: float
    beta: float
    largest: float = math.inf

    sees = SpikeObservation

    def estimate(
        self, network: Network, seen: SpikeObservation, inputs: Spikes, weights: Sequence[Floats], labels: Labels
    ) -> Estimate:
        """The gradient for a network whose last layer fires. Raises ScenarioError where no closed form is known."""
        refuse_unknown(network)
        loss = first_spike_loss(seen.spikes[-1], labels, network.t_end, self.xi, self.alpha, self.beta)
        times, _ = first_spikes(seen.spikes[-1], math.inf)
        answered = np.isfinite(times[np.arange(len(labels)), labels])
        spikes, g = (inputs, *seen.spikes), loss.g * np.repeat(answered, np.diff(seen.spikes[-1].offsets))
        gradients: list[Floats] = []
        for layer in range(len(weights) - 1, -1, -1):
            circuits = nominal(network.sizes[layer + 1], network.tau_mem, network.tau_syn, network.threshold)
            found = pull_first(spikes[layer], spikes[layer + 1], weights[layer], circuits, g, self.largest)
            gradients.insert(0, found.weights)
            g = found.errors
        return Estimate(float(loss.loss.mean()), tuple(gradients))


def refuse_unknown(network: Network) -> None:
    """Raises ScenarioError for a network without closed form."""
    if network.readout != "first_spike":
        raise ScenarioError(f"analytical gradient: readout is {network.readout!r}; it is known for 'first_spike' alone")
    if network.max_spikes != 1:
        raise ScenarioError(
            f"analytical gradient: max_spikes is {network.max_spikes}; it is known for networks of first spikes alone, 1"
        )
    if not known(network.tau_mem, network.tau_syn):
        raise ScenarioError(
            f"analytical gradient: tau_mem is {network.tau_mem:g} s, tau_syn {network.tau_syn:g} s; "
            "it is known for tau_mem = tau_syn and tau_mem = 2 tau_syn alone"
        )
