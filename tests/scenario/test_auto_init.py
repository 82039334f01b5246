"""network.init = "auto": the equation, and that a run keeps the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from small_scenario import SMALL, SMALL_READOUT, make_scenario
from spinn2sim.scenario.auto_init import HIDDEN, OUTPUT, spike_response, with_init
from spinn2sim.scenario.data.dataset import NO_SPIKE, dataset_from_steps
from spinn2sim.scenario.data.splits import load_dataset
from spinn2sim.scenario.load import load_text
from spinn2sim.training.run_inputs import make_run_inputs

AUTO = SMALL.replace("init = [[2.5, 1.5], [2.0, 1.0]]\n", "")


def test_it_is_the_default_and_becomes_numbers() -> None:
    """A chain without init has "auto", of which its inputs have numbers for each projection; another seed has the same ones."""
    scenario = load_text(AUTO)
    assert scenario.network.init == "auto"
    made = make_run_inputs(scenario, *load_dataset(scenario))
    pairs = made.scenario.network.init
    assert isinstance(pairs, tuple)
    assert [matrix.shape for matrix in made.weights] == [(8, 5), (3, 8)]
    again = load_text(AUTO, {"network.init": [list(pair) for pair in pairs]})
    same = make_run_inputs(again, *load_dataset(again))
    assert same.scenario == made.scenario
    assert all((a == b).all() for a, b in zip(made.weights, same.weights, strict=True))
    assert with_init(replace(scenario, seed=9), made.train).network.init == pairs


def test_mean_neuron_reaches_its_threshold() -> None:
    """All inputs in one step: U is n times the greatest response to one spike, and the weights are the equation's."""
    scenario = make_scenario(network={"hidden": (10,), "init": "auto", "threshold": 0.7})
    train = dataset_from_steps(np.zeros((5, 6), np.int64), np.arange(5) % 2, 2)
    (mean, spread), _ = with_init(scenario, train).network.init or ()
    peak = spike_response(scenario.network).max()
    assert mean == pytest.approx(0.7 * min(1 / (6 * peak) + HIDDEN.margin, HIDDEN.most / (6 * peak)), rel=0.01)
    assert spread == pytest.approx(0.7 * HIDDEN.spread / (np.sqrt(6) * peak), rel=0.01)


def test_a_readout_starts_small_and_positive() -> None:
    """The weights of outputs that never spike are small, and most of them are positive, since a maximum at 0 teaches nothing."""
    scenario = load_text(SMALL_READOUT, {"network.init": "auto"})
    pairs = with_init(scenario, load_dataset(scenario)[0]).network.init or ()
    assert 0 < float(pairs[1][0]) < float(pairs[0][0])
    assert 0 < float(pairs[1][1]) < float(pairs[0][1])


@given(st.integers(1, 40), st.integers(0, 3), st.integers(4, 40), st.data())
@settings(max_examples=40)
def test_any_samples_give_weights(inputs: int, depth: int, steps: int, data: st.DataObject) -> None:
    """Samples of any spikes, silent ones too, give finite weights that are not 0."""
    drawn = data.draw(st.lists(st.integers(NO_SPIKE, steps - 1), min_size=inputs, max_size=inputs))
    train = dataset_from_steps(np.array([drawn, [NO_SPIKE] * inputs]), np.array([0, 1]), 2)
    scenario = make_scenario(network={"hidden": (7,) * depth, "init": "auto", "steps": steps})
    pairs = with_init(scenario, train).network.init or ()
    assert len(pairs) == depth + 1
    most = OUTPUT.most / spike_response(scenario.network)[1]
    assert all(0 < float(mean) <= most and 0 < float(spread) <= most for mean, spread in pairs)
