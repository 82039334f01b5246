"""`spinn2sim import` makes a script of every NIR graph that the chip runs, and a scenario of those that it trains."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from click.testing import CliRunner, Result

from nir_graphs import cuba, lif, row
from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.spinnaker2 import s2_nir
from spinn2sim.spinnaker2.import_graph import import_graph
from spinn2sim.training.exchange.nir_file import read_nir

WEIGHTS = np.random.default_rng(0).normal(0, 1, (3, 5)).astype(np.float32)


def linear(out: int = 3, into: int = 5) -> nir.Linear:
    """A Linear node."""
    return nir.Linear(weight=np.resize(WEIGHTS, (out, into)))


def recurrent(**changed: Any) -> nir.NIRGraph:
    """A graph with a bias and a population that feeds itself."""
    graph = row(nir.Affine(weight=WEIGHTS, bias=np.ones(3, np.float32)), cuba(3, **changed))
    nodes = graph.nodes | {"back": linear(3, 3)}
    return nir.NIRGraph(nodes, [*graph.edges, ("cubalif", "back"), ("back", "cubalif")])


def nested() -> nir.NIRGraph:
    """The recurrent graph inside another one."""
    return row(recurrent())


def untyped(nodes: dict[str, Any], edges: list[tuple[str, str]]) -> nir.NIRGraph:
    """A graph from 5 inputs to 3 outputs whose shapes nobody has checked."""
    ends = {"input": nir.Input({"input": np.array([5])}), "output": nir.Output({"output": np.array([3])})}
    return nir.NIRGraph(ends | nodes, edges, type_check=False)


def flat() -> nir.Flatten:
    """A Flatten node."""
    return nir.Flatten({"input": np.array([5])}, 0)


RUN = {
    "recurrent": recurrent,
    "nested": nested,
    "LIF": lambda: row(linear(), lif(3)),
    "IF": lambda: row(linear(), nir.IF(np.ones(3), np.ones(3))),
    "v_reset": lambda: row(linear(), cuba(3, v_reset=0.5)),
    "two taus": lambda: row(linear(), cuba(3, tau_mem=np.array([0.01, 0.02, 0.02]))),
    "other data": lambda: row(linear(4), cuba(4)),
}
REFUSED = {
    "LI": (lambda: row(linear(), nir.LI(*(np.ones(3),) * 3)), "node li: LI is not supported; there are Input, "),
    "Scale": (lambda: row(nir.Scale(np.ones(5)), linear(), cuba(3)), "node scale: Scale is not supported"),
    "not finite": (lambda: row(linear(), cuba(3, r=np.nan)), "node 'cubalif': r: found nan, allowed are finite"),
    "no resistance": (lambda: row(linear(), cuba(3, r=0.0)), "node 'cubalif': r: found 0"),
    "tau": (lambda: row(linear(), cuba(3, tau_syn=0.0)), "node 'cubalif': tau_syn: found 0 s, allowed are times above 0"),
    "two matrices": (lambda: row(linear(5), linear(), cuba(3)), "node linear: found Linear linear_1 behind Linear"),
    "PEs": (lambda: row(linear(60000), cuba(60000)), "the network needs 241 PEs, of which population cubalif needs 240"),
    "shape": (
        lambda: untyped({"l": linear(3, 4), "n": cuba(3)}, [("input", "l"), ("l", "n"), ("n", "output")]),
        "node l: found weights of shape (3, 4), between input and n allowed is (3, 5)",
    ),
    "other size": (
        lambda: untyped({"l": linear(3, 5), "n": cuba(4)}, [("input", "l"), ("l", "n"), ("n", "output")]),
        "node n: ",
    ),
    "a cycle of shapes": (
        lambda: untyped(
            {"a": flat(), "b": flat(), "l": linear(), "n": cuba(3)},
            [("input", "a"), ("a", "b"), ("b", "a"), ("b", "l"), ("l", "n"), ("n", "output")],
        ),
        "nodes a to b to a: found a cycle without neurons",
    ),
    "no output": (
        lambda: untyped({"l": linear(), "n": cuba(3)}, [("input", "l"), ("l", "n")]),
        "found 1 inputs and 0 outputs, allowed are one or more of each",
    ),
}  # fmt: skip


def ask(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(commands, [str(a) for a in arguments])


@pytest.mark.parametrize("name", RUN)
def test_graphs_that_run(name: str, tmp_path: Path) -> None:
    """A graph becomes a script that runs without data, whether it can be trained or not; the answer says why it cannot."""
    nir.write(tmp_path / "g.nir", RUN[name]())
    done = ask("import", tmp_path / "g.nir", "--out", tmp_path / "out", "--set", "network.dt_ms=0.5", "--json")
    assert done.exit_code == 0, done.output
    script = json.loads(done.stdout)["script"]
    assert script == str(tmp_path / "out" / "run.py")
    assert (tmp_path / "out" / "network.nir").read_bytes() == (tmp_path / "g.nir").read_bytes()
    assert "dt=0.0005," in Path(script).read_text()
    ran = ask("validate", script, "--", "--ticks", "40")
    assert (ran.exit_code, "spikes, voltages: no difference" in ran.stdout) == (0, True), ran.output


@pytest.mark.parametrize("name", REFUSED)
def test_graphs_that_do_not_run(name: str, tmp_path: Path) -> None:
    """What cannot be run is refused in one line with the file and the node; nothing is written and nothing else said."""
    make, said = REFUSED[name]
    nir.write(tmp_path / "g.nir", make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError) as refusal:
            import_graph(tmp_path / "g.nir", tmp_path / "out")
    assert str(refusal.value).startswith(f"{tmp_path / 'g.nir'}: ")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_graph_that_cannot_be_trained_is_refused_if_training_is_asked_for(tmp_path: Path) -> None:
    """With keys of a scenario the refusal of training stands."""
    nir.write(tmp_path / "g.nir", RUN["IF"]())
    with pytest.raises(DataError, match="IF is not supported; needed is a LIF"):
        import_graph(tmp_path / "g.nir", tmp_path / "out", overrides=["training.epochs=1"])
    assert not (tmp_path / "out").exists()


def test_the_time_step(tmp_path: Path) -> None:
    """It is asked for, or that of the file; without either 1 ms is taken, with one warning; a large one is warned of."""
    graph = recurrent()
    graph.metadata["dt"] = 2e-4
    nir.write(tmp_path / "g.nir", graph)
    assert "dt=0.0002," in (import_graph(tmp_path / "g.nir", tmp_path / "a").folder / "run.py").read_text()
    nir.write(tmp_path / "h.nir", recurrent(tau_syn=0.002))
    with pytest.warns(UserWarning) as told:  # noqa: PT030 - all of them are looked at
        import_graph(tmp_path / "h.nir", tmp_path / "b")
    texts = [str(one.message) for one in told]
    assert sum("it has no time step" in text for text in texts) == 1
    assert sum(" is large against " in text for text in texts) == 1
    for wrong in ("0", "'fast'", "-1"):
        with pytest.raises(DataError, match="allowed is a time in ms above 0"):
            import_graph(tmp_path / "h.nir", tmp_path / "c", overrides=[f"network.dt_ms={wrong}"])


def test_spikes_of_a_file(tmp_path: Path) -> None:
    """The script takes spikes by the input's name, and refuses a file without them or that is not there."""
    nir.write(tmp_path / "g.nir", recurrent())
    import_graph(tmp_path / "g.nir", tmp_path / "out", overrides=["network.dt_ms=1"])
    script = tmp_path / "out" / "run.py"
    np.savez(tmp_path / "s.npz", input=[[1, 0], [2, 1], [3, 1]])
    done = ask("script", script, "--ticks", "9", "--spikes", tmp_path / "s.npz")
    assert (done.exit_code, done.stdout.startswith("cubalif: ")) == (0, True), done.output
    np.savez(tmp_path / "t.npz", other=[[1, 0]])
    done = ask("script", script, "--spikes", tmp_path / "t.npz")
    assert (done.exit_code, "no array 'input'" in done.stderr) == (1, True)
    done = ask("script", script, "--spikes", tmp_path / "none.npz")
    assert (done.exit_code, "there is no such file" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["recurrent", "nested", "LIF", "IF"])
def test_the_reader_reads_as_the_package_does(name: str, tmp_path: Path) -> None:
    """A graph that is read without the package becomes the same network, in every bit."""
    nir.write(tmp_path / "g.nir", RUN[name]())
    config = s2_nir.ConversionConfig(dt=1e-4, conn_delay=0, scale_weights=True)
    theirs, ours = (s2_nir.from_nir(read(tmp_path / "g.nir"), config)[0] for read in (nir.read, read_nir))
    for a, b in zip(theirs.populations, ours.populations, strict=True):
        assert (a.name, a.size, a.neuron_model, a.record) == (b.name, b.size, b.neuron_model, b.record)
        assert all(np.array_equal(a.params[key], b.params[key]) for key in a.params)
    for c, d in zip(theirs.projections, ours.projections, strict=True):
        assert np.array_equal(c.rows(), d.rows())
