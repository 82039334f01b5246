"""The graph that a scenario describes: sizes, order, and what is drawn from the seed."""

from __future__ import annotations

import numpy as np
import pytest

from graph_scenario import SMALL_GRAPH
from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.scenario import load_text
from spinn2sim.scenario.draws import initial_delays, initial_weights
from spinn2sim.scenario.graph_of_scenario import declared_order, graph_of_scenario
from spinn2sim.scenario.keys import Scenario

LONG_FORM = """
[[population]]
name = "a"
size = 5
kind = "input"
[[population]]
name = "b"
size = 20
kind = "lif"
[[population]]
name = "c"
size = 3
kind = "lif"
[[projection]]
pre = "a"
post = "b"
init = {0}
[[projection]]
pre = "b"
post = "c"
init = {1}
"""


def built(text: str, *changes: str) -> tuple[Scenario, Graph]:
    """A scenario with the inputs and classes of Yin-Yang without a bias, and its graph."""
    scenario = load_text(text, changes)
    return scenario, graph_of_scenario(scenario, 4, 3)


def test_a_chain_is_the_same_in_both_forms() -> None:
    """The long form of a chain gives the graph and the initial weights of the short form, to the last bit."""
    short = load_text(SMALL, {"network.hidden": [20]})
    assert short.network.init is not None
    tables = LONG_FORM.format(*(list(pair) for pair in short.network.init))
    text = (
        SMALL.replace("hidden =", "# hidden =")
        .replace("init =", "# init =")
        .replace("[network]", '[network]\noutput = "c"')
    )
    long = load_text(text + tables)
    one, two = (graph_of_scenario(scenario, 5, 3) for scenario in (short, long))
    assert two.is_chain
    assert [(p.size, p.kind, p.tau_mem_ms, p.tau_syn_ms) for p in one.populations] == [
        (p.size, p.kind, p.tau_mem_ms, p.tau_syn_ms) for p in two.populations
    ]
    weights = initial_weights(short, one), initial_weights(long, two)
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


def test_every_population_that_spikes_rests_as_it_says() -> None:
    """refractory_steps of [network] holds for all populations that spike, in both forms, unless they have their own."""
    chained = load_text(SMALL, {"network.refractory_steps": 2})
    long = load_text(SMALL_GRAPH, {"network.refractory_steps": 2, "population.out.refractory_steps": 0})
    rests = [[p.refractory_steps for p in graph_of_scenario(s, n, 3).populations] for s, n in ((chained, 5), (long, 4))]
    assert rests[0] == [0] + [2] * (len(rests[0]) - 1)
    assert rests[1] == [0, 2, 0]


def test_projections_are_sorted_and_their_values_follow_them() -> None:
    """The graph sorts projections by `post`; weights and delays are those of the declared entry, whatever its place in the file."""
    scenario, graph = built(SMALL_GRAPH)
    assert declared_order(scenario) == [1, 2, 0]
    assert [(q.pre, q.post, q.learn, q.delay_max) for q in graph.projections] == [
        (0, 1, "weights", 0), (1, 1, "axonal", 5), (1, 2, "both", 6),
    ]  # fmt: skip
    assert graph.output == 2
    weights, delays = initial_weights(scenario, graph), initial_delays(scenario, graph)
    assert [w.shape for w in weights] == [(10, 4), (10, 10), (3, 10)]
    assert delays[0] is None
    assert delays[2] is not None
    assert set(np.unique(delays[2])) == {0, 1, 2, 3, 4}
    assert 2 < weights[0].mean() < 4
    assert 1 < weights[2].mean() < 2


def test_density_and_constants_are_drawn_from_the_seed() -> None:
    """Synapses, time constants and delays differ between seeds and are equal for one; missing synapses have neither weight nor delay."""
    scenario, graph = built(SMALL_GRAPH)
    again, other = built(SMALL_GRAPH)[1], built(SMALL_GRAPH, "seed=4")[1]
    exists = graph.projections[1].exists
    assert exists is not None
    assert 20 < exists.sum() < 80
    assert np.array_equal(exists, again.projections[1].exists)
    assert not np.array_equal(exists, other.projections[1].exists)
    assert graph.populations[1].tau_mem_ms == again.populations[1].tau_mem_ms != other.populations[1].tau_mem_ms
    taus = np.array(graph.populations[1].tau_mem_ms)
    assert taus.shape == (10,)
    assert abs(taus.mean() - 20) < 3
    assert graph.populations[2].tau_syn_ms == 6.0
    weights, delays = initial_weights(scenario, graph)[1], initial_delays(scenario, graph)[1]
    assert delays is not None
    assert not weights[~exists].any()
    assert not delays[~exists].any()
    assert set(delays[exists]) == {2.0}


def test_axonal_delays_are_one_for_each_source() -> None:
    """With learn = "axonal" all synapses of a source neuron begin with the same delay."""
    scenario, graph = built(SMALL_GRAPH, "projection.2.delay_steps=[0, 5]", "projection.2.density=1")
    delays = initial_delays(scenario, graph)[1]
    assert delays is not None
    assert (delays == delays[0]).all()
    assert len(set(delays[0])) > 2


@pytest.mark.parametrize("kind", ["normal", "lognormal", "uniform"])
def test_distributions_have_their_moments(kind: str) -> None:
    """Mean and standard deviation are those of the time constants themselves; "uniform" stays within its bounds."""
    bounds = "low = 10, high = 30" if kind == "uniform" else "mean = 20, std = 4"
    _, graph = built(
        SMALL_GRAPH, "population.hidden.size=4000", f"population.hidden.tau_mem_ms={{distribution='{kind}', {bounds}}}"
    )
    taus = np.array(graph.populations[1].tau_mem_ms)
    assert abs(taus.mean() - 20) < 0.5
    assert abs(taus.std() - (5.77 if kind == "uniform" else 4)) < 0.3


REFUSED = [
    ("population.in.size=5", "population 0 (in): size: found 5 inputs, allowed are the 4 of the data"),
    ("population.out.size=4", "population 2 (out): size: found 4 outputs, allowed are the 3 classes of the data"),
    ("population.hidden.tau_mem_ms.std=60", "population 1 (hidden): tau_mem_ms: neuron 0 drew -22.3178 ms"),
    ("population.hidden.tau_mem_ms={distribution='lognormal', mean=1e11, std=1e11}", "hidden): tau_mem_ms: found"),
    ("projection.2.density=1e-6", "projection 2 (hidden -> hidden): density: found 1e-06, which drew none of 100 synapses"),
    ("projection.2.init=1e6", "init: projection 2 (hidden -> hidden) has 1e+06, allowed by numerics.weight s16.15"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=[change for change, _ in REFUSED])
def test_what_does_not_fit_is_refused(change: str, message: str) -> None:
    """Sizes other than those of the data, and draws that cannot be used, are refused in one line that names the entry."""
    with pytest.raises(ScenarioError) as error:
        initial_weights(*built(SMALL_GRAPH, change))
    assert message in str(error.value)
    assert "\n" not in str(error.value)
