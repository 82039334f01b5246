"""NIR graphs become networks by the rules of docs/reference/scripts.md, and run."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from spinn2sim.spinnaker2 import brian2_sim, hardware, s2_nir
from spinn2sim.spinnaker2.s2_nir import ConversionConfig, HardwareConstraintError, IntegratorMethod, ResetMethod

nir = pytest.importorskip("nir")
ONES = np.ones(2, np.float32)


def lif(n: int = 2, **changed: Any) -> Any:
    """Make a LIF node."""
    given = {"tau": 0.02, "r": 2.0, "v_leak": 0.5, "v_threshold": 1.5, **changed}
    return nir.LIF(**{name: np.full(n, value, np.float32) for name, value in given.items()})


def graph(nodes: dict[str, Any], edges: list[tuple[str, str]], size: Any = 3, ends: str = "lif") -> Any:
    """Make a graph with an input of some neurons, and an output behind `ends`."""
    whole = {
        "input": nir.Input({"input": np.atleast_1d(size)}),
        **nodes,
        "output": nir.Output({"output": np.array([2])}),
    }
    return nir.NIRGraph(whole, [*edges, (ends, "output")])


def affine(weights: Any, bias: Any = (0.0, 0.0)) -> Any:
    """Make an affine node."""
    return nir.Affine(weight=np.array(weights, np.float32), bias=np.array(bias, np.float32))


WEIGHTS = [[1.0, -2.0, 0.5], [0.0, 4.0, 1.0]]


@pytest.mark.parametrize("integrator", IntegratorMethod)
@pytest.mark.parametrize("scaled", [False, True])
def test_lif_by_its_equation(integrator: IntegratorMethod, scaled: bool) -> None:
    """Decay, threshold and offset follow from tau, r, v_leak, bias and the scale of the weights."""
    nodes = {"fc": affine(WEIGHTS, (0.25, -0.5)), "lif": lif()}
    config = ConversionConfig(dt=0.001, integrator=integrator, scale_weights=scaled, reset=ResetMethod.ZERO)
    net, inputs, outputs = s2_nir.from_nir(graph(nodes, [("input", "fc"), ("fc", "lif")]), config)
    (pop,) = outputs
    p = 0.05 if integrator is IntegratorMethod.FORWARD else 1 - np.exp(-0.05)
    s = 127 / 4 if scaled else 1.0
    c = s / (p * 2)
    assert (pop.neuron_model, pop.size, pop.record) == ("lif_no_delay", 2, ["spikes"])
    assert pop.params["reset"] == "reset_to_v_reset"
    assert pop.nir_v_scale == pytest.approx(c, rel=1e-5)
    assert pop.nir_w_scale == pytest.approx(s)
    assert pop.params["alpha_decay"] == pytest.approx(1 - p, rel=1e-5)
    assert pop.params["threshold"] == pytest.approx(1.5 * c, rel=1e-5)
    assert pop.params["threshold"].dtype == np.float32
    assert pop.params["i_offset"] == pytest.approx(p * 0.5 * c + np.array([0.25, -0.5]) * s, rel=1e-5)
    assert (inputs[0].neuron_model, inputs[0].size, inputs[0].params) == ("spike_list", 3, {})
    rows = net.projections[0].rows()
    assert pytest.approx(np.array(WEIGHTS) * s) == rows[:, 2].reshape(3, 2).T


def test_cuba_lif_and_if() -> None:
    """CubaLIF has currents with the decay of tau_syn; IF does not leak."""
    given = {"tau_syn": 0.01, "tau_mem": 0.02, "r": 2.0, "v_leak": 0.5, "v_threshold": 1.5, "w_in": 3.0}
    cuba = nir.CubaLIF(**{name: np.full(2, value) for name, value in given.items()})
    nodes = {"fc": affine(WEIGHTS, (1, 2)), "lif": cuba}
    config = ConversionConfig(dt=0.001, integrator=IntegratorMethod.FORWARD)
    _, _, (pop,) = s2_nir.from_nir(graph(nodes, [("input", "fc"), ("fc", "lif")]), config)
    mem, syn = 0.05, 0.1
    c = 1 / (mem * 2 * syn * 3)
    assert pop.neuron_model == "lif_curr_exp_no_delay"
    assert pop.params["threshold"] == pytest.approx(1.5 * c)
    assert pop.params["exc_decay"] == pytest.approx(1 - syn)
    assert pop.params["i_offset"] == pytest.approx(mem * 0.5 * c + np.array([1, 2]) / syn)
    nodes["lif"] = nir.IF(r=np.full(2, 2.0), v_threshold=np.full(2, 1.5))
    _, _, (pop,) = s2_nir.from_nir(graph(nodes, [("input", "fc"), ("fc", "lif")]), config)
    assert pop.params["alpha_decay"].tolist() == [1, 1]
    assert pop.params["threshold"].tolist() == [0.75, 0.75]
    assert pop.params["i_offset"].tolist() == [1, 2]


def test_recurrence_and_nested_graphs_run_alike() -> None:
    """A recurrent graph, and the same graph with its neurons in a nested one, give the same spikes on chip and mirror."""
    recurrent = nir.Linear(weight=np.array([[0, 3], [-3, 0]], np.float32))
    edges = [("fc", "lif"), ("lif", "rec"), ("rec", "lif")]
    plain = graph({"fc": affine(np.array(WEIGHTS) * 9), "lif": lif(), "rec": recurrent}, [("input", "fc"), *edges])
    inside = nir.NIRGraph(
        {"input": nir.Input({"input": np.array([3])}), "fc": affine(np.array(WEIGHTS) * 9), "lif": lif(), "rec": recurrent,
         "output": nir.Output({"output": np.array([2])})},
        [("input", "fc"), *edges, ("lif", "output")],
    )  # fmt: skip
    nested = graph({"all": inside}, [("input", "all")], ends="all")
    answers = []
    for one in (plain, nested):
        net, (stim,), (pop,) = s2_nir.from_nir(one, ConversionConfig(dt=0.001, conn_delay=0))
        stim.params = {0: [1, 3], 1: [2, 5, 6, 7], 2: [4]}
        for run in (hardware.SpiNNaker2Chip().run, brian2_sim.Brian2Backend().run):
            run(net, 20)
            answers.append(pop.get_spikes())
    assert any(answers[0].values())
    assert all(answer == answers[0] for answer in answers)
    assert pop.name == "all.lif"


def test_pooling_is_merged_into_the_weights() -> None:
    """SumPool2d and Flatten before an affine node give one projection, whose weights are repeated over the windows."""
    nodes = {
        "pool": nir.SumPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([1, 1, 2])}, 0),
        "fc": affine([[1.0, 2.0], [3.0, 4.0]]),
        "lif": lif(),
    }
    one = graph(nodes, [("input", "pool"), ("pool", "flat"), ("flat", "fc"), ("fc", "lif")], size=(1, 2, 4))
    net, _, _ = s2_nir.from_nir(one, ConversionConfig(dt=0.001))
    (projection,) = net.projections
    assert projection.rows()[:, 2].reshape(8, 2)[:, 0].tolist() == [1, 1, 2, 2, 1, 1, 2, 2]


def test_what_the_chip_cannot_run() -> None:
    """Two weight nodes in a row, and nodes that are not supported, are refused by name."""
    nodes = {"a": affine(np.eye(3), (0, 0, 0)), "b": affine(WEIGHTS), "lif": lif()}
    with pytest.raises(HardwareConstraintError, match=r"node a: found Affine b behind Affine"):
        s2_nir.from_nir(graph(nodes, [("input", "a"), ("a", "b"), ("b", "lif")]))
    nodes = {"fc": affine(WEIGHTS), "lif": nir.LI(tau=ONES, r=ONES, v_leak=ONES)}
    with pytest.raises(NotImplementedError, match=r"node lif: LI is not supported"):
        s2_nir.from_nir(graph(nodes, [("input", "fc"), ("fc", "lif")]))


def test_outputs_can_be_added(capsys: pytest.CaptureFixture[str]) -> None:
    """A node with an added output is recorded as well, and the summary names every node."""
    nodes = {"fc": affine(WEIGHTS), "first": lif(), "fc2": affine(np.eye(2)), "lif": lif()}
    one = graph(nodes, [("input", "fc"), ("fc", "first"), ("first", "fc2"), ("fc2", "lif")])
    s2_nir.add_output_to_node("first", one, "seen")
    _, _, outputs = s2_nir.from_nir(one, ConversionConfig(output_record=["spikes", "v"], dt=0.001))
    assert [p.name for p in outputs] == ["first", "lif"]
    assert all(p.record == ["spikes", "v"] for p in outputs)
    s2_nir.model_summary(one)
    assert len(capsys.readouterr().out.splitlines()) == len(one.nodes)


def delayed(first: Any, last: Any) -> Any:
    """A graph whose weights of 9 on the diagonal have a Delay before them, or behind them, or both."""
    nodes = {"fc": nir.Linear(weight=np.eye(2, dtype=np.float32) * 9), "lif": lif(v_leak=0.0, v_threshold=0.1)}
    way = ["input", "fc", "lif"]
    for name, delay, at in (("last", last, 2), ("first", first, 1)):
        if delay is not None:
            nodes[name] = nir.Delay(np.array(delay))
            way.insert(at, name)
    return graph(nodes, list(itertools.pairwise(way)), size=2)


@pytest.mark.parametrize(
    ("first", "last", "late"),
    [(None, None, (0, 0)), ([0.003, 0.003], None, (3, 3)), (None, [0.001, 0.006], (1, 6)), ([0.002, 0.0], [0.001, 0.006], (3, 6))],
)  # fmt: skip
def test_delays_of_the_file(first: Any, last: Any, late: tuple[int, int]) -> None:
    """Delay nodes before and behind weights add up, neuron by neuron, on top of conn_delay."""
    config = ConversionConfig(dt=0.001, conn_delay=0, scale_weights=True, reset=ResetMethod.ZERO)
    net, (stim,), (pop,) = s2_nir.from_nir(delayed(first, last), config)
    assert pop.neuron_model == ("lif" if any(late) else "lif_no_delay")
    stim.params = {0: [1], 1: [1]}
    hardware.SpiNNaker2Chip().run(net, 12)
    assert pop.get_spikes() == {n: [2 + late[n]] for n in (0, 1)}


def test_delays_that_there_are_not() -> None:
    """Too long a delay, one delay too many, and a negative one are refused by the node's name."""
    config = ConversionConfig(dt=0.001, conn_delay=1)
    for first, last, said in (
        ([0.007, 0.0], None, "node lif: found a delay of 8 ticks before it, allowed are 0 to 7"),
        ([0.001, 0.002, 0.003], None, "node fc: found 3 delays before it, allowed is one for each of 2 sources"),
        (None, [-0.001, 0.0], "node last: delay: found"),
        ([float("nan"), 0.0], None, "node first: delay: found"),
    ):
        given = delayed(None, None)
        way = ["input", *(["first"] if first else []), "fc", *(["last"] if last else []), "lif", "output"]
        nodes = given.nodes | {"first": nir.Delay(np.array(first or [0.0])), "last": nir.Delay(np.array(last or [0.0]))}
        wrong = nir.NIRGraph(nodes, list(itertools.pairwise(way)), type_check=False)
        with pytest.raises(HardwareConstraintError, match=r".") as refusal:
            s2_nir.from_nir(wrong, config)
        assert said in str(refusal.value)
