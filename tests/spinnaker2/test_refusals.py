"""What cannot be run is refused in one line that says where, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from spinn2sim.cli.main import commands
from spinn2sim.errors import MappingError, ScriptNotice
from spinn2sim.spinnaker2 import brian2_sim, hardware, notices, snn

REFUSED_MODELS = (
    "qubo_neuron", "neurofem_2048", "conv2d_if_neuron_rate_code", "charge_and_spike", "gas", "relay", "spike_receiver",
    "spike_replicator", "spikes_from_array_latency_code",
)  # fmt: skip
LIF = {"threshold": 1.0, "alpha_decay": 0.5}


def network(
    model: str = "lif", params: Any = LIF, rows: Any = ((0, 0, 1, 0),), post_size: Any = 2, record: Any = None
) -> snn.Network:
    """Two inputs and a population."""
    pre = snn.Population(2, "spike_list", {0: [1]}, "pre")
    post = snn.Population(post_size, model, params, "post", record)
    net = snn.Network("net")
    net.add(pre, post, snn.Projection(pre, post, rows, "between"))
    return net


def stranger() -> snn.Network:
    """A network with a projection to a population that was not added."""
    net = network()
    net.add(snn.Projection(net.populations[0], snn.Population(1, "lif", LIF, "stranger"), [], "astray"))
    return net


def spikes(params: Any) -> snn.Network:
    """A network of one spike list."""
    net = snn.Network("net")
    net.add(snn.Population(2, "spike_list", params, "pre"))
    return net


def renamed(what: str) -> snn.Network:
    """A network of which something was given a name that is no text."""
    net = network()
    of: Any = {"network": net, "population": net.populations[1], "projection": net.projections[0]}[what]
    of.name = 5
    return net


def backwards() -> snn.Network:
    """A network with a projection into a spike list."""
    net = network()
    net.add(snn.Projection(net.populations[1], net.populations[0], [], "back"))
    return net


REFUSED: dict[str, tuple[Callable[[], snn.Network], str]] = {
    "weight": (lambda: network(rows=[[0, 0, 1, 0], [0, 1, -16.0, 0]]), "between: row 1: weight: found -16"),
    "large weight": (lambda: network("lif_no_delay", rows=[[0, 0, 128.5, 0]]), "allowed are -127 to 127 into lif_no_delay"),
    "no weight": (lambda: network(rows=[[0, 0, float("nan"), 0]]), "weight: found nan"),
    "delay": (lambda: network(rows=[[0, 0, 1, 8]]), "between: row 0: delay: found 8, allowed are 0 to 7"),
    "negative delay": (lambda: network("lif_no_delay", rows=[[0, 0, 1, -1]]), "delay: found -1"),
    "broken delay": (lambda: network(rows=[[0, 0, 1, 0.5]]), "delay: found 0.5"),
    "source": (lambda: network(rows=[[2, 0, 1, 0]]), "row 0: source of pre: found 2, allowed are 0 to 1"),
    "target": (lambda: network(rows=[[0, -1, 1, 0]]), "row 0: target of post: found -1, allowed are 0 to 1"),
    "rows of three": (lambda: network(rows=[[0, 0, 1]]), "between: found connections of shape (1, 3)"),
    "unlike rows": (lambda: network(rows=[[0, 0, 1, 0], [1]]), "between: row 1: found [1]"),
    "no rows": (lambda: network(rows=5), "between: found 5, allowed are rows"),
    "stranger": (stranger, "astray: post is stranger, which was not added to network net"),
    "into a list": (backwards, "back: post is pre, a spike_list"),
    "length": (lambda: network(params={**LIF, "i_offset": [1, 2, 3]}), "post: i_offset: found 3 values, allowed are 1 or 2"),
    "text": (lambda: network(params={**LIF, "i_offset": "much"}), "post: i_offset: found 'much', allowed are numbers"),
    "nan": (lambda: network(params={**LIF, "threshold": float("nan")}), "post: threshold: found nan"),
    "large for float32": (lambda: network(params={**LIF, "threshold": 1e39}), "post: threshold: found 1e+39, allowed are 0 and"),
    "small for float32": (lambda: network(params={**LIF, "threshold": [1, 1e-50]}), "post: threshold: found 1e-50"),
    "missing": (lambda: network(params={"threshold": 1}), "post: params: found no alpha_decay, which lif needs"),
    "no params": (lambda: network(params=[1]), "post: params: found [1], allowed is a dict"),
    "reset": (lambda: network(params={**LIF, "reset": "hard"}), "post: reset: found 'hard', allowed is 'reset_by_sub"),
    "half refractory": (lambda: network("lif_curr_exp", {**LIF, "exc_decay": 0, "inh_decay": 0, "t_refrac": 1.5}), "t_refrac"),
    "size": (lambda: network(post_size=0), "post: size: found 0, allowed is a whole number from 1"),
    "size as text": (lambda: network(post_size="two"), "post: size: found 'two'"),
    "neuron of a list": (lambda: spikes({2: [1]}), "pre: found spikes of neuron 2, allowed are 0 to 1"),
    "ticks of a list": (lambda: spikes({0: [1.5]}), "pre: neuron 0: found a spike at 1.5, allowed are whole ticks"),
    "no ticks": (lambda: spikes({0: 3}), "pre: neuron 0: found 3, allowed are ticks"),
    "list of lists": (lambda: spikes([[1], [2]]), "pre: params: found [[1], [2]]"),
    "record": (lambda: network(record=5), "post: record: found 5, allowed is a list of names"),
    "unknown reset": (lambda: network(params={**LIF, "reset": np.ones(2)}), "post: reset: found [1.0, 1.0], allowed is "),
    "spikes for ever": (lambda: spikes({0: [float("nan")]}), "pre: neuron 0: found a spike at nan, allowed are whole ticks"),
    "name of a network": (lambda: renamed("network"), "network: name: found 5, allowed is a text"),
    "name of a population": (lambda: renamed("population"), "population: name: found 5, allowed is a text"),
    "name of a projection": (lambda: renamed("projection"), "projection: name: found 5, allowed is a text"),
    "nothing": (lambda: snn.Network("void"), "void: found no population"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("run", [hardware.SpiNNaker2Chip().run, brian2_sim.Brian2Backend().run], ids=["chip", "mirror"])
def test_a_network_is_refused(case: str, run: Callable[..., None]) -> None:
    """Chip and mirror refuse the same networks, before anything runs."""
    make, text = REFUSED[case]
    with pytest.raises(ValueError, match=r".") as refusal:
        run(make(), 5)
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("model", "hint"),
    [("qubo_neuron", "there are spike_list"), ("lif_cur_exp", "did you mean lif_curr_exp?"), (7, "7 is")],
)
def test_unknown_models_are_refused_by_name(model: Any, hint: str) -> None:
    """The refusal says which models there are."""
    with pytest.raises(RuntimeError, match="is not modelled") as refusal:
        snn.Population(1, model, {}, "post")
    assert hint in str(refusal.value)


@pytest.mark.parametrize("model", REFUSED_MODELS)
def test_every_model_that_is_not_modelled(model: str) -> None:
    """Each model that the original has and this chip has not is refused by its name, with the list of those that there are."""
    with pytest.raises(
        RuntimeError, match=f"population post: neuron model '{model}' is not modelled; there are spike_list, lif, "
    ):
        snn.Population(1, model, {}, "post")


@pytest.mark.parametrize("name", [5, None, ["a"], b"x"])
def test_names_that_are_no_text(name: Any) -> None:
    """A name may be given as anything, and is a text from then on."""
    population = snn.Population(1, "lif", LIF, name)
    net = snn.Network(name)
    net.add(population, snn.Projection(population, population, [[0, 0, 1, 0]], name))
    hardware.SpiNNaker2Chip().run(net, 2)
    assert all(isinstance(one.name, str) for one in (net, *net.populations, *net.projections))


def test_recordings_that_there_are_not() -> None:
    """A record that a model does not have, and a getter of what was not recorded, name the population."""
    with pytest.raises(RuntimeError, match="post: record: found 'v_th', of lif there are"):
        hardware.SpiNNaker2Chip().run(network(record=["v_th"]), 5)
    net = network(record=["spikes"])
    with pytest.raises(RuntimeError, match="post: found no recording of 'spikes': the network has not run"):
        net.populations[1].get_spikes()
    hardware.SpiNNaker2Chip().run(net, 5)
    with pytest.raises(RuntimeError, match=r"post: found no recording of 'v': record has \['spikes'\]"):
        net.populations[1].get_voltages()


@pytest.mark.parametrize("ticks", [0, -1, 2.5, "ten", True])
def test_ticks_are_whole(ticks: Any) -> None:
    """A run has at least one tick."""
    with pytest.raises(ValueError, match="timesteps: found"):
        hardware.SpiNNaker2Chip().run(network(), ticks)


@pytest.mark.parametrize("period", [0, 1e-7, float("inf"), "fast"])
def test_ticks_have_a_length(period: Any) -> None:
    """A tick is 1 us or longer."""
    with pytest.raises(ValueError, match="sys_tick_in_s: found"):
        hardware.SpiNNaker2Chip().run(network(), 5, sys_tick_in_s=period)


def test_more_pes_than_there_are() -> None:
    """The refusal says how many PEs are needed."""
    net = snn.Network()
    many = snn.Population(1000, "lif", LIF, "many")
    many.set_max_atoms_per_core(5)
    net.add(many)
    with pytest.raises(
        ValueError, match="the network needs 200 PEs, of which population many needs 200; the chip has 148"
    ):
        hardware.SpiNNaker2Chip().run(net, 5)
    many.set_max_atoms_per_core(251)
    with pytest.raises(ValueError, match="many: found 251 neurons per PE, allowed are 1 to 250"):
        hardware.SpiNNaker2Chip().run(net, 5)
    for wrong in (0, -1, "all"):
        with pytest.raises(ValueError, match="many: found"):
            many.set_max_atoms_per_core(wrong)  # type: ignore[arg-type]


def test_a_network_of_several_chips(tmp_path: Path) -> None:
    """A board of 48 chips is one simulated chip: a network that needs 1,219 PEs is refused in one line with this number, by status 2."""
    file = tmp_path / "board.py"
    file.write_text(
        "from spinnaker2 import hardware, snn\n"
        "net = snn.Network()\n"
        "for n, (size, atoms) in enumerate(((1122, 1), (64, 1), (32, 1), (1, 1))):\n"
        "    one = snn.Population(size, 'lif', {'threshold': 1, 'alpha_decay': 0.5}, f'part {n}')\n"
        "    one.set_max_atoms_per_core(atoms)\n"
        "    net.add(one)\n"
        "hardware.SpiNNcloud48NodeBoard(stm_ip='1.2.3.4').run(net, 10)\n"
    )
    done = CliRunner().invoke(commands, ["script", str(file)])
    assert str(done.exception) == "the network needs 1219 PEs, of which population part 0 needs 1122; the chip has 148"
    assert isinstance(done.exception, MappingError)
    assert done.exception.exit_status == 2
    assert done.output == ""


def test_sram_that_is_full() -> None:
    """A slice that does not fit is refused with the largest that does, and a neuron that does not fit with what it needs."""
    net = network(record=["v"])
    net.populations[1].size = 200
    net.populations[1].set_max_atoms_per_core(100)
    with pytest.raises(ValueError, match="post: found 100 neurons per PE, allowed are 1 to 15"):
        hardware.SpiNNaker2Chip().run(net, 1000)
    with pytest.raises(ValueError, match=r"post: found a neuron that needs \d+ bytes of a PE"):
        hardware.SpiNNaker2Chip().run(net, 100000)


def run_twice(params: Any) -> None:
    """Run a network with delays into a model without them, twice."""
    for _ in range(2):
        hardware.SpiNNaker2Chip().run(network("lif_curr_exp_no_delay", params, [[0, 0, 1, 2]]), 5)


def test_notices_are_given_once() -> None:
    """What is ignored or taken otherwise is said once: unknown parameters, t_refract, delays, decays without a value."""
    notices.forget()
    odd = {**LIF, "v_rest": 1, "t_refract": 2}
    with pytest.warns(ScriptNotice) as said:
        run_twice(odd)
    texts = sorted(str(warning.message) for warning in said)
    for text in ("no parameter 'v_rest', which is ignored; did you mean v_reset?", "t_refract is taken as t_refrac",
                 "has no delays", "found no exc_decay", "found no inh_decay"):  # fmt: skip
        assert sum(text in other for other in texts) == 1, text


def test_late_and_lost_packets_are_told() -> None:
    """Ticks that are too short overrun; the last lines say what was lost, but nothing of the last tick's packets."""
    stim = snn.Population(100, "spike_list", {n: range(20) for n in range(100)}, "stim")
    lif = snn.Population(100, "lif", {**LIF, "threshold": 1e9}, "lif", ["time_done", "n_packets", "spikes"])
    net = snn.Network("busy")
    net.add(stim, lif, snn.Projection(stim, lif, [[i, j, 1, 0] for i in range(100) for j in range(100)]))
    with pytest.warns(ScriptNotice, match="overruns: "):
        hardware.SpiNNaker2Chip().run(net, 20, sys_tick_in_s=20e-6)
    (done,) = lif.get_time_done_times().values()
    assert done.max() > 1
    hardware.SpiNNaker2Chip().run(net, 20)
    ((pe, packets),) = lif.get_n_packets().items()
    assert packets.tolist() == [0] + [100] * 19
    assert str(pe).startswith("PE(")
    assert lif.get_time_done_times()[pe].max() < 1
    assert np.all(np.array([len(t) for t in lif.get_spikes().values()]) == 0)
