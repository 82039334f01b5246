"""Makes a scenario, and the arrays of its weights.npz, of a graph that was read from a NIR file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import with_changes
from spinn2sim.scenario.network_keys import DeclaredPopulation, DeclaredProjection
from spinn2sim.trace import run_directory
from spinn2sim.training.exchange.graph_in import BIAS, ExchangedGraph, ExchangedProjection

# A draw of fewer synapses than this could be empty; then nearly all are drawn, which the file of weights corrects.
FEW_SYNAPSES, NEARLY_ALL = 20, 0.999


def with_graph(base: Scenario, graph: ExchangedGraph) -> tuple[Scenario, dict[str, NDArray[Any]]]:
    """Return the scenario with the populations and projections of a graph, and the arrays of the weights.npz that it starts from.

    What the graph does not say of a projection or population that `base` declares too, by name, is as there. Raises ScenarioError.
    """
    known = {p.name: k for k, p in enumerate(base.population or ())}
    names = [*graph.inputs, *([BIAS] if graph.has_bias and BIAS not in graph.inputs else []), *graph.sizes]
    at = {name: k for k, name in enumerate(names)}
    names = sorted(names, key=lambda name: known.get(name, len(known) + at[name]))
    populations = tuple(_population(base, graph, name) for name in names)
    order = {name: k for k, name in enumerate(names)}
    declared = [(p.pre, p.post) for p in base.projection or ()]
    projections = sorted(graph.projections, key=lambda p: (order[p.post], _place(declared, p), order[p.pre]))
    sparse = [None if p.exists.all() or not p.exists.any() else p.exists for p in projections]
    delays = [p.delays.astype(np.float64) if p.delays.any() or _learns(base, p) else None for p in projections]
    entries = tuple(_projection(base, p, e) for p, e in zip(projections, sparse, strict=True))
    taus = (base.network.tau_mem_ms, base.network.tau_syn_ms) if base.is_graph else graph.times[graph.output]
    network = replace(
        base.network,
        hidden=None,
        init=None,
        output=graph.output,
        threshold=graph.threshold,
        tau_mem_ms=taus[0],
        tau_syn_ms=taus[1],
    )
    optimizer = base.optimizer
    if optimizer.delay_rate is not None and not any(entry.learns_delays for entry in entries):
        optimizer = replace(optimizer, delay_rate=None)
    scenario = with_changes(
        base, network=network, population=populations, projection=entries, optimizer=optimizer,
        training=replace(base.training, start_from=run_directory.WEIGHTS),
    )  # fmt: skip
    return scenario, run_directory.weight_arrays([p.weights for p in projections], delays, sparse)


def _place(declared: Sequence[tuple[str, str]], projection: ExchangedProjection) -> int:
    ends = (projection.pre, projection.post)
    return declared.index(ends) if ends in declared else len(declared)


def _known(base: Scenario, projection: ExchangedProjection) -> DeclaredProjection | None:
    ends = (projection.pre, projection.post)
    return next((p for p in base.projection or () if (p.pre, p.post) == ends), None)


def _learns(base: Scenario, projection: ExchangedProjection) -> bool:
    known = _known(base, projection)
    return known is not None and known.most_delay > 0


def _population(base: Scenario, graph: ExchangedGraph, name: str) -> DeclaredPopulation:
    known = next((p for p in base.population or () if p.name == name), None)
    if known is not None and name in graph.drawn:
        return known
    if name in graph.inputs or name == BIAS:
        steady = name not in graph.inputs or (known is not None and bool(known.every_step))
        return DeclaredPopulation(name, graph.inputs.get(name, 1), "input", every_step=steady or None)
    tau_mem, tau_syn = graph.times[name]
    mine = (
        None
        if known is None
        else (known.tau_mem_ms or base.network.tau_mem_ms, known.tau_syn_ms or base.network.tau_syn_ms)
    )
    if known is not None and known.kind == "lif" and known.size == graph.sizes[name] and mine == (tau_mem, tau_syn):
        return known
    return DeclaredPopulation(name, graph.sizes[name], "lif", tau_mem, tau_syn)


def _projection(base: Scenario, found: ExchangedProjection, exists: NDArray[np.bool_] | None) -> DeclaredProjection:
    weights = found.weights if exists is None else found.weights[exists]
    init = (float(weights.mean()), float(weights.std()))
    density = 1.0
    if exists is not None:
        density = float(exists.mean()) if exists.sum() >= FEW_SYNAPSES else NEARLY_ALL
    delays = found.delays[found.exists] if found.exists.any() else np.zeros(1, np.int64)
    least, most = int(delays.min()), int(delays.max())
    steps = least if least == most else (least, most)
    known = _known(base, found)
    if known is None:
        return DeclaredProjection(found.pre, found.post, init, density, steps)
    delay_max = known.delay_max if known.delay_max is not None and known.delay_max >= most else None
    kept = replace(known, init=init, density=density, delay_steps=steps, delay_max=delay_max)
    return kept if delay_max is not None or not known.learns_delays else replace(kept, delay_max=max(most, 1))
