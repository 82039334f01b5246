"""Training in the loop: it is deterministic, it learns, silence counts as wrong, and an observation holds only what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spinn2sim.experiments.continuous.circuits import no_spikes
from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.experiments.datasets.labelled import LabelledSpikes, select_samples
from spinn2sim.experiments.datasets.latency_coding import latencies
from spinn2sim.experiments.devices.ideal_device import IdealDevice
from spinn2sim.experiments.devices.observation import (
    ObservationT,
    ReadoutObservation,
    SampledObservation,
    SpikeObservation,
)
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp, HostReadoutEventProp, MaxOverTimeEventProp
from spinn2sim.experiments.estimators.sampled_surrogate import MaxOverTimeSurrogate
from spinn2sim.experiments.loop.evaluation import evaluate
from spinn2sim.experiments.loop.loop_trainer import LoopTrainer, TrainingRecipe, initial_weights
from spinn2sim.scenario.data import yinyang

US = 1e-6
PEAK = ContinuousNetwork((5, 20, 3), 6 * US, 6 * US, 60 * US, "max_voltage")
FIRST = replace(PEAK, readout="first_spike")
RECIPE = TrainingRecipe(epochs=2, batch=20, learning_rate=5e-3)


def yinyang_spikes(samples: int, seed: int = 42) -> LabelledSpikes:
    """Yin-Yang as spikes."""
    values, labels = yinyang.generate(samples, seed)
    return LabelledSpikes(latencies(values, 2 * US, 26 * US, 18 * US), labels)


@pytest.mark.parametrize(
    "estimator", [MaxOverTimeEventProp(5.0, 0.3), HostReadoutEventProp(5.0, 0.3), MaxOverTimeSurrogate(10.0, 5.0)]
)
def test_same_seed_same_weights(estimator: MaxOverTimeEventProp) -> None:
    """Two trainings with one seed end with the same bytes, another seed elsewhere; and the start is not written over."""
    start = initial_weights(3, PEAK.sizes, ((0.8, 1.0), (0.0, 0.2)))
    kept = [w.copy() for w in start]
    device, data = IdealDevice(PEAK, 1.7 * US), yinyang_spikes(100)
    once, again, other = (LoopTrainer(device, estimator, RECIPE, seed).train(start, data) for seed in (1, 1, 2))

    assert all(a.tobytes() == b.tobytes() for a, b in zip(once, again, strict=True))
    assert any((a != b).any() for a, b in zip(once, other, strict=True))
    assert all((a == b).all() for a, b in zip(start, kept, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "estimator"),
    [
        (PEAK, MaxOverTimeEventProp(10.0, 0.3)),
        (PEAK, MaxOverTimeSurrogate(10.0, 5.0)),
        (FIRST, FirstSpikeEventProp(1.2 * US, 0.0, 6 * US, 0.01)),
    ],
)
def test_every_estimator_learns(network: ContinuousNetwork, estimator: MaxOverTimeEventProp) -> None:
    """A few epochs on an ideal device lead well above chance on samples that were not trained."""
    init = ((0.8, 1.0), (0.0, 0.2)) if network is PEAK else ((1.5, 1.0), (1.0, 0.5))
    start = initial_weights(0, network.sizes, init)
    device = IdealDevice(network, 1.7 * US)
    recipe = TrainingRecipe(10, 25, 5e-3, 0.9, 0.99, raise_silent=1e-3, push_label=0.1)
    weights = LoopTrainer(device, estimator, recipe, 0).train(start, yinyang_spikes(1500))

    assert evaluate(device, weights, yinyang_spikes(500, 41)).accuracy > 0.65


class Muted:
    """A device in which nothing ever fires."""

    def __init__(self, network: ContinuousNetwork) -> None:
        self.network = network

    def observe(
        self, observation_type: type[ObservationT], inputs: Spikes, weights: Sequence[NDArray[np.float64]], run: int
    ) -> ObservationT:
        """Silence, whatever the weights."""
        silent = tuple(no_spikes(inputs.samples, n) for n in self.network.sizes[1 : 1 + sum(self.network.fires)])
        if observation_type is SpikeObservation:
            return observation_type(silent)  # type: ignore[call-arg,return-value]
        zeros = np.zeros((inputs.samples, self.network.sizes[-1], 4))
        return ReadoutObservation(silent, np.arange(1, 5) * US, zeros)  # type: ignore[return-value]


@pytest.mark.parametrize("network", [PEAK, FIRST])
def test_a_dead_network_is_wrong_everywhere(network: ContinuousNetwork) -> None:
    """Without a spike no sample counts as right, and all labels as silent: neither loss lets class 0 win by default."""
    evaluation = evaluate(Muted(network), initial_weights(0, network.sizes, ((0, 1), (0, 1))), yinyang_spikes(50))

    assert (evaluation.accuracy, evaluation.accuracy_strict, evaluation.silent_label) == (0.0, 0.0, 1.0)


def test_an_observation_holds_what_was_declared_and_nothing_else() -> None:
    """Spikes alone have no field for a membrane; a readout's samples are not those of hidden neurons."""
    device, data = IdealDevice(PEAK, 1.7 * US), yinyang_spikes(4)
    weights = initial_weights(0, PEAK.sizes, ((0.8, 1.0), (0.0, 0.2)))
    field_names = [
        {field.name for field in fields(device.observe(observation_type, data.spikes, weights, 0))}
        for observation_type in (SpikeObservation, ReadoutObservation, SampledObservation)
    ]

    assert field_names == [{"spikes"}, {"spikes", "instants", "readout"}, {"spikes", "instants", "hidden", "readout"}]
    with pytest.raises(ValueError, match="no readout to sample"):
        IdealDevice(FIRST, 1.7 * US).observe(ReadoutObservation, data.spikes, weights, 0)


def test_the_guards_touch_who_was_silent_alone() -> None:
    """With zero gradients only the weights of silent neurons move: all hidden ones here, and the outputs by their labels' share."""
    data = yinyang_spikes(20)
    weights = initial_weights(0, FIRST.sizes, ((0, 0.1), (0, 0.1)))
    recipe = TrainingRecipe(1, 20, 1e-3, 1.0, raise_silent=0.5, push_label=0.25)
    after = LoopTrainer(Muted(FIRST), FirstSpikeEventProp(US, 0.0, US), recipe, 0).train(weights, data)
    shares = np.bincount(data.labels, minlength=3) / 20

    assert after[0] - weights[0] == pytest.approx(0.5)
    assert after[1] - weights[1] == pytest.approx(np.tile(0.5 + 0.25 * shares[:, None], 20))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 29), max_size=40))
def test_selected_samples_are_the_samples(selected: list[int]) -> None:
    """Whatever samples in whatever order: each brings its own events, its own times."""
    spikes = yinyang_spikes(30).spikes
    found = select_samples(spikes, np.array(selected, np.int64))

    assert found.samples == len(selected)
    for place, sample in enumerate(selected):
        mine, theirs = (slice(s.offsets[k], s.offsets[k + 1]) for s, k in ((found, place), (spikes, sample)))
        assert (found.times[mine] == spikes.times[theirs]).all()
        assert (found.neurons[mine] == spikes.neurons[theirs]).all()
