"""The forward pass of the report against the mirror, and against a dense form of the equations: on any network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dense_graph import dense_batch, random_graph
from random_graphs import graphs, run_inputs
from small_scenario import make_scenario
from spinn2sim.graph import Graph
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.report.forward_pass import forward_states, run_forward
from spinn2sim.scenario.data.dataset import dataset_from_steps

STEPS = 12


@settings(max_examples=25)
@given(graphs(), st.integers(0, 2**20))
def test_spikes_are_the_mirrors(graph: Graph, seed: int) -> None:
    """Every spike of every neuron, on graphs with recurrence, delays, masks, rests and time constants of each neuron."""
    inputs = run_inputs(graph, {}, seed)
    data, samples = inputs.train, np.arange(len(inputs.train))
    mirror = Mirror(inputs.scenario, graph, inputs.weights, "float64", inputs.delays)
    record = record_batch(mirror, data, samples)
    spikes, _ = forward_states(inputs.scenario, graph, inputs.weights, inputs.delays, data, samples)
    others = [p for p in range(len(graph.sizes)) if p not in graph.inputs]
    for at, p in enumerate(others):
        np.testing.assert_array_equal(spikes[p], record.spikes[at].astype(bool))
    activity = run_forward(inputs.scenario, graph, inputs.weights, inputs.delays, data, samples)
    assert [int(z.sum()) for z in activity.spikes] == [int(z.sum()) for z in activity.by_step]


@pytest.mark.parametrize("seed", range(12))
def test_voltages_are_those_of_the_dense_equations(seed: int) -> None:
    """U of every neuron in every step is that of an independent dense form, inputs have none, and no more neurons are shown than asked."""
    rng = np.random.default_rng(seed)
    graph, weights, delays = random_graph(rng, STEPS)
    existing = [w if q.exists is None else w * q.exists for w, q in zip(weights, graph.projections, strict=True)]
    at = rng.integers(0, STEPS, (3, sum(graph.sizes[k] for k in graph.inputs)))
    data, samples = dataset_from_steps(at, np.zeros(3, np.int64), 2), np.arange(3)
    dense = dense_batch(graph, weights, delays, data.dense(samples, STEPS), lambda z: np.zeros_like(z), 1.0)
    scenario = make_scenario({"steps": STEPS})
    _, shown = forward_states(scenario, graph, existing, delays, data, samples, max(graph.sizes))
    assert shown.keys() == set(range(len(graph.sizes))) - set(graph.inputs)
    for p, values in shown.items():
        np.testing.assert_allclose(values, dense.v[p], atol=1e-9)
    _, few = forward_states(scenario, graph, existing, delays, data, samples, 1)
    assert {p: values.shape for p, values in few.items()} == dict.fromkeys(shown, (STEPS, 3, 1))
