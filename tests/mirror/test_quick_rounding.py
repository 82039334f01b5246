"""Steps in fixed point that round quickly, where a bound says that nothing clips, give the bits of those that look at each number."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain_mirror import chain_layout
from firmware_models.jit.by_reference import by_reference
from random_graphs import READOUT, run_inputs
from spinn2sim.graph import Graph, Kind, Population, Projection
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.mirror.scratch import make_scratch

# Of weights, states, and adjoints and errors; in the last ones numbers clip, so that the bound has to tell steps apart.
FORMATS = (
    ("s16.15", "s16.15", "s16.15"),
    ("s4.11", "s4.27", "s4.20"),
    ("s2.13", "s2.13", "s2.13"),
    ("s1.10", "s1.10", "s1.10"),
)


def network(answer: Kind, cycle: bool, tau_syn: float = 5.0) -> Graph:
    """An input, a population, with delays to itself if `cycle`, and an output."""
    found = [Population(f"p{k}", 4 + 9 * k, kind, 20.0, tau_syn) for k, kind in enumerate(("input", "lif", answer))]
    own = [Projection(1, 1, "axonal", 2)] if cycle else []
    return Graph(tuple(found), (Projection(0, 1), *own, Projection(1, 2)), 2)


@settings(max_examples=12)
@given(st.sampled_from(FORMATS), st.booleans(), st.booleans(), st.integers(0, 99))
def test_quick_rounding_gives_the_same_bits(form: tuple[str, str, str], readout: bool, cycle: bool, seed: int) -> None:
    """Everything that is recorded of a batch, clipped values included, is the same if no step may round quickly."""
    sets = dict(zip(("numerics.weight", "numerics.state", "numerics.adjoint"), form, strict=True))
    sets["numerics.error"] = form[2]
    graph = network("readout" if readout else "lif", cycle)
    inputs = run_inputs(graph, sets | (READOUT if readout else {}), seed)
    quick, wide = (Mirror(inputs.scenario, graph, inputs.weights, "fixed", inputs.delays) for _ in range(2))
    constants: Any = wide._constants
    assert constants.quick
    wide._constants = by_reference(constants._structure._replace(quick=False))
    found, wanted = (record_batch(mirror, inputs.train, np.arange(6)) for mirror in (quick, wide))
    for field in fields(found):
        np.testing.assert_equal(getattr(found, field.name), getattr(wanted, field.name), field.name)


@pytest.mark.parametrize(("tau_syn", "rounding"), [(5.0, "stochastic"), (1.3, "nearest")])
def test_other_rounding_is_never_quick(tau_syn: float, rounding: str) -> None:
    """Stochastic rounding, and a decay to less than one half in a step, go the long way."""
    graph = network("lif", False, tau_syn)
    inputs = run_inputs(graph, {"numerics.rounding": rounding}, 1)
    mirror: Any = Mirror(inputs.scenario, graph, inputs.weights, "fixed", inputs.delays)
    assert not mirror._constants.quick


def test_each_place_reads_noise_that_exists() -> None:
    """Decay goes over whole vectors of places, also those that no neuron has, and looks up the noise of what `active` names there."""
    layout = chain_layout(4, 13, 22)
    scratch = make_scratch(layout, 5, 8, 2, np.int64)
    assert (scratch.place < 0).all()
    assert (scratch.active >= 0).all()
    assert (scratch.active < scratch.noise.shape[2]).all()
