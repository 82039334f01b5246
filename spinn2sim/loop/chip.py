"""The simulated SpiNNaker2-style chip as a device of the loop: it runs forward and shows spikes; gradients and updates stay on the host.

A spike of step s acts one step later in the layer above, so layer k runs k steps behind the input. Times are given on each layer's own
clock, t = (step - k) dt with k = 0 for the input: so an estimator that knows no such delay sees cause and effect at the right distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spinn2sim.data.dataset import Dataset
from spinn2sim.loop.device import Floats
from spinn2sim.session.chip import ChipTrainer
from spinn2sim.session.observe import chip_view
from spinn2sim.session.outcome import TEST
from spinn2sim.spec.continuous import Network
from spinn2sim.spec.errors import ScenarioError
from spinn2sim.spec.observation import Sees, SpikeObservation
from spinn2sim.spec.scenario import Scenario
from spinn2sim.spec.spikes import Spikes


class SimulatedChip:
    """A chip with the network of `scenario` (its layers, constants, formats, copies; not its data)."""

    def __init__(self, scenario: Scenario, n_inputs: int, n_classes: int) -> None:
        """Raises MappingError where the network does not fit the chip, ScenarioError where its times are not the loop's."""
        if scenario.loss.kind != "first_spike":
            raise ScenarioError("loss.kind: a chip in the loop shows spikes alone, allowed is first_spike")
        net = scenario.network
        self.scenario = scenario
        self.network = Network(
            (n_inputs, *net.hidden, n_classes),
            net.tau_mem_ms * 1e-3,
            net.tau_syn_ms * 1e-3,
            net.steps * net.dt_ms * 1e-3,
            "first_spike",
            net.threshold,
        )
        nothing = steps_of(_every_input(n_inputs), self.dt, net.steps, n_classes)
        weights = [
            np.zeros((n_out, n_in)) for n_in, n_out in zip(self.network.sizes, self.network.sizes[1:], strict=False)
        ]
        self.chip = ChipTrainer(scenario, nothing, nothing, weights)

    @property
    def dt(self) -> float:
        """Seconds per step."""
        return self.scenario.network.dt_ms * 1e-3

    def observe(self, sees: type[Sees], inputs: Spikes, weights: Sequence[Floats], run: int) -> Sees:
        """Load the weights, run all samples, copies at a time, read the spikes. `run` matters to stochastic rounding alone."""
        if sees is not SpikeObservation:
            raise ScenarioError(
                f"the simulated chip shows spikes alone, found {sees.__name__}: PEs keep no membrane traces"
            )
        steps = self.scenario.network.steps
        fired: list[list[NDArray[np.uint8]]] = [[] for _ in weights]

        def keep(part: int, batch: int) -> None:
            for layer, spikes in zip(fired, chip_view(self.chip, batch).spikes, strict=True):
                layer.append(spikes)

        self.chip.set_weights(weights)
        self.chip.held_out[TEST] = steps_of(inputs, self.dt, steps, self.network.sizes[-1])
        self.chip.observe = keep
        self.chip.evaluate(run % (1 << 20))
        layers = [np.concatenate(batches, axis=1)[:, : inputs.samples] for batches in fired]
        found: Any = SpikeObservation(tuple(spikes_of(z, self.dt, k + 1) for k, z in enumerate(layers)))
        return cast(Sees, found)


def steps_of(inputs: Spikes, dt: float, steps: int, n_classes: int) -> Dataset:
    """Input spikes on the chip's grid (nearest step); two of one input in one step are one."""
    sample = np.repeat(np.arange(inputs.samples), np.diff(inputs.offsets))
    step = np.rint(inputs.times / dt).astype(np.int64)
    heard = step < steps
    events = np.unique(np.stack([sample, step, inputs.neurons.astype(np.int64)], axis=1)[heard], axis=0)
    first = np.searchsorted(events[:, 0], np.arange(inputs.samples + 1))
    return Dataset(
        first,
        events[:, 1].astype(np.int32),
        events[:, 2].astype(np.int32),
        np.zeros(inputs.samples, np.int64),
        inputs.size,
        n_classes,
    )


def spikes_of(fired: NDArray[np.uint8], dt: float, delay: int) -> Spikes:
    """Spikes (steps, samples, neurons) of a layer `delay` steps behind the input, as events."""
    sample, step, neuron = np.nonzero(fired.transpose(1, 0, 2))
    offsets = np.searchsorted(sample, np.arange(fired.shape[1] + 1))
    return Spikes(np.asarray((step - delay) * dt, np.float64), neuron.astype(np.int32), offsets, fired.shape[2])


def _every_input(n_inputs: int) -> Spikes:
    """One sample in which every input fires once: the room that the plan makes for input spikes."""
    return Spikes(np.zeros(n_inputs), np.arange(n_inputs, dtype=np.int32), np.array([0, n_inputs]), n_inputs)
