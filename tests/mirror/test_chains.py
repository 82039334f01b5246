"""Chains run in a shorter form of the kernels, which gives the bits of the general form."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from firmware_models.jit.by_reference import by_reference, class_of
from random_graphs import READOUT, RECIPES, run_inputs
from spinn2sim.graph import Graph, Kind, Learn, Population, Projection
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.mirror.flat_arrays import ChainLayout, Layout, make_layout


def network(answer: Kind, exists: Any = None, learn: Learn = "weights") -> Graph:
    """Two inputs and two chains, of which one branches: the population before the output has two receivers."""
    kinds: list[Kind] = ["input", "input", "lif", "lif", "lif", answer]
    found = [Population(f"p{k}", 3 + k % 3, kind, 20.0 - k, 5.0 + k) for k, kind in enumerate(kinds)]
    ways = [Projection(1, 2), Projection(0, 3, learn, 0, exists), Projection(3, 4), Projection(3, 5)]
    return Graph(tuple(found), tuple(ways), 5)


@pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
@pytest.mark.parametrize("answer", ["lif", "readout", "average"])
@pytest.mark.parametrize("recipe", ["push", "stochastic"])
def test_the_shorter_form_gives_the_same_bits(arithmetic: Any, answer: str, recipe: str) -> None:
    """Spikes, states, adjoints, gradients and clipped values of a chain do not depend on the form of the kernels that it runs on."""
    graph = network("lif" if answer == "lif" else "readout", np.arange(9).reshape(3, 3) % 4 > 0)
    loss = READOUT | {"loss.kind": "average_voltage"} if answer == "average" else {}
    inputs = run_inputs(graph, RECIPES[recipe] | loss, 3)
    shorter, general = (Mirror(inputs.scenario, graph, inputs.weights, arithmetic) for _ in range(2))
    assert class_of(shorter.layout) is ChainLayout
    general.layout = by_reference(Layout(*make_layout(graph)))
    found, wanted = (record_batch(mirror, inputs.train, np.arange(6)) for mirror in (shorter, general))
    for field in fields(found):
        np.testing.assert_equal(getattr(found, field.name), getattr(wanted, field.name), field.name)
    assert all(z.any() for z in found.spikes[:2])
    assert found.grad[1].any()


def _changed(k: int, **changes: Any) -> Graph:
    graph = network("lif")
    ways = list(graph.projections)
    ways[k] = Projection(**{"pre": ways[k].pre, "post": ways[k].post, **changes})
    return Graph(graph.populations, tuple(ways), graph.output)


@pytest.mark.parametrize(
    "graph",
    [
        _changed(1, delay_max=1),
        _changed(1, pre=3),
        Graph(network("lif").populations, (*network("lif").projections, Projection(4, 5)), 5),
        Graph((*network("lif").populations[:5], Population("out", 2, "lif", (20.0, 10.0), 5.0)), network("lif").projections, 5),
    ],
    ids=["a delay", "a cycle", "two projections into one population", "neurons that differ"],
)  # fmt: skip
def test_other_graphs_run_on_the_general_form(graph: Graph) -> None:
    """A delay, a cycle, a second projection or neurons of their own make a network that the shorter form does not know."""
    assert type(make_layout(graph)) is Layout
