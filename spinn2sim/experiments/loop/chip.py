"""The simulated SpiNNaker2-style chip as a device of the loop: it runs forward and shows spikes; gradients and updates stay on the host.

A spike of step s acts one step later in the layer above, so layer k runs k steps behind the input. Times are given on each layer's own
clock, t = (step - k) dt with k = 0 for the input: so an estimator that knows no such delay sees cause and effect at the right distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.loop.device import Floats
from spinn2sim.experiments.loop.observation import Sees, SpikeObservation
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.trainer import PartResult
from spinn2sim.validation.chip_view import chip_view


class SimulatedChip:
    """A chip with the network of `scenario` (its layers, constants, formats, copies; not its data)."""

    def __init__(self, scenario: Scenario, n_inputs: int, n_classes: int, input_spikes: int | None = None) -> None:
        """Input PEs have room for `input_spikes` in a sample (None: one for each input).

        Raises MappingError where the network does not fit the chip, ScenarioError where its loss is not the loop's.
        """
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
        self.room = input_spikes or n_inputs
        nothing = steps_of(_some_inputs(n_inputs, self.room), 1.0, self.room, n_classes)
        weights = [
            np.zeros((n_out, n_in)) for n_in, n_out in zip(self.network.sizes, self.network.sizes[1:], strict=False)
        ]
        self.chip = OnChipTrainer(RunInputs(scenario, nothing, nothing, weights))

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

        def keep(part: Part, batch: int) -> None:
            for layer, spikes in zip(fired, chip_view(self.chip, batch).spikes, strict=True):
                layer.append(spikes)

        shown = steps_of(inputs, self.dt, steps, self.network.sizes[-1])
        if shown.most_spikes > self.room:
            raise ScenarioError(
                f"a sample has {shown.most_spikes} input spikes, the chip was made for {self.room}: input_spikes"
            )
        self.chip.set_weights(weights)
        self.chip.inputs = replace(self.chip.inputs, test=shown)
        self.chip.observe = keep
        refuse_losses(self.chip.evaluate(run % (1 << 20)))
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


def refuse_losses(outcome: PartResult) -> None:
    """Raises ScenarioError where packets were lost or late: a gradient would be taken of something else than what happened."""
    losses = outcome.counters.losses() if outcome.counters else []
    if losses:
        said = ", ".join(f"{loss.times} {loss.what}" for loss in losses)
        raise ScenarioError(f"the chip in the loop: found {said}; allowed is none: chip.fifo_capacity, chip.tick_us")


def spikes_of(fired: NDArray[np.uint8], dt: float, delay: int) -> Spikes:
    """Spikes (steps, samples, neurons) of a layer `delay` steps behind the input, as events."""
    sample, step, neuron = np.nonzero(fired.transpose(1, 0, 2))
    offsets = np.searchsorted(sample, np.arange(fired.shape[1] + 1))
    return Spikes(np.asarray((step - delay) * dt, np.float64), neuron.astype(np.int32), offsets, fired.shape[2])


def _some_inputs(n_inputs: int, count: int) -> Spikes:
    """One sample of `count` spikes, each in a step of its own input and time: the room that the plan makes."""
    turns = np.arange(count)
    return Spikes(
        (turns // n_inputs).astype(np.float64), (turns % n_inputs).astype(np.int32), np.array([0, count]), n_inputs
    )
