"""Spike times of imported networks, compared on random input with an integrator of NIR's equations that shares no code with them."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np

from chain_mirror import chain_mirror
from nir_graphs import cuba, integrate, lif, row
from spinn2sim.scenario import load_text
from spinn2sim.scenario.data.dataset import dataset_from_steps
from spinn2sim.training.exchange.convert import with_network
from spinn2sim.training.exchange.default_recipe import DEFAULT_SCENARIO
from spinn2sim.training.exchange.nir_in import read_graph

END_MS = 40.0
FINE_S = 2e-6


def imported_firsts(path: Path, dt_ms: float, spikes: list[tuple[float, int]]) -> np.ndarray:
    """Return the output's first-spike times in ms, on the float64 mirror with steps of dt_ms; infinite for a silent neuron."""
    steps = round(END_MS / dt_ms)
    base = load_text(DEFAULT_SCENARIO, {"network.dt_ms": dt_ms, "network.steps": steps, "training.copies": 1})
    model = read_graph(path).network("dirac", dt_ms)
    scenario = with_network(base, model)
    data_steps = np.full((1, model.sizes[0]), -1)
    for time, source in spikes:
        data_steps[0, source] = round(1000 * time / dt_ms)
    data = dataset_from_steps(data_steps, np.zeros(1, np.int64), model.sizes[-1], None)
    first = chain_mirror(scenario, model.sizes, model.weights, "float64").evaluate(data, 1).first_spikes[0]
    return np.where(first < steps, first * dt_ms, np.inf)


def random_graph(kind: str, rng: np.random.Generator) -> nir.NIRGraph:
    """Make a network 5-8-3 with random r, w_in, leak and thresholds, so that ignoring any of them would show."""
    hidden, out = [], []
    for size, into in ((8, hidden), (3, out)):
        leak = rng.uniform(-0.3, 0.3, size)
        given = {
            "r": rng.uniform(0.5, 2, size),
            "v_leak": leak,
            "v_reset": leak,
            "v_threshold": leak + rng.uniform(0.5, 1.5, size),
        }
        into.append(cuba(size, w_in=rng.uniform(0.5, 2, size), **given) if kind == "CubaLIF" else lif(size, **given))
    scale = 0.02 if kind == "CubaLIF" else 0.025
    return row(
        nir.Linear(weight=rng.uniform(0.1, 1.5, (8, 5)) * scale), hidden[0],
        nir.Affine(weight=rng.uniform(0.1, 1.5, (3, 8)) * scale, bias=np.zeros(3)), out[0],
    )  # fmt: skip


def errors(kind: str, path: Path) -> dict[float, list[float]]:
    """Return the distances in ms of output spikes from the reference, by time step in ms."""
    rng = np.random.default_rng(7)
    found: dict[float, list[float]] = {0.5: [], 0.125: [], 0.03125: []}
    for _ in range(6):
        graph = random_graph(kind, rng)
        nir.write(path, graph)
        spikes = [(float(k) / 2000, source) for source, k in enumerate(rng.integers(0, 20, 5))]
        expected = 1000 * np.array(integrate(graph, spikes, END_MS / 1000, FINE_S)[-1])
        for dt_ms, differences in found.items():
            # An impulse of step i moves a LIF's membrane in step i + 1: a delay of a step in each of the two layers.
            times = imported_firsts(path, dt_ms, spikes) - (2 * dt_ms if kind == "LIF" else 0)
            both = np.isfinite(times) & np.isfinite(expected)
            differences.extend(np.abs(times - expected)[both])
    assert all(len(differences) >= 12 for differences in found.values())
    return found


def test_cuba_lif_spike_times_converge(tmp_path: Path) -> None:
    """For CubaLIF, output spikes converge to the times of NIR's equations, with an error of the order of the time step."""
    coarse, middle, fine = (float(np.mean(found)) for found in errors("CubaLIF", tmp_path / "g.nir").values())
    assert coarse < 1.0
    assert middle < 0.5 * coarse
    assert fine < 0.5 * middle
    assert fine < 0.05


def test_lif_spike_times_are_exact(tmp_path: Path) -> None:
    """For LIF, any time step gives NIR's times: between Dirac impulses on the time grid the membrane only decays."""
    for found in errors("LIF", tmp_path / "g.nir").values():
        assert max(found) < 1e-6


def test_a_spike_of_one_step_is_an_impulse_of_area_dt(tmp_path: Path) -> None:
    """With the convention "step", a graph gives dt (in s) times the weights that it gives with "dirac"."""
    nir.write(tmp_path / "g.nir", row(nir.Linear(weight=np.ones((2, 5))), cuba(2)))
    graph = read_graph(tmp_path / "g.nir")
    assert np.allclose(graph.network("step", 0.5).weights[0], 0.0005 * graph.network("dirac", 0.5).weights[0])
    assert graph.network("step", 1.0).weights[0][0, 0] == 1.0
