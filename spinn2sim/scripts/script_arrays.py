"""Makes the arrays of a script's program from the slices of its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.call_address import address_of
from firmware_models.neuron_model import SEED, NeuronModel
from firmware_models.programs.script_models import charged_as
from firmware_models.programs.script_state import SPIKE_LIST
from spinn2sim.graph import ModelPopulation
from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.mapping.script_slices import Slicing
from spinn2sim.scripts.convolution_arrays import convolution_arrays

Arrays = dict[str, NDArray[Any]]
# By population: the name of each state that is recorded, and its first column in the program's `traces`.
Traces = tuple[dict[str, int], ...]


def program_arrays(slicing: Slicing, plan: Plan, models: Sequence[NeuronModel]) -> Arrays:
    """Make the arrays of the state from `update` to `kernel`; `models` are those of the populations."""
    populations: list[Any] = [slicing.graph.populations[share.layer] for share in plan.shares]
    own = [models[share.layer] for share in plan.shares]
    sizes = np.array([share.size for share in plan.shares])
    table = RoutingTable(plan.entries)
    return {
        "update": np.array([SPIKE_LIST if m.update is None else address_of(m.update) for m in own], np.int64),
        "cost_key": np.array([charged_as(m)[0] for m in own]),
        "cost_times": np.array([charged_as(m)[1] for m in own]),
        "population": np.array([share.layer for share in plan.shares]),
        "first": np.array([share.first for share in plan.shares]),
        "size": sizes,
        "at": np.cumsum(sizes) - sizes,
        "sends": np.array([table.match(Key(Kind.SPIKE, 0, s.layer, s.first).pack()) != NO_ENTRY for s in plan.shares]),
        "seed": np.array([int(p.parameters[SEED][0]) if SEED in p.parameters else 0 for p in populations]),
        **_traces(slicing, plan, models),
        **_rows(slicing, models),
        **_synapses(slicing),
        **convolution_arrays(slicing),
    }


def traces_of(slicing: Slicing, models: Sequence[NeuronModel]) -> Traces:
    """Give each state that is recorded as many columns as its population has neurons."""
    found, column = [], 0
    for population, model in zip(slicing.graph.populations, models, strict=True):
        record = {"v" if name == "v_last" else name for name in getattr(population, "record", ())}
        names = [name for name in model.record if name in record]
        found.append({name: column + n * population.size for n, name in enumerate(names)})
        column += len(names) * population.size
    return tuple(found)


def _traces(slicing: Slicing, plan: Plan, models: Sequence[NeuronModel]) -> Arrays:
    """Return which states each PE records, and where."""
    by_population = traces_of(slicing, models)
    names = [by_population[share.layer] for share in plan.shares]
    last = np.cumsum([len(found) for found in names])
    pairs = [
        (list(models[share.layer].states).index(name), column + share.first)
        for share, found in zip(plan.shares, names, strict=True)
        for name, column in found.items()
    ]
    state, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    return {
        "trace_first": last - [len(found) for found in names],
        "trace_last": last,
        "trace_state": state,
        "trace_column": columns,
    }


def _rows(slicing: Slicing, models: Sequence[NeuronModel]) -> Arrays:
    """Return the rows of all neurons' parameters and of their states at the start, as wide as the widest model's."""
    given = [(p, m) for p, m in zip(slicing.graph.populations, models, strict=True) if isinstance(p, ModelPopulation)]
    neurons = sum(slicing.graph.sizes)
    p, x = (
        np.zeros((neurons, max(map(len, widths))))
        for widths in ([m.parameters for m in models], [m.states for m in models])
    )
    at = 0
    for population, model in given:
        here = slice(at, at + population.size)
        if model.update is not None:
            p[here, : len(model.parameters)] = model.row_of(population)
            for column, values in enumerate(model.start_of(population.parameters, population.size).values()):
                x[here, column] = values
        at += population.size
    return {"p": p, "x_init": x}


def _synapses(slicing: Slicing) -> Arrays:
    """Make each PE's table: rows of the source populations with synapses there, sorted by source."""
    sizes = np.array(slicing.graph.sizes)
    firsts = np.cumsum([0, *sizes])
    base: list[NDArray[np.int64]] = []
    row_first: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
    columns: list[tuple[NDArray[np.int64], ...]] = []
    rows = synapses = 0
    for sources, cuts in zip(slicing.sources, slicing.cuts, strict=True):
        order = np.lexsort((sources.source, sources.target))
        by_target = sources.target[order]
        for cut in cuts:
            own = order[np.searchsorted(by_target, cut.first) : np.searchsorted(by_target, cut.last)]
            own = own[np.argsort(sources.source[own], kind="stable")]
            populations = np.unique(np.searchsorted(firsts, sources.source[own], side="right") - 1)
            here = np.full(len(sizes), -1, np.int64)
            for population in populations.tolist():
                here[population] = rows
                edges = firsts[population] + np.arange(1, sizes[population] + 1)
                row_first.append(synapses + np.searchsorted(sources.source[own], edges))
                rows += int(sizes[population])
            base.append(here)
            columns.append((sources.target[own] - cut.first, sources.weight[own], sources.delay[own]))
            synapses += len(own)
    target, weight, delay = (np.concatenate(column) for column in zip(*columns, strict=True))
    return {
        "base": np.array(base),
        "row_first": np.concatenate(row_first),
        "target": target,
        "weight": weight,
        "delay": delay,
    }
