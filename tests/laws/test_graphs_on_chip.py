"""Networks that are any graph: chip and mirror bit for bit, and populations cut over PEs without a difference."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from random_graphs import COPIES, RECIPES, graphs, run_inputs
from spinn2sim.graph import Graph
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.validate_scenario import validate_inputs


@settings(max_examples=12)
@given(
    graphs(),
    st.sampled_from(sorted(RECIPES)),
    st.sampled_from((None, 2)),
    st.sampled_from(WITHOUT_FIRMWARE),
    st.integers(0, 2**20),
)
def test_chip_and_mirror_agree_on_any_graph(
    graph: Graph, recipe: str, per_pe: int | None, engine: str, seed: int
) -> None:
    """Spikes, adjoints, gradients of weights and delays, and what is learned from them, are equal in every bit."""
    assume(not (recipe == "push" and graph.has_readout))  # scenarios refuse it: a readout has no silent label
    inputs = run_inputs(graph, {**RECIPES[recipe], "mapping.neurons_per_pe": per_pe}, seed)
    found = validate_inputs(inputs, 4, engine)
    saturated = any("saturations" in loss for loss in found.losses)
    assert found.differences == [] or saturated, found.differences
    assert not [loss for loss in found.losses if "saturations" not in loss]


@settings(max_examples=8)
@given(graphs(), st.integers(1, 3), st.integers(0, 2**20))
def test_cutting_populations_changes_no_result(graph: Graph, per_pe: int, seed: int) -> None:
    """Weights and delays after two batches do not depend on the number of PEs that hold a population."""
    chips = [OnChipTrainer(run_inputs(graph, {"mapping.neurons_per_pe": cut}, seed)) for cut in (None, per_pe)]
    results = [chip.train(1, np.arange(2 * COPIES)) for chip in chips]
    if any(result.saturations.sum() for result in results):
        return
    for one, two in zip(chips[0].weights, chips[1].weights, strict=True):
        np.testing.assert_array_equal(one, two)
    for a, b in zip(chips[0].delays, chips[1].delays, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            np.testing.assert_array_equal(a, b)
