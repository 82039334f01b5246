"""A network that is exported and imported again is the same, bit for bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_scenario import SMALL_GRAPH
from nir_graphs import cuba, row
from spinn2sim.errors import DataError
from spinn2sim.files import atomic
from spinn2sim.scenario import load, load_text, resolved_toml
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.training.exchange.convert import export_run, import_model
from spinn2sim.training.exchange.default_recipe import DEFAULT_SCENARIO
from spinn2sim.training.exchange.exchanged_network import SPIKES
from spinn2sim.training.exchange.graph_out import graph_bytes
from spinn2sim.training.exchange.nir_in import read_graph
from spinn2sim.training.exchange.nir_out import nir_bytes
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.start_values import read_weights

times = st.floats(0.3, 80).map(lambda value: round(value, 4))


@settings(max_examples=40, deadline=None)
@given(
    tau_mem=times,
    tau_syn=times,
    dt=st.sampled_from([1.0, 0.5, 0.3, 0.1]),
    spikes=st.sampled_from(SPIKES),
    seed=st.integers(0, 99),
)
def test_every_constant_and_weight_comes_back(
    tau_mem: float, tau_syn: float, dt: float, spikes: str, seed: int
) -> None:
    """Weights come back bit for bit and times digit for digit, whatever the time constants, the step and the convention."""
    constants = {
        "network.tau_mem_ms": tau_mem,
        "network.tau_syn_ms": tau_syn,
        "network.dt_ms": dt,
        "network.threshold": 0.7,
    }
    scenario = load_text(DEFAULT_SCENARIO, constants)
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(6, 5)), rng.normal(size=(3, 6))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.nir"
        path.write_bytes(nir_bytes(scenario, weights, spikes))
        model = read_graph(path).network(spikes, dt)
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.weights, strict=True))
    assert (model.tau_mem_ms, model.tau_syn_ms, model.threshold) == (tau_mem, tau_syn, 0.7)


def made_run(folder: Path) -> list[np.ndarray]:
    """Make a run directory with the files that export reads, and return its weights."""
    scenario = load_text(DEFAULT_SCENARIO, {"network.hidden": [6], "training.epochs": 2, "data.train_samples": 30})
    weights = [np.random.default_rng(1).normal(size=shape) for shape in ((6, 5), (3, 6))]
    folder.mkdir()
    atomic.write_text(folder / "scenario.toml", resolved_toml(scenario))
    atomic.write_npz(folder / "weights.npz", {f"weights_{k}": w for k, w in enumerate(weights)})
    return weights


def test_an_exported_run_comes_back_ready_to_train(tmp_path: Path) -> None:
    """The imported scenario is the run's own, except that it starts from the weights; NIR's own reader accepts the file."""
    weights = made_run(tmp_path / "run")
    export_run(tmp_path / "run", tmp_path / "g.nir", tmp_path / "w.npz")
    folder, _ = import_model(tmp_path / "g.nir", tmp_path / "in")
    inputs = load_run_inputs(folder / "scenario.toml")
    assert all(np.array_equal(a, b) for a, b in zip(weights, inputs.weights, strict=True))
    assert inputs.scenario.training.start_from == str(folder / "weights.npz")
    before = load(tmp_path / "run" / "scenario.toml")
    assert (inputs.scenario.data, inputs.scenario.loss) == (before.data, before.loss)
    assert [type(node).__name__ for node in nir.read(tmp_path / "g.nir").nodes.values()].count("CubaLIF") == 2
    assert all(np.array_equal(a, b) for a, b in zip(weights, read_weights(tmp_path / "w.npz"), strict=True))


def test_neurons_that_rest_are_not_exported_to_nir() -> None:
    """A CubaLIF node has no rest after a spike, so that a network with it is refused and not changed."""
    scenario = load_text(DEFAULT_SCENARIO, {"network.hidden": [6], "network.refractory_steps": 2})
    with pytest.raises(
        DataError, match="refractory_steps = 2: a CubaLIF node of NIR does not rest, allowed here is --npz"
    ):
        nir_bytes(scenario, [np.ones((6, 5)), np.ones((3, 6))], "step")


def test_a_graph_whose_neurons_rest_is_not_exported_to_nir() -> None:
    """Nor is any graph with a population that rests."""
    scenario = load_text(SMALL_GRAPH, {"population.hidden.refractory_steps": 3})
    graph = graph_of_scenario(scenario, 4, 3)
    with pytest.raises(DataError, match="population hidden: refractory_steps = 3: a CubaLIF node of NIR does not rest"):
        graph_bytes(scenario, graph, [np.ones(shape) for shape in graph.weight_shapes], None, "step")


def test_weights_of_an_npz_become_a_scenario(tmp_path: Path) -> None:
    """For weights from an npz, the hidden layers follow from their shapes, and everything else comes from --like."""
    made_run(tmp_path / "run")
    rng = np.random.default_rng(2)
    np.savez(
        tmp_path / "w.npz",
        weights_0=rng.normal(size=(4, 5)),
        weights_1=rng.normal(size=(7, 4)),
        weights_2=rng.normal(size=(3, 7)),
    )
    _, scenario = import_model(tmp_path / "w.npz", tmp_path / "in", tmp_path / "run" / "scenario.toml")
    assert scenario.network.hidden == (4, 7)


def test_thresholds_that_differ_go_into_the_weights(tmp_path: Path) -> None:
    """A neuron with twice the threshold gets half the weights; v_leak is subtracted from threshold and reset."""
    node = cuba(2, v_threshold=np.array([1.5, 3.5]), v_leak=-0.5, v_reset=-0.5)
    nir.write(tmp_path / "g.nir", row(nir.Linear(weight=np.ones((2, 5))), node))
    model = read_graph(tmp_path / "g.nir").network("step", 1.0)
    assert model.threshold == 1.0
    assert np.allclose(model.weights[0][:, 0], [1 / 2, 1 / 4])


def test_single_precision_is_taken_for_what_it_was(tmp_path: Path) -> None:
    """Numbers stored as float32 are rounded to what they mean: 0.005 s is 5 ms, and factors of 1 do not change the weights."""
    node = cuba(2)
    single = nir.CubaLIF(
        **{
            key: np.asarray(getattr(node, key), np.float32)
            for key in ("tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in")
        }
    )
    matrix = np.random.default_rng(3).normal(size=(2, 5)).astype(np.float32)
    nir.write(tmp_path / "g.nir", row(nir.Linear(weight=matrix), single))
    model = read_graph(tmp_path / "g.nir").network("step", 1.0)
    assert (model.tau_mem_ms, model.tau_syn_ms) == (20.0, 5.0)
    assert np.array_equal(model.weights[0], matrix)
