"""Named random generators: equal for equal names, and unrelated for different ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load
from spinn2sim.scenario.draws import epoch_order, initial_weights
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.scenario.keys import Scenario
from spinn2sim.seeds import generator

PINNED = [243090959, 3195251864, 2660528453]


def drawn(scenario: Scenario) -> list[NDArray[np.float64]]:
    """The initial weights of a Yin-Yang network."""
    return initial_weights(scenario, graph_of_scenario(scenario, 5, 3))


def test_generators_are_pinned() -> None:
    """The first numbers of a generator are pinned, because equal scenarios must give equal bytes in every version."""
    assert generator(0, "weights", 0).integers(0, 2**32, 3).tolist() == PINNED


def test_name_index_and_seed_each_matter() -> None:
    """Another seed, name or index gives another stream."""
    draws = {
        int(generator(seed, name, *indices).integers(0, 2**63))
        for seed in (0, 1)
        for name in ("weights", "order")
        for indices in ((), (0,), (1,), (0, 0))
    }

    assert len(draws) == 16


def test_epoch_order_is_a_permutation_of_its_own() -> None:
    """Every epoch uses every sample once, in its own order."""
    first, second = epoch_order(3, 1, 100), epoch_order(3, 2, 100)

    assert sorted(first.tolist()) == list(range(100))
    assert first.dtype == np.int64
    assert not np.array_equal(first, second)
    assert np.array_equal(first, epoch_order(3, 1, 100))


def test_initial_weights_follow_network_init(scenarios: Path) -> None:
    """Initial weights have the shape (n_out, n_in) and the mean and standard deviation that network.init gives for their layer."""
    weights = drawn(load(scenarios / "yinyang-fine.toml"))

    assert [matrix.shape for matrix in weights] == [(120, 5), (3, 120)]
    assert abs(weights[0].mean() - 1.5) < 5 * 0.78 / np.sqrt(600)
    assert abs(weights[1].std() - 0.1) < 5 * 0.1 / np.sqrt(2 * 360)


def test_weights_beyond_their_format_are_refused(scenarios: Path) -> None:
    """Initial weights that their format cannot hold are refused before a run starts."""
    scenario = load(scenarios / "yinyang-fine.toml", ["numerics.weight=s1.14"])

    with pytest.raises(ScenarioError, match=r"weights_0 has .* allowed by numerics.weight s1.14 is -2 to 1.99994"):
        drawn(scenario)
