"""The two remedies against silence, alike in both arithmetics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from chain_mirror import chain_mirror
from spinn2sim.mirror import record_batch
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Scenario

Arithmetic = Literal["float64", "fixed"]
BOTH = pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
MakeScenario = Callable[..., Scenario]
SGD = {"kind": "sgd", "learning_rate": 1.0}


def two_samples() -> Dataset:
    """Input 0 in step 1; input 1 in step 2 and input 2 in step 19, the last. Labels 0 and 1."""
    return dataset_from_steps(np.array([[1, -1, -1], [-1, 2, 19]]), np.array([0, 1]), 2)


@BOTH
def test_push_reaches_the_silent_label_only(make_scenario: MakeScenario, arithmetic: Arithmetic) -> None:
    """Weights of a silent label neuron from sources that fired before the last step move by guard_step / B; no other does."""
    scenario = make_scenario(optimizer=SGD, training={"silent_guard": "push", "guard_step": 0.25, "copies": 2})
    mirror = chain_mirror(scenario, (3, 2), [np.full((2, 3), 0.125)], arithmetic)
    result = mirror.train_batch(two_samples(), np.array([0, 1]))
    assert (result.first_spikes == 20).all()
    moved = mirror.weights[0] - 0.125
    np.testing.assert_allclose(moved, [[0.125, 0, 0], [0, 0.125, 0]], atol=2**-15)


@BOTH
def test_push_counts_a_source_once(make_scenario: MakeScenario, arithmetic: Arithmetic) -> None:
    """A source with three spikes is pushed as much as one with a single spike."""
    data = Dataset(
        np.array([0, 4]), np.array([1, 3, 3, 5], np.int32), np.array([0, 0, 1, 0], np.int32), np.array([1]), 2, 2
    )
    scenario = make_scenario(optimizer=SGD, training={"silent_guard": "push", "guard_step": 0.25, "copies": 1})
    mirror = chain_mirror(scenario, (2, 2), [np.zeros((2, 2))], arithmetic)
    mirror.train_batch(data, np.array([0]))
    np.testing.assert_allclose(mirror.weights[0], [[0, 0], [0.25, 0.25]], atol=2**-15)


def last_step_weight(make_scenario: MakeScenario, steps: int) -> float:
    """A weight whose neuron first fires in the last step of `steps`, after an input spike in step 1: by bisection."""
    low, high = 0.0, 100.0
    data = dataset_from_steps(np.array([[1]]), np.array([0]), 1)
    while True:
        weight = (low + high) / 2
        mirror = chain_mirror(make_scenario({"steps": steps}), (1, 1), [np.array([[weight]])], "float64")
        first = record_batch(mirror, data, np.array([0])).first_spike[0, 0]
        if first == steps - 1:
            return weight
        low, high = (weight, high) if first == steps else (low, weight)


@BOTH
def test_a_spike_in_the_last_step_is_silence(make_scenario: MakeScenario, arithmetic: Arithmetic) -> None:
    """A label neuron that first fires in step T-1 has no gradient, so both guards treat it as silent."""
    weight = last_step_weight(make_scenario, 8)
    data = dataset_from_steps(np.array([[1]]), np.array([0]), 1)
    for guard in ("push", "raise_weights"):
        training = {"silent_guard": guard, "guard_step": 0.5, "copies": 1}
        mirror = chain_mirror(make_scenario({"steps": 8}, SGD, training), (1, 1), [np.array([[weight]])], arithmetic)
        assert mirror.train_batch(data, np.array([0])).first_spikes[0, 0] == 7
        assert mirror.weights[0][0, 0] == pytest.approx(weight + 0.5, abs=2**-14)


@BOTH
def test_raise_weights_reaches_neurons_without_a_spike(make_scenario: MakeScenario, arithmetic: Arithmetic) -> None:
    """A neuron that fires in no sample of the batch gains guard_step on all its weights; one that fires in one sample gains none."""
    scenario = make_scenario(
        optimizer={"kind": "sgd", "learning_rate": 1e-30},
        training={"silent_guard": "raise_weights", "guard_step": 0.25, "copies": 2},
    )
    hidden: NDArray[Any] = np.array([[40.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    output = np.array([[40.0, 0.0], [0.0, 0.0]])
    mirror = chain_mirror(scenario, (3, 2, 2), [hidden, output], arithmetic)
    mirror.train_batch(two_samples(), np.array([0, 1]))
    np.testing.assert_array_equal(mirror.weights[0], hidden + np.array([[0.0], [0.25]]))
    np.testing.assert_array_equal(mirror.weights[1], output + np.array([[0.0], [0.25]]))
