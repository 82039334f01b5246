"""The models of which the original's order is not known: chip and mirror agree, they obey simple laws, and a notice marks them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spinn2sim.errors import ScriptNotice
from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.spinnaker2 import hardware, notices, snn
from spinn2sim.spinnaker2.describe import describe

TICKS = 60
LIF = {"threshold": 12.0, "alpha_decay": 0.9, "i_offset": 1.3}
MODELS: dict[str, dict[str, Any]] = {
    "alif": {**LIF, "threshold_adp_decay": 0.95, "threshold_adp_inc": 3.0, "t_refract": 1},
    "lif_prob": {**LIF, "firing_prob": 0.5, "seed": 42},
    "izhikevich": {"recovery_decay": 0.02, "recovery_sensitivity": 0.2, "v_reset": -65.0, "reset_recovery_increment": 8.0, "i_offset": 9.0},
    "lif_fugu": {"Vspike": 25, "decay": 0.8, "Vbias": 1.5, "Vreset": 2.0, "p": 0.7, "delay": np.arange(20) % 5 + 1, "seed": 3},
    "poisson_process": {"p": 0.2, "Tref": 2, "seed": 7},
}  # fmt: skip


def network(model: str, params: dict[str, Any], size: int = 20) -> tuple[snn.Network, snn.Population]:
    """A population of the model with recurrence and input, if it takes any; and LIF neurons behind it."""
    rng = np.random.default_rng(2)
    stim = snn.Population(5, "spike_list", {i: range(i, TICKS, 3) for i in range(5)}, "stim")
    record = {"poisson_process": ["spikes"], "alif": ["spikes", "v", "v_th"]}.get(model, ["spikes", "v"])
    pop = snn.Population(size, model, params, "pop", record)
    pop.set_max_atoms_per_core(7)
    after = snn.Population(4, "lif", LIF, "after")
    net = snn.Network(model)
    net.add(stim, pop, after)
    pairs = [(stim, pop), (pop, pop), (pop, after)] if model != "poisson_process" else [(pop, after)]
    for pre, post in pairs:
        rows = [
            [rng.integers(pre.size), rng.integers(post.size), rng.integers(-6, 12), rng.integers(8)] for _ in range(60)
        ]
        net.add(snn.Projection(pre, post, rows))
    return net, pop


def spikes(population: snn.Population) -> set[tuple[int, int]]:
    """The spikes (tick, neuron) of a population."""
    return {(t, n) for n, times in population.get_spikes().items() for t in times}


@pytest.mark.parametrize("model", MODELS)
def test_engines_and_mirror_agree(model: str) -> None:
    """Spike for spike and voltage for voltage, on both engines; something happens; and a notice says that the model is approximate."""
    notices.forget()
    net, pop = network(model, MODELS[model])
    chip = hardware.SpiNNaker2Chip()
    for engine in ("compiled", "discrete_event"):
        chip.engine = engine
        if engine == "compiled":
            with pytest.warns(ScriptNotice, match=f"{model} is approximate"):
                chip.run(net, TICKS)
        else:
            chip.run(net, TICKS)
        described = describe(net, TICKS)
        mirrored = mirror_network(described.graph, described.spikes, TICKS)
        assert [spikes(p) for p in net.populations] == [set(map(tuple, rows.tolist())) for rows in mirrored.spikes]
        if "v" in pop.record:
            assert np.array_equal(np.stack(list(pop.get_voltages().values()), 1), mirrored.voltages[1])
    assert 0 < len(spikes(pop)) < TICKS * pop.size


def test_limits_that_are_lif() -> None:
    """Without a rise of its threshold alif is lif, and lif_prob with probability 1 is lif; with probability 0 nothing fires."""
    plain, pop = network("lif", LIF)
    chip = hardware.SpiNNaker2Chip()
    chip.run(plain, TICKS)
    expected = spikes(pop)
    for model, params in (
        ("alif", {**MODELS["alif"], "threshold_adp_inc": 0, "t_refract": 0}),
        ("lif_prob", {**LIF, "firing_prob": 1}),
    ):
        net, pop = network(model, params)
        chip.run(net, TICKS)
        assert spikes(pop) == expected
        if model == "alif":
            assert {tuple(v) for v in np.unique(np.stack(list(pop.get_variable("v_th").values())), axis=1)} == {(12.0,)}
    net, pop = network("lif_prob", {**LIF, "firing_prob": 0})
    chip.run(net, TICKS)
    assert spikes(pop) == set()


def test_poisson_rate() -> None:
    """Neurons fire at p / (1 + p Tref), never within Tref ticks after a spike, each in its own way, and again so with the same seed."""
    net, pop = network("poisson_process", MODELS["poisson_process"], 500)
    pop.set_max_atoms_per_core(250)
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, 400)
    found = pop.get_spikes()
    rate = sum(map(len, found.values())) / (400 * 500)
    assert rate == pytest.approx(0.2 / (1 + 0.2 * 2), rel=0.03)
    assert min(int(np.diff(times).min()) for times in found.values() if len(times) > 1) == 3
    assert len({tuple(times) for times in found.values()}) == 500
    chip.run(net, 400)
    assert pop.get_spikes() == found


AND_SPIKES = {0: [1, 2], 1: [1, 2, 3], 2: [2], 3: [3], 4: [1], 5: [1], 6: [3], 7: [2], 8: [1, 2, 3], 9: [1, 2]}
AND_ANSWER = {0: [2], 1: [4], 2: [3], 3: [4], 4: [2]}


def and_gates(ticks: int, weight: int = 95, **params: Any) -> dict[int, list[int]]:
    """The published example of lif_fugu: five neurons that fire if two inputs come in one tick."""
    stim = snn.Population(10, "spike_list", AND_SPIKES, "stim")
    given = {"V": 0.0, "Vspike": 127.0, "decay": 0.0, "Vbias": 0.0, "Vreset": 0.0, "p": 1.0, "delay": 1, **params}
    gates = snn.Population(5, "lif_fugu", given, "gates")
    net = snn.Network()
    net.add(stim, gates, snn.Projection(stim, gates, [[i, i % 5, weight, 0] for i in range(10)]))
    hardware.SpiNNaker2Chip().run(net, ticks)
    return gates.get_spikes()


def test_fugu_gates() -> None:
    """The published example has its author's answer, a delay of up to 32 ticks shifts it, and a neuron at its threshold does not fire."""
    assert and_gates(5) == AND_ANSWER
    for delay in (2, 16, 17, 32):
        assert and_gates(40, delay=delay) == {n: [t + delay - 1 for t in ts] for n, ts in AND_ANSWER.items()}
    assert and_gates(5, 127)[3] == [4]
    assert and_gates(5, 64, Vspike=128.0) == {n: [] for n in range(5)}
    # Nothing decays where decay, the share of v that stays, is 1: neuron 1 reaches the threshold with its second spike.
    assert and_gates(5, decay=1.0)[1] == [3, 4]
    with pytest.raises(ValueError, match="gates: delay: found 33, allowed are whole numbers from 1 to 32"):
        and_gates(5, delay=33)


@pytest.mark.parametrize("p", [-0.1, 1.5, "half"])
def test_probabilities(p: Any) -> None:
    """A probability is between 0 and 1."""
    net, _ = network("poisson_process", {"p": p})
    with pytest.raises(ValueError, match="pop: p: found"):
        hardware.SpiNNaker2Chip().run(net, 5)
