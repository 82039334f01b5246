"""The voltages that are shown are those of the equations: of any graph, with delays, cycles, masks and neurons that rest."""

from __future__ import annotations

import numpy as np
import pytest

from dense_graph import dense_batch, random_graph
from small_scenario import make_scenario
from spinn2sim.mirror.membrane import Membrane

STEPS = 12


@pytest.mark.parametrize("seed", range(12))
def test_voltages_are_those_of_the_dense_equations(seed: int) -> None:
    """U of every neuron in every step is that of an independent dense form, and inputs have none."""
    rng = np.random.default_rng(seed)
    graph, weights, delays = random_graph(rng, STEPS)
    existing = [w if q.exists is None else w * q.exists for w, q in zip(weights, graph.projections, strict=True)]
    inputs = (rng.random((STEPS, sum(graph.sizes[k] for k in graph.inputs))) < 0.4).astype(np.uint8)
    dense = dense_batch(graph, weights, delays, inputs[:, None], lambda z: np.zeros_like(z), 1.0)
    shown = Membrane(make_scenario({"steps": STEPS}), graph, existing, delays).run(inputs)
    for p, values in enumerate(shown):
        assert (values is None) == (p in graph.inputs)
        if values is not None:
            np.testing.assert_allclose(values, dense.v[p][:, 0], atol=1e-9)
