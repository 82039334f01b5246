"""Training on a grid: what it learns, that one seed gives one answer, and how samples come onto the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinn2sim.experiments.datasets.labelled import LabelledSpikes, join_samples
from spinn2sim.experiments.discrete_time.recurrent_network import Algorithm, RecurrentNetwork
from spinn2sim.experiments.discrete_time.time_grid import to_grid
from spinn2sim.experiments.discrete_time.train_recurrent import RecurrentEpochReport, RecurrentRecipe, evaluate, train

NET = RecurrentNetwork(6, 20, 2, dt=1e-3, tau_mem=20e-3, tau_syn=10e-3, min_slope=0.1)
RECIPE = RecurrentRecipe(epochs=8, batch=10, learning_rate=0.01, init=(0.8, 0.1, 0.3), raise_silent=1e-3)


def up_or_down(samples: int, seed: int) -> LabelledSpikes:
    """Two classes that differ in order alone: channels one after the other, upwards or downwards, with jitter."""
    random = np.random.default_rng(seed)
    labels = np.arange(samples) % 2
    trains = []
    for label in labels:
        channels = np.repeat(np.arange(6)[:: 1 if label else -1], 3).astype(np.int32)
        trains.append((0.004 + 2e-3 * np.arange(18) + random.uniform(0, 2e-3, 18), channels))
    return LabelledSpikes(join_samples(trains, 6), labels)


@pytest.mark.parametrize("algorithm", ["surrogate", "eventprop"])
def test_learns_what_order_alone_tells(algorithm: Algorithm) -> None:
    """Both algorithms learn a task in which all samples have the same spikes per channel, and classify new samples."""
    weights = train(NET, algorithm, up_or_down(100, 0), RECIPE, seed=3)
    found = evaluate(NET, weights, up_or_down(100, 1), RECIPE)
    assert found.accuracy > 0.9
    assert 0 < found.spikes < 50


def test_one_seed_one_answer() -> None:
    """Equal seeds give equal weights to the last bit; another seed gives others."""
    recipe = replace(RECIPE, epochs=2)
    data = up_or_down(40, 0)
    first, again, other = (train(NET, "eventprop", data, recipe, seed) for seed in (3, 3, 4))
    for one, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != different).any()


def test_progress_counts_whole_batches_alone() -> None:
    """45 samples in batches of 10: accuracy is a share of 40."""
    reports: list[RecurrentEpochReport] = []
    train(NET, "surrogate", up_or_down(45, 0), replace(RECIPE, epochs=1), 0, reports.append)
    assert [p.epoch for p in reports] == [1]
    assert (reports[0].accuracy * 40) == pytest.approx(round(reports[0].accuracy * 40))


def test_silent_neurons_are_raised() -> None:
    """A network that never fires has no EventProp gradient; raise_silent lifts it until it does."""
    still = replace(RECIPE, epochs=1, init=(1e-4, 1e-4, 1e-4), raise_silent=0.0)
    data = up_or_down(100, 0)
    assert evaluate(NET, train(NET, "eventprop", data, still, 0), data, still).spikes == 0
    lifted = replace(still, raise_silent=0.05, epochs=3)
    assert evaluate(NET, train(NET, "eventprop", data, lifted, 0), data, lifted).spikes > 0


def test_spikes_on_the_grid() -> None:
    """Each spike is in the nearest step, those beyond `longest` are cut, and a sample has `tail` behind its last spike."""
    trains = [(np.array([0.0014, 0.0016, 0.5]), np.array([0, 1, 2])), (np.empty(0), np.empty(0))]
    grid = to_grid(LabelledSpikes(join_samples(trains, 3), np.array([0, 1])), 1e-3, max_time=0.4, tail=5e-3)  # type: ignore[arg-type]
    assert grid.step.tolist() == [1, 2]
    assert grid.source.tolist() == [0, 1]
    assert grid.offsets.tolist() == [0, 2, 2]
    assert grid.steps.tolist() == [2 + 1 + 5, 0 + 1 + 5]


def test_silence_is_wrong() -> None:
    """A network that never fires is right for no sample, not even of the class that comes first."""
    weights = train(
        NET, "surrogate", up_or_down(20, 0), replace(RECIPE, epochs=1, init=(0.0, 0.0, 0.0), learning_rate=0.0), 0
    )
    assert evaluate(NET, weights, up_or_down(20, 0), RECIPE).accuracy == 0
