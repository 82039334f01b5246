"""NIR graphs that are no chain become scenarios of populations and projections: recurrence, delays, biases, nested graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from nir_graphs import cuba, row
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.load import load
from spinn2sim.training.exchange.convert import import_model
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.start_values import read_weights_file

SMALL = {"network.dt_ms": 1.0, "network.steps": 30, "data.train_samples": 22, "data.test_samples": 22}
RANDOM = np.random.default_rng(1)
W = {
    name: RANDOM.normal(0.5, 1, shape)
    for name, shape in (("in", (4, 5)), ("rec", (4, 4)), ("late", (4, 4)), ("out", (3, 4)))
}
# No synapse is on both recurrent ways.
W["rec"][:, :2] = 0
W["late"][:, 2:] = 0


def recurrent(**changed: Any) -> nir.NIRGraph:
    """A graph with a bias and two recurrent ways, one of them with a delay of 3 ms; `changed` replaces or adds nodes."""
    nodes = {
        "input": nir.Input({"input": np.array([5])}),
        "a": nir.Affine(weight=W["in"], bias=np.array([0.0, 0.1, -0.2, 0.3])),
        "hid": cuba(4, v_threshold=np.array([1.0, 2.0, 1.0, 1.0]), w_in=4.0),
        "rec": nir.Linear(weight=W["rec"]),
        "wait": nir.Delay(np.full(4, 0.003)),
        "late": nir.Linear(weight=W["late"]),
        "o": nir.Linear(weight=W["out"]),
        "out": cuba(3, tau_mem=0.03),
        "output": nir.Output({"output": np.array([3])}),
    } | changed
    edges = [
        ("input", "a"), ("a", "hid"), ("hid", "rec"), ("rec", "hid"), ("hid", "wait"), ("wait", "late"), ("late", "hid"),
        ("hid", "o"), ("o", "out"), ("out", "output"),
    ]  # fmt: skip
    return nir.NIRGraph(nodes, edges)


def imported(graph: nir.NIRGraph, tmp_path: Path, **more: Any) -> RunInputs:
    """Import a graph and load what a run of it starts with."""
    nir.write(tmp_path / "g.nir", graph)
    folder, _ = import_model(tmp_path / "g.nir", tmp_path / "out", overrides=SMALL | more)
    return load_run_inputs(folder / "scenario.toml")


def ends(graph: Graph) -> list[tuple[str, str]]:
    """Return the names of the populations of each projection."""
    return [(graph.populations[q.pre].name, graph.populations[q.post].name) for q in graph.projections]


def test_recurrence_delays_and_a_bias(tmp_path: Path) -> None:
    """Weights have the factors of their targets; both recurrent ways share a projection; the bias is an input that always fires."""
    inputs = imported(recurrent(), tmp_path)
    graph = inputs.graph
    assert ends(graph) == [("input", "hid"), ("bias", "hid"), ("hid", "hid"), ("hid", "out")]
    factor = np.array([1.0, 0.5, 1.0, 1.0])[:, None] * 4 / 5  # w_in dt / tau_syn, and the threshold
    expected = [
        W["in"] * factor,
        np.array([[0], [0.1], [-0.2], [0.3]]) * factor,
        (W["rec"] + W["late"]) * factor,
        W["out"],
    ]
    for found, wanted in zip(inputs.weights, expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert inputs.delays is not None
    delays = inputs.delays[2]
    assert delays is not None
    assert delays.tolist() == [[3, 3, 0, 0]] * 4
    exists = graph.projections[1].exists
    assert exists is not None
    assert exists[:, 0].tolist() == [False, True, True, True]
    assert [(p.tau_mem_ms, p.tau_syn_ms) for p in graph.populations[2:]] == [(20, 5), (30, 5)]


def test_a_bias_fires_in_every_step(tmp_path: Path) -> None:
    """Each sample has one spike more in each step, of an input behind those of the data."""
    inputs = imported(recurrent(), tmp_path)
    data: Dataset
    for data in (inputs.train, inputs.test):
        assert data.n_inputs == 6
        dense = data.dense(np.arange(3), 30)
        assert dense[:, :, 5].all()
        assert dense[:, :, :5].sum() == 15  # Yin-Yang: one spike of each input


def test_nested_graphs_are_flattened(tmp_path: Path) -> None:
    """A graph in a graph gives the same weights, under names that a scenario allows."""
    plain = imported(recurrent(), tmp_path)
    (tmp_path / "n").mkdir()
    nested = imported(row(recurrent()), tmp_path / "n")
    assert ends(nested.graph)[2] == ("nirgraph_hid", "nirgraph_hid")
    assert all(np.array_equal(a, b) for a, b in zip(plain.weights, nested.weights, strict=True))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hid": nir.IF(np.ones(4), np.ones(4))}, "node 'hid': IF is not supported; needed is a LIF or CubaLIF"),
        ({"late": nir.Linear(weight=np.ones((4, 4)))}, "node 'late': found a second delay between two neurons of 'hid'"),
        ({"wait": nir.Delay(np.full(4, -0.003))}, "node 'wait': delay: found -3 to -3 steps"),
        ({"hid": cuba(4, tau_mem=np.array([0.01, 0.02, 0.02, 0.02]))}, "node 'hid': tau_mem: found 0.01 to 0.02 s"),
        ({"hid": cuba(4, v_reset=0.5)}, "node 'hid': found v_reset and v_leak that differ"),
        ({"o": cuba(4), "out": cuba(4)}, "node 'o': found CubaLIF 'hid' before it, allowed are weights"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    """A refusal is one line with the file and the node, and nothing is written."""
    try:
        graph = recurrent(**changed)
    except ValueError:  # shapes that the package refuses
        graph = nir.NIRGraph(recurrent().nodes | changed, recurrent().edges, type_check=False)
    with pytest.raises(DataError) as refusal:
        imported(graph, tmp_path)
    assert str(refusal.value).startswith(str(tmp_path / "g.nir"))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_delay_beyond_the_sample(tmp_path: Path) -> None:
    """A delay that no spike of a sample outlives is refused by the scenario's own rule."""
    with pytest.raises(ScenarioError, match=r"at most network\.steps - 2"):
        imported(recurrent(wait=nir.Delay(np.full(4, 0.5))), tmp_path)


def test_the_file_of_weights(tmp_path: Path) -> None:
    """It has delays and synapses only where there are some, and the scenario reads back as it was written."""
    imported(recurrent(), tmp_path)
    file = read_weights_file(tmp_path / "out")
    assert [d is not None for d in file.delays] == [False, False, True, False]
    assert [e is not None for e in file.exists] == [False, True, False, False]
    scenario = load(tmp_path / "out" / "scenario.toml")
    assert [p.every_step for p in scenario.population or ()] == [None, True, None, None]
