"""The simulated SpiNNaker2-style hardware as a device in the loop: it runs the forward pass, and the host reads its spikes.

A spike of step s acts one step later in the layer above, so layer k runs k steps behind the input. Times are given on each layer's own
clock, t = (step - k) dt with k = 0 for the input. An estimator, whose model has no such delay, thus sees each spike at the time at which
it acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.devices.device import Floats
from spinn2sim.experiments.devices.observation import ObservationT, SpikeObservation
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.trainer import PartResult
from spinn2sim.validation.chip_view import chip_view


class SimulatedHardware:
    """The hardware, mapped for the network of `scenario` (its layers, constants, formats and copies, but not its data)."""

    def __init__(self, scenario: Scenario, n_inputs: int, n_classes: int, input_spikes: int | None = None) -> None:
        """Map the network, with room for `input_spikes` spikes in each sample (None: one for each input).

        Raises MappingError if the network does not fit, ScenarioError if the loss is not on first spikes.
        """
        if scenario.loss.kind != "first_spike":
            raise ScenarioError("loss.kind: a chip in the loop shows spikes alone, allowed is first_spike")
        net = scenario.network
        if net.hidden is None:
            raise ScenarioError("population: a chip in the loop is a chain of layers, allowed is network.hidden")
        if net.refractory_steps:
            raise ScenarioError(
                f"network.refractory_steps: found {net.refractory_steps}, allowed for a chip in the loop is none: "
                "its estimators know neurons that do not rest"
            )
        self.scenario = scenario
        self.network = ContinuousNetwork(
            (n_inputs, *net.hidden, n_classes),
            net.tau_mem_ms * 1e-3,
            net.tau_syn_ms * 1e-3,
            net.steps * net.dt_ms * 1e-3,
            "first_spike",
            net.threshold,
        )
        self.room = input_spikes or n_inputs
        largest = steps_of(_sample_of(n_inputs, self.room), 1.0, self.room, n_classes)
        weights = [
            np.zeros((n_out, n_in)) for n_in, n_out in zip(self.network.sizes, self.network.sizes[1:], strict=False)
        ]
        self.trainer = OnChipTrainer(RunInputs(scenario, largest, largest, weights))

    @property
    def dt(self) -> float:
        """Seconds per step."""
        return self.scenario.network.dt_ms * 1e-3

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[Floats], run: int
    ) -> ObservationT:
        """Load the weights, run all samples, one batch of copies at a time, and read the spikes.

        `run` has an effect only with stochastic rounding.
        """
        if observation_type is not SpikeObservation:
            raise ScenarioError(
                f"the simulated chip shows spikes alone, found {observation_type.__name__}: PEs keep no membrane traces"
            )
        steps = self.scenario.network.steps
        fired: list[list[NDArray[np.uint8]]] = [[] for _ in weights]

        def read_spikes(part: Part, batch: int) -> None:
            for layer, spikes in zip(fired, chip_view(self.trainer, batch).spikes, strict=True):
                layer.append(spikes)

        data = steps_of(inputs, self.dt, steps, self.network.sizes[-1])
        if data.most_spikes > self.room:
            raise ScenarioError(
                f"a sample has {data.most_spikes} input spikes, the chip was made for {self.room}: input_spikes"
            )
        self.trainer.set_weights(weights)
        self.trainer.inputs = replace(self.trainer.inputs, test=data)
        self.trainer.observe = read_spikes
        refuse_losses(self.trainer.evaluate(run % (1 << 20)))
        layers = [np.concatenate(batches, axis=1)[:, : inputs.samples] for batches in fired]
        found: Any = SpikeObservation(tuple(spikes_of(z, self.dt, k + 1) for k, z in enumerate(layers)))
        return cast(ObservationT, found)


def steps_of(inputs: Spikes, dt: float, steps: int, n_classes: int) -> Dataset:
    """Round input spikes to the hardware's time steps; two spikes of one input in one step count as one."""
    sample = np.repeat(np.arange(inputs.samples), np.diff(inputs.offsets))
    step = np.rint(inputs.times / dt).astype(np.int64)
    in_time = step < steps
    events = np.unique(np.stack([sample, step, inputs.neurons.astype(np.int64)], axis=1)[in_time], axis=0)
    first = np.searchsorted(events[:, 0], np.arange(inputs.samples + 1))
    return Dataset(
        first,
        events[:, 1].astype(np.int32),
        events[:, 2].astype(np.int32),
        np.zeros(inputs.samples, np.int64),
        inputs.size,
        n_classes,
    )


def refuse_losses(outcome: PartResult) -> None:
    """Raise ScenarioError if packets were lost or late: the spikes would not be those of the network."""
    losses = outcome.counters.losses() if outcome.counters else []
    if losses:
        described = ", ".join(f"{loss.times} {loss.what}" for loss in losses)
        raise ScenarioError(
            f"the chip in the loop: found {described}; allowed is none: chip.fifo_capacity, chip.tick_us"
        )


def spikes_of(fired: NDArray[np.uint8], dt: float, delay: int) -> Spikes:
    """Convert `fired` (steps, samples, neurons) of a layer that runs `delay` steps behind the input to spike times."""
    sample, step, neuron = np.nonzero(fired.transpose(1, 0, 2))
    offsets = np.searchsorted(sample, np.arange(fired.shape[1] + 1))
    return Spikes(np.asarray((step - delay) * dt, np.float64), neuron.astype(np.int32), offsets, fired.shape[2])


def _sample_of(n_inputs: int, count: int) -> Spikes:
    """Make a sample of `count` spikes, no two of one input in one step, for which the mapping reserves memory."""
    index = np.arange(count)
    return Spikes(
        (index // n_inputs).astype(np.float64), (index % n_inputs).astype(np.int32), np.array([0, count]), n_inputs
    )
