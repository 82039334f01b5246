"""The firmware image against the numba programs on networks that are no chains: recurrence, delays, rests, synapses in rows."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from firmwares.any_wakes import play_any_wakes
from firmwares.graph_draws import any_graph
from firmwares.lockstep import in_lockstep
from places import ROOT
from random_graphs import COPIES, RECIPES, graphs, run_inputs
from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.training import on_chip_trainer, played_chips
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs


def play(inputs: RunInputs) -> int:
    """Train one batch in lockstep. Returns the wakes that were compared."""
    with mock.patch.object(played_chips, "programs_of_engine", lambda engine, programs: in_lockstep(programs)):
        trainer: Any = on_chip_trainer.OnChipTrainer(inputs, engine="discrete_event")
    trainer.train(1, np.arange(inputs.scenario.training.copies), batches=1)
    return sum(program.compared for program in trainer.programs)


def test_a_batch_of_a_recurrent_network_with_delays_is_the_same_in_c() -> None:
    """The firmware computes a batch of scenarios/recurrent.toml, with learned axonal delays and rows of targets, bit for bit."""
    assert play(load_run_inputs(ROOT / "scenarios" / "recurrent.toml", ["training.copies=1"])) == 2699


@settings(max_examples=5, deadline=None)
@given(graph=graphs(), recipe=st.sampled_from(sorted(RECIPES)), seed=st.integers(0, 2**20))
def test_a_drawn_graph_trains_the_same_in_c(graph: Graph, recipe: str, seed: int) -> None:
    """Any graph of populations, some of which rest, by projections of every kind, with every guard, optimizer and rounding."""
    changes = {} if recipe == "push" and graph.has_readout else RECIPES[recipe]
    assert play(run_inputs(graph, changes, seed)) > COPIES


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_wakes_that_nobody_planned_are_the_same_in_c(seed: int) -> None:
    """Any tick with any packets, on delays and ring sums of any words, does in C what it does in numba."""
    drawn = any_graph(seed)
    try:
        drawn.scenario()
    except ScenarioError:
        assume(False)
    assert play_any_wakes(drawn, 12) > 0
