"""Sparse projections held as rows of (target, delay, weight): the same spikes and weights as matrices with a mask, in less SRAM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_graphs import COPIES, RECIPES, run_inputs
from spinn2sim.graph import Graph, Learn, Population, Projection
from spinn2sim.mapping.problem import Problem
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.plan_data import plan_data


def recurrent(density: float, learn: Learn, seed: int) -> Graph:
    """4-6-3 with a recurrent population and delays, of whose synapses this share exists."""
    rng, delay_max = np.random.default_rng(seed), 0 if learn == "weights" else 4
    populations = (
        Population("in", 4, "input"),
        Population("hidden", 6, "lif", 20.0, tuple(rng.uniform(3, 8, 6))),
        Population("out", 3, "lif", 20.0, 5.0),
    )
    exists = [rng.random(shape) < density for shape in ((6, 4), (6, 6), (3, 6))]
    projections = (
        Projection(0, 1, "weights", 0, exists[0]),
        Projection(1, 1, learn, delay_max, exists[1]),
        Projection(1, 2, "weights", 0, exists[2]),
    )
    return Graph(populations, projections, 2)


def trained(graph: Graph, changes: dict[str, Any], seed: int) -> tuple[OnChipTrainer, Any]:
    """A chip after two batches, with the part's result."""
    chip = OnChipTrainer(run_inputs(graph, changes, seed))
    return chip, chip.train(1, np.arange(2 * COPIES))


@settings(max_examples=6)
@given(
    st.floats(0.05, 0.7),
    st.sampled_from(("both", "axonal")),
    st.sampled_from(sorted(RECIPES)),
    st.sampled_from((None, 2)),
    st.integers(0, 2**20),
)
def test_rows_and_matrices_give_the_same_bits(
    density: float, learn: Learn, recipe: str, per_pe: int | None, seed: int
) -> None:
    """Spikes, weights and delays of two batches do not depend on the form, and rows are taken where they are smaller."""
    graph, changes = recurrent(density, learn, seed), {**RECIPES[recipe], "mapping.neurons_per_pe": per_pe}
    rows, of_rows = trained(graph, changes, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Problem, "listed", lambda *_: ())
        matrices, of_matrices = trained(graph, changes, seed)
    assert not any(form.as_rows for form in matrices.plan.projections)
    for one, other in zip(rows.plan.projections, matrices.plan.projections, strict=True):
        assert one.sram_bytes <= other.sram_bytes
    if density < 0.3:
        assert any(form.as_rows for form in rows.plan.projections)
    for result in (of_rows, of_matrices):
        assert list(result.counters.losses()) == []
    np.testing.assert_array_equal(of_rows.spikes, of_matrices.spikes)
    np.testing.assert_array_equal(of_rows.first_spikes, of_matrices.first_spikes)
    np.testing.assert_array_equal(of_rows.saturations, of_matrices.saturations)
    for a, b in zip([*rows.weights, *rows.delays], [*matrices.weights, *matrices.delays], strict=True):
        np.testing.assert_array_equal(a, b)


def test_map_says_the_form_and_what_it_takes() -> None:
    """A projection of which few synapses exist is rows, a whole one a matrix, each with the bytes that its words take."""
    graph = recurrent(0.2, "weights", 3)
    whole = Projection(1, 2)
    graph = Graph(graph.populations, (*graph.projections[:2], whole), 2)
    chip = OnChipTrainer(run_inputs(graph, {}, 1))
    first, second, last = plan_data(chip.plan)["projections"]
    assert [one["form"] for one in (first, second, last)] == ["rows", "rows", "matrix"]
    # A weight of 4 bytes and a gradient of 8; in rows also a target of 2, and 2 for where a row begins.
    for one, sources in ((first, 4), (second, 6)):
        assert one["sram_bytes"] == (4 + 8 + 2) * one["synapses"] + 2 * sources
    assert (last["synapses"], last["sram_bytes"]) == (18, (4 + 8) * 18)
    bursts = [t.bytes for t in chip.plan.transfers if t.name.startswith("gradient")]
    assert min(bursts) == 8 * min(first["synapses"], second["synapses"])
