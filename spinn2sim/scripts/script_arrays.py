"""Makes the arrays of a script's program from the slices of its network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.script_state import (
    ADAPTIVE,
    CHANCE,
    CURRENT,
    IZHIKEVICH,
    LIF,
    MOST_OWN,
    POISSON,
    SPIKE_LIST,
)
from spinn2sim.graph import ModelPopulation
from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.routing_table import NO_ENTRY, RoutingTable
from spinn2sim.mapping.script_slices import Slicing
from spinn2sim.scripts.convolution_arrays import convolution_arrays

Arrays = dict[str, NDArray[Any]]
PROGRAM_OF = {
    "spike_list": SPIKE_LIST,
    "lif": LIF,
    "lif_no_delay": LIF,
    "lif_conv2d": LIF,
    "lif_curr_exp": CURRENT,
    "lif_curr_exp_no_delay": CURRENT,
    "alif": ADAPTIVE,
    "lif_prob": CHANCE,
    "poisson_process": POISSON,
    "izhikevich": IZHIKEVICH,
}
# The parameters that a model has for itself, in the order of the program's array `own`.
OWN_OF = {
    "alif": ("threshold_adp_decay", "threshold_adp_inc"),
    "lif_prob": ("firing_prob",),
    "poisson_process": ("p",),
    "izhikevich": ("recovery_decay", "recovery_sensitivity", "reset_recovery_increment"),
}
REFRACTORY = ("t_refrac", "t_refract", "Tref")
# The names of a script's parameters, by the names of the program's arrays; none: 0.
PARAMETER_OF = {
    "alpha": "alpha_decay",
    "threshold": "threshold",
    "offset": "i_offset",
    "v_reset": "v_reset",
    "v_init": "v_init",
    "exc_decay": "exc_decay",
    "inh_decay": "inh_decay",
}


def program_arrays(slicing: Slicing, plan: Plan) -> Arrays:
    """Make the arrays of the state from `model` to `kernel`, without the recordings."""
    populations: list[Any] = [slicing.graph.populations[share.layer] for share in plan.shares]
    sizes = np.array([share.size for share in plan.shares])
    table = RoutingTable(plan.entries)
    recorded = np.where([bool({"v", "v_last"} & set(p.record)) for p in populations], sizes, 0)
    column = np.cumsum(recorded) - recorded
    risen = np.where(["v_th" in p.record for p in populations], sizes, 0)
    return {
        "model": np.array([PROGRAM_OF[p.model] for p in populations]),
        "population": np.array([share.layer for share in plan.shares]),
        "first": np.array([share.first for share in plan.shares]),
        "size": sizes,
        "at": np.cumsum(sizes) - sizes,
        "subtracts": np.array([p.subtracts for p in populations]),
        "sends": np.array([table.match(Key(Kind.SPIKE, 0, s.layer, s.first).pack()) != NO_ENTRY for s in plan.shares]),
        "column": np.where(recorded > 0, column, -1),
        "threshold_column": np.where(risen > 0, np.cumsum(risen) - risen, -1),
        "seed": np.array([int(p.parameters["seed"][0]) if "seed" in p.parameters else 0 for p in populations]),
        **{name: _parameter(slicing, given) for name, given in PARAMETER_OF.items()},
        "refractory": sum(_parameter(slicing, name) for name in REFRACTORY),
        **_own(slicing),
        **_synapses(slicing),
        **convolution_arrays(slicing),
    }


def _parameter(slicing: Slicing, name: str) -> NDArray[np.float64]:
    """Return a parameter of all neurons, 0 where a model does not have it. PEs are in the order of populations and neurons."""
    values = []
    for population in slicing.graph.populations:
        assert isinstance(population, ModelPopulation)  # noqa: S101 - other populations are not given
        values.append(population.parameters.get(name, np.zeros(population.size)))
    return np.concatenate(values)


def _own(slicing: Slicing) -> Arrays:
    """Return what models have for themselves: `own` [neuron, MOST_OWN], and where their second state starts."""
    own, start = [], []
    for population in slicing.graph.populations:
        assert isinstance(population, ModelPopulation)  # noqa: S101 - other populations are not given
        values = np.zeros((population.size, MOST_OWN))
        for column, name in enumerate(OWN_OF.get(population.model, ())):
            values[:, column] = population.parameters[name]
        own.append(values)
        u = population.model == "izhikevich"
        start.append(values[:, 1] * population.parameters["v_reset"] if u else np.zeros(population.size))
    return {"own": np.concatenate(own), "second_init": np.concatenate(start)}


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
