"""The analytical gradient of first spikes (Goeltz et al. 2021) from measured spike times, with nominal constants.

The closed forms of `continuous.first_spike_closed_form` are applied layer by layer with the observed times in place of computed ones, as
the authors train their hardware. A silent neuron has no spike time to differentiate: it gets no gradient and passes no error on. A sample
whose label neuron was silent gives no gradient at all, as in the authors' code, since it would only silence the other outputs too. The
authors' remedy, raising the incoming weights of silent neurons, belongs to the training (TrainingRecipe.raise_silent), not to the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.first_spike_closed_form import first_spike_gradient, has_closed_form
from spinn2sim.experiments.continuous.output_losses import first_spike_loss, first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.observation import SpikeObservation
from spinn2sim.experiments.estimators.estimate import Estimate, Floats, Labels


@dataclass(frozen=True)
class Analytical:
    """Cross-entropy of first spikes; xi, beta in seconds (docs/reference/equations.md).

    max_gradient  a neuron whose spike would give one of its weights a larger gradient contributes no weight gradient in that sample,
                  since the derivative of a grazing spike is unbounded (max_dw_norm of the authors' code, 0.2 on Yin-Yang)
    """

    xi: float
    alpha: float
    beta: float
    max_gradient: float = math.inf

    observation_type = SpikeObservation

    def estimate(
        self,
        network: ContinuousNetwork,
        observation: SpikeObservation,
        inputs: Spikes,
        weights: Sequence[Floats],
        labels: Labels,
    ) -> Estimate:
        """Estimate the gradient of a network whose last layer fires. Raises ScenarioError if there is no closed form."""
        refuse_without_closed_form(network)
        loss = first_spike_loss(observation.spikes[-1], labels, network.t_end, self.xi, self.alpha, self.beta)
        times, _ = first_spikes(observation.spikes[-1], math.inf)
        answered = np.isfinite(times[np.arange(len(labels)), labels])
        spikes, g = (inputs, *observation.spikes), loss.g * np.repeat(answered, np.diff(observation.spikes[-1].offsets))
        gradients: list[Floats] = []
        for layer in range(len(weights) - 1, -1, -1):
            circuits = equal_circuits(network.sizes[layer + 1], network.tau_mem, network.tau_syn, network.threshold)
            gradient = first_spike_gradient(
                spikes[layer], spikes[layer + 1], weights[layer], circuits, g, self.max_gradient
            )
            gradients.insert(0, gradient.weights)
            g = gradient.errors
        return Estimate(float(loss.loss.mean()), tuple(gradients))


def refuse_without_closed_form(network: ContinuousNetwork) -> None:
    """Raise ScenarioError for a network without closed form."""
    if network.readout != "first_spike":
        raise ScenarioError(
            f"analytical gradient: readout is {quoted(network.readout)}; it is known for 'first_spike' alone"
        )
    if network.max_spikes != 1:
        raise ScenarioError(
            f"analytical gradient: max_spikes is {network.max_spikes}; it is known for networks of first spikes alone, 1"
        )
    if not has_closed_form(network.tau_mem, network.tau_syn):
        raise ScenarioError(
            f"analytical gradient: tau_mem is {network.tau_mem:g} s, tau_syn {network.tau_syn:g} s; "
            "it is known for tau_mem = tau_syn and tau_mem = 2 tau_syn alone"
        )
