"""Random networks: both engines, the mirror, and a model of the tests that shares nothing with them agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dense_script import play
from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.spinnaker2 import hardware, snn
from spinn2sim.spinnaker2.describe import describe

TICKS = 24
quarters = st.integers(0, 4).map(lambda n: n / 4)


@st.composite
def neuron_populations(draw: st.DrawFn) -> dict[str, Any]:
    """A population of LIF neurons with parameters that float32 holds exactly, so that ties happen."""
    model = draw(st.sampled_from(["lif", "lif_no_delay", "lif_curr_exp", "lif_curr_exp_no_delay"]))
    params = {
        "threshold": draw(st.integers(2, 12)),
        "alpha_decay": draw(quarters),
        "i_offset": draw(st.integers(-1, 3)),
        "v_reset": draw(st.integers(-3, 1)),
        "v_init": draw(st.integers(-3, 12)),
        "reset": draw(st.sampled_from(["reset_by_subtraction", "reset_to_v_reset"])),
    }
    if "curr" in model:
        params |= {"exc_decay": draw(quarters), "inh_decay": draw(quarters), "t_refrac": draw(st.integers(0, 3))}
    return {"size": draw(st.integers(1, 9)), "model": model, "params": params}


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[int, int, list[list[int]]]]]:
    """Up to three populations behind an input, with projections of any kind among them."""
    size = draw(st.integers(1, 6))
    times = st.lists(st.integers(-1, TICKS + 2), max_size=8)
    stim = {"size": size, "model": "spike_list", "params": draw(st.dictionaries(st.integers(0, size - 1), times))}
    populations = [stim, *draw(st.lists(neuron_populations(), min_size=1, max_size=3))]
    projections = []
    for _ in range(draw(st.integers(1, 4))):
        pre, post = draw(st.integers(0, len(populations) - 1)), draw(st.integers(1, len(populations) - 1))
        longest = 0 if "no_delay" in populations[post]["model"] else 7
        row = st.tuples(
            st.integers(0, populations[pre]["size"] - 1), st.integers(0, populations[post]["size"] - 1),
            st.integers(-15, 15), st.integers(0, longest),
        )  # fmt: skip
        projections.append((pre, post, [list(r) for r in draw(st.lists(row, max_size=20))]))
    return populations, projections


def recorded(model: str) -> list[str]:
    """What a population records: all that its model has."""
    return ["spikes"] if model == "spike_list" else ["spikes", "v"]


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(1, 9))
def test_four_ways_agree(network: Any, atoms: int) -> None:
    """Spike for spike, and chip and mirror in every bit of a voltage, however the populations are cut."""
    populations, projections = network
    expected = play(populations, projections, TICKS)
    net = snn.Network()
    made = [
        snn.Population(p["size"], p["model"], p["params"], f"p{n}", recorded(p["model"]))
        for n, p in enumerate(populations)
    ]
    for population in made:
        population.set_max_atoms_per_core(atoms)
    net.add(*made, *(snn.Projection(made[a], made[b], rows, f"{a} to {b}") for a, b, rows in projections))
    chip = hardware.SpiNNaker2Chip()
    for engine in ("compiled", "discrete_event"):
        chip.engine = engine
        chip.run(net, TICKS)
        assert [{(t, n) for n, ts in p.get_spikes().items() for t in ts} for p in made] == expected
    described = describe(net, TICKS)
    mirrored = mirror_network(described.graph, described.spikes, TICKS)
    assert [set(map(tuple, rows.tolist())) for rows in mirrored.spikes] == expected
    assert chip.last_run is not None
    for number, voltages in enumerate(chip.last_run.voltages):
        assert voltages is None or np.array_equal(voltages, mirrored.voltages[number])
