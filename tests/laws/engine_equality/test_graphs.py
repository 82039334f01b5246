"""One answer from two engines on networks that are any graph."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_engines import assert_same_counters
from random_graphs import COPIES, RECIPES, graphs, run_inputs
from spinn2sim.graph import Graph
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE
from spinn2sim.training.on_chip_trainer import OnChipTrainer


@settings(max_examples=12)
@given(graphs(), st.sampled_from(sorted(RECIPES)), st.sampled_from((None, 2)), st.integers(0, 2**20))
def test_engines_agree_on_any_graph(graph: Graph, recipe: str, per_pe: int | None, seed: int) -> None:
    """Weights, delays, optimizer SRAM, answers and counters of two batches are equal, however populations are cut."""
    inputs = run_inputs(graph, {**RECIPES[recipe], "mapping.neurons_per_pe": per_pe}, seed)
    chips = [OnChipTrainer(inputs, engine=engine) for engine in WITHOUT_FIRMWARE]
    one, two = (chip.train(1, np.arange(2 * COPIES)) for chip in chips)
    assert_same_counters(one.counters, two.counters)
    np.testing.assert_array_equal(one.spikes, two.spikes)
    np.testing.assert_array_equal(one.first_spikes, two.first_spikes)
    states = [chip.state() for chip in chips]
    for name, words in states[0].items():
        np.testing.assert_array_equal(states[1][name], words, err_msg=name)
