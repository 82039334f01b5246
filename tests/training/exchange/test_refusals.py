"""Files that cannot be imported are refused in one line, with the node and what is needed, before memory is allocated."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

from nir_graphs import cuba, row
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.files import hdf5_reader
from spinn2sim.training.exchange.convert import import_model
from spinn2sim.training.exchange.default_recipe import DEFAULT_SCENARIO
from spinn2sim.training.exchange.nir_in import read_graph


def linear(out: int = 3, into: int = 5) -> nir.Linear:
    """Make a Linear node with a matrix of ones."""
    return nir.Linear(weight=np.ones((out, into)))


def recurrent() -> nir.NIRGraph:
    """Make a graph whose hidden layer feeds itself."""
    graph = row(linear(), cuba(3))
    nodes = graph.nodes | {"back": linear(3, 3)}
    return nir.NIRGraph(nodes, [*graph.edges, ("cubalif", "back"), ("back", "cubalif")])


def skipping() -> nir.NIRGraph:
    """Make a graph with an edge that skips the second layer."""
    graph = row(linear(), cuba(3), linear(3, 3), cuba(3))
    return nir.NIRGraph(graph.nodes, [*graph.edges, ("cubalif", "output")])


CASES = {
    "cycle": (recurrent, "found a cycle: "),
    "skipped layer": (skipping, "node 'cubalif': found 2 edges out of it"),
    "LI": (lambda: row(linear(), nir.LI(*(np.ones(3),) * 3)), "node 'li': LI is not supported; needed is a CubaLIF"),
    "IF": (lambda: row(linear(), nir.IF(np.ones(3), np.ones(3))), "node 'if': IF is not supported"),
    "Scale": (lambda: row(nir.Scale(np.ones(5)), linear(), cuba(3)), "node 'scale': Scale is not supported; needed is a Linear node with"),
    "subgraph": (lambda: row(linear(), cuba(3), row(linear(3, 3), cuba(3), inputs=3)), "node 'nirgraph': NIRGraph is not supported"),
    "bias": (lambda: row(nir.Affine(np.ones((3, 5)), np.ones(3)), cuba(3)), "node 'affine': bias: found values other than 0"),
    "two matrices": (lambda: row(linear(5), linear(), cuba(3)), "node 'linear_1': found Linear in this place, allowed is CubaLIF or LIF"),
    "no neurons": (lambda: row(linear()), "node 'output': found Output"),
    "two taus": (lambda: row(linear(), cuba(3, tau_mem=np.array([0.01, 0.02, 0.02]))), "node 'cubalif': tau_mem: found 0.01 to 0.02 s"),
    "taus of layers": (lambda: row(linear(), cuba(3), linear(3, 3), cuba(3, tau_syn=0.01)), "node 'cubalif_1': tau_syn_ms: found 10"),
    "reset": (lambda: row(linear(), cuba(3, v_reset=0.5)), "node 'cubalif': found v_reset and v_leak that differ"),
    "threshold": (lambda: row(linear(), cuba(3, v_threshold=0.0)), "node 'cubalif': v_threshold"),
    "not finite": (lambda: row(linear(), cuba(3, r=np.nan)), "node 'cubalif': r"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_graph_that_does_not_fit_is_refused_by_node(name: str, tmp_path: Path) -> None:
    """The refusal of a graph is one line with the file, the node, and what is allowed."""
    make, said = CASES[name]
    nir.write(tmp_path / "g.nir", make())
    with pytest.raises(DataError) as refused:
        read_graph(tmp_path / "g.nir").network("step", 1.0)
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "g.nir"))
    assert "\n" not in str(refused.value)


def test_data_of_other_sizes_are_refused(tmp_path: Path) -> None:
    """A network whose inputs or outputs do not fit the data is refused before anything is written."""
    nir.write(tmp_path / "g.nir", row(linear(4), cuba(4)))
    with pytest.raises(DataError, match="5 inputs and 4 outputs"):
        import_model(tmp_path / "g.nir", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_weights_that_do_not_follow_on_each_other_are_refused(tmp_path: Path) -> None:
    """An npz whose second matrix has another number of inputs than the first has outputs is refused."""
    (tmp_path / "like.toml").write_text(DEFAULT_SCENARIO)
    np.savez(tmp_path / "w.npz", weights_0=np.ones((4, 5)), weights_1=np.ones((3, 6)))
    with pytest.raises(DataError, match="follow on each other"):
        import_model(tmp_path / "w.npz", tmp_path / "out", tmp_path / "like.toml")


def test_keys_that_the_graph_decides_are_refused(tmp_path: Path) -> None:
    """A --set of a key that the graph determines is refused, not silently ignored."""
    nir.write(tmp_path / "g.nir", row(linear(), cuba(3)))
    with pytest.raises(ScenarioError, match=r"network\.tau_mem_ms"):
        import_model(tmp_path / "g.nir", tmp_path / "out", overrides=["network.tau_mem_ms=10"])


def test_weights_beyond_the_format_are_refused(tmp_path: Path) -> None:
    """A weight that numerics.weight cannot hold is named before anything is written."""
    nir.write(tmp_path / "g.nir", row(nir.Linear(weight=np.full((3, 5), 1e6)), cuba(3)))
    with pytest.raises(ScenarioError, match="weights_0 has 1e"):
        import_model(tmp_path / "g.nir", tmp_path / "out")


def damaged(path: Path, how: str) -> None:
    """Write a malicious NIR file, or one that is not HDF5."""
    if how == "text":
        path.write_text("not HDF5")
        return
    if how == "FIFO":
        os.mkfifo(path)
        return
    nir.write(path, row(linear(), cuba(3)))
    if how == "cut":
        path.write_bytes(path.read_bytes()[:1500])
        return
    with h5py.File(path, "a") as file:
        nodes = file["node/nodes"]
        del nodes["linear/weight"]
        if how == "huge":
            nodes["linear"].create_dataset("weight", (1 << 20, 1 << 20), "f8", chunks=(1024, 1024), compression="gzip")
        elif how == "fill values":  # 2 GB that a file of 64 KiB does not hold
            nodes["linear"].create_dataset("weight", (1 << 14, 1 << 11), "f8", chunks=(64, 64), fillvalue=1.0)
        elif how == "one chunk":
            nodes["linear"].create_dataset("weight", (8, 8), "f8", chunks=(1 << 12, 1 << 12), maxshape=(None, None))
        elif how == "external link":
            nodes["linear"]["weight"] = h5py.ExternalLink("other.h5", "/secret")
        elif how == "soft link":
            nodes["linear"]["weight"] = h5py.SoftLink("/node/nodes/cubalif/r")
        elif how == "external data":
            nodes["linear"].create_dataset("weight", (8,), "f8", external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)])
        elif how == "endless groups":
            nodes["linear"]["weight"] = nodes
        elif how == "long text":
            nodes["linear"]["weight"] = "x" * (1 << 20)


@pytest.mark.parametrize(
    "how",
    [
        "text",
        "FIFO",
        "cut",
        "huge",
        "fill values",
        "one chunk",
        "external link",
        "soft link",
        "external data",
        "endless groups",
        "long text",
    ],
)
def test_a_malicious_file_is_refused(how: str, tmp_path: Path) -> None:
    """Sizes, links and depth are checked before anything is read, so that a malicious or damaged file ends in one line."""
    damaged(tmp_path / "g.nir", how)
    with pytest.raises(DataError) as refused:
        read_graph(tmp_path / "g.nir")
    assert "\n" not in str(refused.value)


def test_all_arrays_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays that are each small enough but together exceed the limit are refused."""
    monkeypatch.setattr(hdf5_reader, "MAX_BYTES", 200)
    nir.write(tmp_path / "g.nir", row(linear(), cuba(3)))
    with pytest.raises(DataError, match="bytes up to here"):
        read_graph(tmp_path / "g.nir")


def with_scenario(path: Path, scenario: str) -> None:
    """Write a NIR file whose metadata hold a scenario."""
    graph = row(linear(), cuba(3))
    graph.metadata = {"spinn2sim_scenario": scenario, "dt": 0.001}
    nir.write(path, graph)


@pytest.mark.parametrize("name", ["/etc/passwd", "../data.npz", "data.npz", "FIFO"])
@pytest.mark.parametrize("key", ["data.path", "training.start_from"])
def test_a_graph_names_no_files_of_its_user(name: str, key: str, tmp_path: Path) -> None:
    """A path in the scenario that a graph brings along is refused unopened, until the user names a file."""
    if name == "FIFO":
        name = str(tmp_path / "fifo")
        os.mkfifo(name)
    table, _, leaf = key.partition(".")
    scenario = (
        DEFAULT_SCENARIO.replace("[training]", f'[training]\n{leaf} = "{name}"')
        if table == "training"
        else (DEFAULT_SCENARIO + f'[data]\nsource = "npz"\npath = "{name}"\n')
    )
    with_scenario(tmp_path / "g.nir", scenario)

    with pytest.raises(ScenarioError, match=rf"{key}: found .*allowed in a graph's own scenario are no paths"):
        import_model(tmp_path / "g.nir", tmp_path / "out")
    if table == "data":
        with pytest.raises(DataError, match=r"mine\.npz: cannot be read: no such file"):
            import_model(tmp_path / "g.nir", tmp_path / "out", overrides=[f"{key}={tmp_path / 'mine.npz'}"])
