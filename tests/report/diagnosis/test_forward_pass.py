"""The forward pass of a diagnosis against the mirror: the same spikes on any network."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from random_graphs import graphs, run_inputs
from spinn2sim.graph import Graph
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.report.diagnosis.forward_pass import forward_spikes, run_forward


@settings(max_examples=25)
@given(graphs(), st.integers(0, 2**20))
def test_spikes_are_the_mirrors(graph: Graph, seed: int) -> None:
    """Every spike of every neuron, on graphs with recurrence, delays, masks, rests and time constants of each neuron."""
    inputs = run_inputs(graph, {}, seed)
    data, samples = inputs.train, np.arange(len(inputs.train))
    mirror = Mirror(inputs.scenario, graph, inputs.weights, "float64", inputs.delays)
    record = record_batch(mirror, data, samples)
    spikes = forward_spikes(inputs.scenario, graph, inputs.weights, inputs.delays, data, samples)
    others = [p for p in range(len(graph.sizes)) if p not in graph.inputs]
    for at, p in enumerate(others):
        np.testing.assert_array_equal(spikes[p], record.spikes[at].astype(bool))
    activity = run_forward(inputs.scenario, graph, inputs.weights, inputs.delays, data, samples)
    assert [int(z.sum()) for z in activity.spikes] == [int(z.sum()) for z in activity.by_step]
