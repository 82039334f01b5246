"""A trained graph with recurrence, delays and drawn time constants comes back from NIR as it was, and runs alike."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest

import spinn2sim
from graph_scenario import SMALL_GRAPH
from spinn2sim.scenario.load import load
from spinn2sim.training.exchange.convert import export_run, import_model
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.start_values import read_weights_file


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory of a graph with a sparse recurrent projection, learned delays, and a constant current."""
    folder = tmp_path_factory.mktemp("graph")
    steady = '[[population]]\nname = "steady"\nsize = 2\nkind = "input"\nevery_step = true\n\n[[population]]\nname = "hidden"'
    more = '\n[[projection]]\npre = "steady"\npost = "hidden"\ninit = [0.0, 0.1]\n'
    text = SMALL_GRAPH.replace('[[population]]\nname = "hidden"', steady)
    at = text.index('[[projection]]\npre = "hidden"\npost = "out"')
    (folder / "graph.toml").write_text(text[:at] + more.lstrip() + "\n" + text[at:])
    return spinn2sim.train(folder / "graph.toml", folder / "run", {"training.epochs": 1}, "fixed").folder


@pytest.mark.parametrize("spikes", ["step", "dirac"])
def test_round_trip(run: Path, spikes: str, tmp_path: Path) -> None:
    """Weights come back bit for bit, synapses and time constants as they were, and delays rounded to steps."""
    export_run(run, nir=tmp_path / "g.nir", spikes=spikes)  # type: ignore[arg-type]
    folder, scenario = import_model(tmp_path / "g.nir", tmp_path / "out")
    before, after = load_run_inputs(run / "scenario.toml").graph, load_run_inputs(folder / "scenario.toml").graph
    assert before.populations == after.populations
    assert [(q.pre, q.post, q.learn) for q in before.projections] == [
        (q.pre, q.post, q.learn) for q in after.projections
    ]
    old, new = read_weights_file(run, before), read_weights_file(folder, after)
    for a, b in zip(old.weights, new.weights, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-15 if spikes == "step" else 1e-12)
    for k, (c, d) in enumerate(zip(old.delays, new.delays, strict=True)):
        exists = old.weights[k] != 0
        assert (c is None) == (d is None)
        assert c is None or d is None or np.array_equal(np.rint(c)[exists], d[exists])
    losses = [
        spinn2sim.train(path, tmp_path / name, {"training.epochs": 0, "training.start_from": path.parent}, "fixed").metrics[-1]["test_loss"]
        for name, path in (("a", run / "scenario.toml"), ("b", folder / "scenario.toml"))
    ]  # fmt: skip
    assert losses[0] == losses[1]
    assert scenario.population == load(run / "scenario.toml").population


def test_the_package_reads_what_is_written(run: Path, tmp_path: Path) -> None:
    """The graph has the shapes that the package checks, a node for each population, and a way for each delay."""
    export_run(run, nir=tmp_path / "g.nir")
    graph = nir.read(tmp_path / "g.nir")
    assert {name for name, node in graph.nodes.items() if isinstance(node, nir.Input)} == {"in", "steady"}
    assert {name for name, node in graph.nodes.items() if isinstance(node, nir.CubaLIF)} == {"hidden", "out"}
    delays = [node.delay for node in graph.nodes.values() if isinstance(node, nir.Delay)]
    assert delays
    assert all(np.allclose(delay * 1000, np.rint(delay * 1000)) for delay in delays)
