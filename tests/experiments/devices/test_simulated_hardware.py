"""The simulated hardware in the loop: its spikes are those of the fixed-point mirror, and it refuses membranes, which PEs do not keep."""

from __future__ import annotations

import numpy as np
import pytest

from places import SCENARIOS
from spinn2sim.errors import ScenarioError
from spinn2sim.experiments.continuous.output_losses import first_spikes
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.labelled import LabelledSpikes
from spinn2sim.experiments.datasets.latency_coding import latencies
from spinn2sim.experiments.devices.observation import SampledObservation, SpikeObservation
from spinn2sim.experiments.devices.simulated_hardware import SimulatedHardware
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp
from spinn2sim.experiments.loop.evaluation import evaluate
from spinn2sim.experiments.loop.loop_trainer import LoopTrainer, TrainingRecipe, initial_weights
from spinn2sim.scenario.data import yinyang
from spinn2sim.scenario.load import load
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import load_run_inputs

FINE = SCENARIOS / "yinyang-fine.toml"
MS = 1e-3
SMALL = {
    "network.hidden": [40],
    "network.init": [[1.5, 0.78], [2.0, 0.3]],
    "data.train_samples": 44,
    "data.test_samples": 50,
    "training.copies": 22,
}


def yinyang_spikes(samples: int, seed: int) -> LabelledSpikes:
    """Yin-Yang as that scenario encodes it, before it is rounded to steps."""
    values, labels = yinyang.generate(samples, seed)
    return LabelledSpikes(latencies(values, 0.0, 30 * MS, 0.0), labels)


@pytest.mark.slow
def test_spikes_are_those_of_the_mirror() -> None:
    """The first output spikes that the device returns are those of the fixed-point mirror, in a batch that is not full too."""
    inputs = load_run_inputs(FINE, SMALL)
    mirror = MirrorTrainer(inputs, "fixed")
    expected = mirror.evaluate(1).first_spikes
    device = SimulatedHardware(inputs.scenario, 5, 3)
    observation = device.observe(SpikeObservation, yinyang_spikes(50, 40).spikes, inputs.weights, 0)
    times, _ = first_spikes(observation.spikes[-1], (inputs.scenario.network.steps - 2) * device.dt)

    assert (np.rint(times / device.dt).astype(int) + 2 == expected).all()
    assert (expected < inputs.scenario.network.steps).mean() > 0.5


@pytest.mark.slow
def test_learns_with_gradients_from_the_host() -> None:
    """A few epochs, forward on the hardware and backward on the host, lower the loss and raise the accuracy above chance."""
    device = SimulatedHardware(load(FINE, SMALL), 5, 3)
    start = initial_weights(0, device.network.sizes, ((1.5, 0.78), (2.0, 0.3)))
    losses: list[float] = []
    recipe = TrainingRecipe(8, 22, 1e-2, 0.9, 0.99, push_label=0.1)
    loop = LoopTrainer(device, FirstSpikeEventProp(0.5 * MS, 3e-3, 6.4 * MS, 0.01), recipe, 0)
    weights = loop.train(start, yinyang_spikes(600, 42), lambda progress: losses.append(progress.loss))

    assert losses[-1] < 0.8 * losses[0]
    assert evaluate(device, weights, yinyang_spikes(200, 41)).accuracy > 0.5


def test_refuses_membranes() -> None:
    """PEs keep no membrane potentials, so an observation of them is refused."""
    device = SimulatedHardware(load(FINE, SMALL), 5, 3)
    weights = initial_weights(0, device.network.sizes, ((0, 1), (0, 1)))
    with pytest.raises(ScenarioError, match="found SampledObservation"):
        device.observe(SampledObservation, yinyang_spikes(2, 0).spikes, weights, 0)


def test_refuses_neurons_that_rest() -> None:
    """The estimators of the loop do not know a rest after a spike, so that a network with it is refused."""
    with pytest.raises(
        ScenarioError, match=r"network\.refractory_steps: found 2, allowed for a chip in the loop is none"
    ):
        SimulatedHardware(load(FINE, SMALL | {"network.refractory_steps": 2}), 5, 3)


def test_refuses_losses_and_crowded_inputs() -> None:
    """Lost packets are an error and not a different result, and so are more input spikes than there is room for."""
    weights = initial_weights(0, (5, 40, 3), ((3.0, 0.5), (2.0, 0.3)))
    narrow = SimulatedHardware(load(FINE, SMALL | {"chip.fifo_capacity": 2}), 5, 3)
    with pytest.raises(ScenarioError, match=r"dropped spike.*allowed is none"):
        narrow.observe(SpikeObservation, yinyang_spikes(22, 0).spikes, weights, 0)
    twice = Spikes(np.arange(10) * MS, np.tile(np.arange(5, dtype=np.int32), 2), np.array([0, 10]), 5)
    with pytest.raises(ScenarioError, match="a sample has 10 input spikes, the chip was made for 5"):
        SimulatedHardware(load(FINE, SMALL), 5, 3).observe(SpikeObservation, twice, weights, 0)
    roomy = SimulatedHardware(load(FINE, SMALL), 5, 3, input_spikes=10)
    assert len(roomy.observe(SpikeObservation, twice, weights, 0).spikes[0].times) > 0
