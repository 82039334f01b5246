"""Writes a trained graph as a NIR graph: a CubaLIF node per population, and a Linear node per projection, or for each of its delays."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.graph import Delays, Graph, Population
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.exchange.exchanged_network import Spikes, jump
from spinn2sim.training.exchange.nir_in import SCENARIO_KEY, SPIKES_KEY
from spinn2sim.training.exchange.nir_out import scenario_without_paths


class _Nodes:
    """The nodes and edges of a graph under way; names that are taken get a number."""

    def __init__(self) -> None:
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, node: Any) -> str:
        """Add a node, and return the name that it got."""
        number, free = 2, name
        while free in self.nodes:
            free, number = f"{name}_{number}", number + 1
        self.nodes[free] = node
        return free

    def join(self, *names: str) -> None:
        """Add the edges of a way."""
        self.edges += list(itertools.pairwise(names))


def graph_bytes(
    scenario: Scenario, graph: Graph, weights: Sequence[NDArray[np.float64]], delays: Delays | None, spikes: Spikes
) -> bytes:
    """Make the bytes of a NIR file (HDF5) of a graph: weights bit for bit, delays rounded to steps, as the chip uses them.

    Raises DataError for a network with a readout, or with neurons that rest.
    """
    import nir

    if scenario.has_readout:
        raise DataError(
            f'loss.kind = "{scenario.loss.kind}": NIR files are of LIF populations, allowed here is --npz, which has the weights'
        )
    resting = next((p for p in graph.populations if p.refractory_steps), None)
    if resting is not None:
        raise DataError(
            f"population {resting.name}: refractory_steps = {resting.refractory_steps}: a CubaLIF node of NIR does not rest, "
            "allowed here is --npz, which has the weights"
        )
    found, dt_s = _Nodes(), scenario.network.dt_ms / 1000
    for population in graph.populations:
        found.add(population.name, _population(population, scenario, spikes))
    for q, projection in enumerate(graph.projections):
        pre, post = (graph.populations[k].name for k in (projection.pre, projection.post))
        late = None if delays is None else delays[q]
        steps = np.zeros(weights[q].shape, np.int64) if late is None else np.rint(late).astype(np.int64)
        _add_projection(found, (pre, post), weights[q], steps, dt_s)
    answers = graph.populations[graph.output]
    found.join(answers.name, found.add("output", nir.Output(output_type={"output": np.array([answers.size])})))
    metadata = {SCENARIO_KEY: scenario_without_paths(scenario), SPIKES_KEY: spikes, "dt": dt_s}
    file = io.BytesIO()
    nir.write(file, nir.NIRGraph(found.nodes, found.edges, metadata))
    return file.getvalue()


def _population(population: Population, scenario: Scenario, spikes: Spikes) -> Any:
    import nir

    if population.kind == "input":
        return nir.Input(input_type={"input": np.array([population.size])})
    taus = np.array(population.time_constants) / 1000
    tau_mem, tau_syn = (np.broadcast_to(column, population.size).astype(np.float64) for column in taus.T)
    gain = np.array([jump(spikes, tau, scenario.network.dt_ms / 1000) for tau in tau_syn.tolist()])
    ones = np.ones(population.size)
    return nir.CubaLIF(
        tau_mem=tau_mem, tau_syn=tau_syn, r=ones, v_leak=0 * ones, v_reset=0 * ones,
        v_threshold=scenario.network.threshold * ones, w_in=1 / gain,
    )  # fmt: skip


def _add_projection(
    found: _Nodes, ends: tuple[str, str], weights: NDArray[np.float64], steps: NDArray[np.int64], dt_s: float
) -> None:
    """Add the nodes of a projection: one way if each source has one delay, otherwise a way for each delay."""
    import nir

    pre, post = ends
    name, exists = f"{pre}_to_{post}", weights != 0
    longest = np.where(exists, steps, 0).max(axis=0, initial=0)
    if (~exists | (steps == longest)).all():
        way = [found.add(f"{name}_delay", nir.Delay(delay=longest * dt_s))] if longest.any() else []
        found.join(pre, *way, found.add(name, nir.Linear(weight=np.array(weights, np.float64))), post)
        return
    for late in np.unique(steps[exists]).tolist():
        way = (
            [found.add(f"{name}_delay_{late}", nir.Delay(delay=np.full(weights.shape[1], late * dt_s)))] if late else []
        )
        part = nir.Linear(weight=np.where(steps == late, weights, 0.0))
        found.join(pre, *way, found.add(f"{name}_{late}", part), post)
