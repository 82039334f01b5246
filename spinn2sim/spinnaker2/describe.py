"""Makes a graph of a script's network, and refuses, in one line, what cannot be run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import NotModelledError, ScriptError, quoted
from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList
from spinn2sim.spinnaker2.conv2d_projection import Conv2DProjection
from spinn2sim.spinnaker2.describe_convolution import convolution_key, describe_convolution
from spinn2sim.spinnaker2.model_table import MODELS, REQUIRED, RESET, RESETS, UNKNOWN_DEFAULTS, NeuronModel, find_model
from spinn2sim.spinnaker2.notices import notice
from spinn2sim.spinnaker2.projection_ends import model_of_post
from spinn2sim.spinnaker2.script_names import as_text, need_text
from spinn2sim.spinnaker2.script_population import Population
from spinn2sim.spinnaker2.script_projection import Projection
from spinn2sim.spinnaker2.spike_lists import read_spike_list

Ints = NDArray[np.int64]
# A projection of the graph, and what a run depends on of it.
Described = tuple[SynapseList | Convolution, tuple[Any, ...]]
MOST_DELAY = 7
MOST_NEURONS = 1 << 18


class Members(Protocol):
    """What is read of a network: its name and what was added to it."""

    name: str
    populations: list[Population]
    projections: list[Projection | Conv2DProjection]


class Description(NamedTuple):
    """A network as a graph, the spikes of its spike lists as rows (tick, neuron), and what a run depends on besides these spikes."""

    graph: Graph
    spikes: dict[int, Ints]
    key: tuple[Any, ...]


def describe(network: Members, ticks: int, quantize: bool = True) -> Description:
    """Read a network for a run of some ticks. Raises ScriptError (a ValueError) or NotModelledError (a RuntimeError).

    Without `quantize` weights may be any numbers.
    """
    if not network.populations:
        raise ScriptError(f"network {network.name}: found no population, allowed are one or more")
    need_text(network.name, "network")
    for member in network.populations:
        need_text(member.name, "population")
    for joined in network.projections:
        need_text(joined.name, "projection")
    positions = {id(population): n for n, population in enumerate(network.populations)}
    populations, spikes = [], {}
    for number, population in enumerate(network.populations):
        model = find_model(population.neuron_model, population.name)
        populations.append(_population(population, model))
        if model.name == "spike_list":
            spikes[number] = read_spike_list(population, ticks)
    lists = [_projection(projection, positions, network.name, quantize) for projection in network.projections]
    lists.sort(key=lambda described: described[0].post)
    graph = Graph(tuple(populations), tuple(q for q, _ in lists), len(populations) - 1)
    return Description(graph, spikes, (*map(_population_key, populations), *(key for _, key in lists)))


def _population_key(p: ModelPopulation) -> tuple[Any, ...]:
    values = tuple((name, value.tobytes()) for name, value in p.parameters.items())
    return p.name, p.size, p.model, p.record, p.subtracts, p.neurons_per_pe, values


def _population(population: Population, model: NeuronModel) -> ModelPopulation:
    name, size = population.name, population.size
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 1 <= size <= MOST_NEURONS:
        raise ScriptError(
            f"population {name}: size: found {quoted(size)}, allowed is a whole number from 1 to {MOST_NEURONS}"
        )
    kind = "input" if model.name == "spike_list" else "lif"
    parameters: dict[str, NDArray[np.float64]] = {}
    reset = RESETS[0]
    if kind == "lif":
        given = _known_parameters(population, model)
        reset = given.pop(RESET, RESETS[0])
        if not isinstance(reset, str) or reset not in RESETS:
            raise ScriptError(
                f"population {name}: reset: found {quoted(reset)}, allowed is {' or '.join(map(repr, RESETS))}"
            )
        parameters = {key: _values(population, model, key, value) for key, value in given.items()}
        if model.approximate:
            notice(f"{model.name} is approximate: the order of py-spinnaker2's updates is not known")
    return ModelPopulation(
        name, int(size), "input" if kind == "input" else "lif",
        model=model.name, parameters=parameters, record=_record(population, model),
        subtracts=reset == RESETS[0], neurons_per_pe=population.get_max_atoms_per_core() or 0,
        neuron_bytes=model.neuron_bytes, pe_bytes=model.pe_bytes,
    )  # fmt: skip


def _record(population: Population, model: NeuronModel) -> tuple[str, ...]:
    given: Any = population.record
    if not isinstance(given, str | list | tuple | set | frozenset):
        raise ScriptError(f"population {population.name}: record: found {quoted(given)}, allowed is a list of names")
    record = [given] if isinstance(given, str) else list(given)
    for what in record:
        if not isinstance(what, str) or what not in model.recordable:
            raise NotModelledError(
                f"population {population.name}: record: found {quoted(what)}, of {model.name} there are "
                f"{', '.join(model.recordable)}"
            )
    # The spikes of a spike list are known, so that a PE has no record of them.
    return tuple(dict.fromkeys(what for what in record if what != "spikes" or model.name != "spike_list"))


def _known_parameters(population: Population, model: NeuronModel) -> dict[str, Any]:
    """Return the parameters with defaults filled in. Raises ScriptError if one that is required is missing."""
    name = population.name
    if not isinstance(population.params, Mapping):
        raise ScriptError(f"population {name}: params: found {quoted(population.params)}, allowed is a dict")
    given = dict(population.params)
    if "t_refract" in given and "t_refrac" in model.parameters and "t_refrac" not in given:
        notice(f"population {name}: t_refract is taken as t_refrac")
        given["t_refrac"] = given.pop("t_refract")
    for key in list(given):
        if key not in model.parameters:
            near = get_close_matches(as_text(key), model.parameters, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(model.parameters)}"
            notice(f"population {name}: {model.name} has no parameter {quoted(key)}, which is ignored{hint}")
            del given[key]
    for key, default in model.parameters.items():
        if key in given:
            continue
        if default is REQUIRED:
            raise ScriptError(f"population {name}: params: found no {key}, which {model.name} needs")
        if key in UNKNOWN_DEFAULTS and model.name in MODELS:
            notice(f"population {name}: params: found no {key}; the chip's default is not known, {default} is taken")
        given[key] = default
    return given


def _values(population: Population, model: NeuronModel, key: str, value: Any) -> NDArray[np.float64]:
    """Return a parameter as one number per neuron. Raises ScriptError."""
    what = f"population {population.name}: {key}"
    try:
        values = np.asarray(value, np.float64).reshape(-1)
    except (ValueError, TypeError):
        raise ScriptError(f"{what}: found {quoted(value)}, allowed are numbers") from None
    if values.size not in (1, population.size):
        raise ScriptError(f"{what}: found {values.size} values, allowed are 1 or {population.size}, one per neuron")
    if not np.isfinite(values).all():
        raise ScriptError(f"{what}: found {values[~np.isfinite(values)][0]}, allowed are finite numbers")
    with np.errstate(over="ignore", under="ignore"):
        words = values.astype(np.float32)
    lost = ~np.isfinite(words) | ((words == 0) & (values != 0))
    if lost.any():
        raise ScriptError(
            f"{what}: found {values[lost][0]:g}, allowed are 0 and what float32 has, 1.4e-45 to 3.4e+38 in size"
        )
    least, most = model.bounds.get(key, (0.0 if key in model.whole else -math.inf, math.inf))
    whole = key in model.whole
    if ((values < least) | (values > most) | (whole & (values != np.rint(values)))).any():
        kind = "whole numbers " if whole else ""
        reach = f"{kind}from {least:g} on" if most == math.inf else f"{kind}from {least:g} to {most:g}"
        raise ScriptError(f"{what}: found {quoted(value)}, allowed are {reach}")
    return np.broadcast_to(values, population.size).copy()


def _projection(
    projection: Projection | Conv2DProjection, positions: dict[int, int], network: str, quantize: bool
) -> Described:
    """Describe a projection, and what a run depends on of it."""
    if isinstance(projection, Conv2DProjection):
        found = describe_convolution(projection, positions, network, quantize)
        return found, convolution_key(found)
    model, rows = model_of_post(projection, positions, network), projection.rows()
    ends = (positions[id(projection.pre)], positions[id(projection.post)])
    given = (*ends, projection.pre.size, projection.post.size, model.name, projection.name, quantize)
    if projection.described is None or projection.described[0] is not rows or projection.described[1] != given:
        synapses = _synapses(projection, rows, ends, quantize)
        columns = (synapses.source, synapses.target, synapses.weight, synapses.delay)
        projection.described = rows, given, (synapses, (*ends, *(column.tobytes() for column in columns)))
    described: Described = projection.described[2]
    return described


def _synapses(projection: Projection, rows: NDArray[np.float64], ends: tuple[int, int], quantize: bool) -> SynapseList:
    what, model = f"projection {projection.name}", find_model(projection.post.neuron_model, projection.post.name)
    for column, population in enumerate((projection.pre, projection.post)):
        _refuse_rows(rows, _not_in(rows[:, column], 0, population.size - 1), what,
                     f"{['source', 'target'][column]} of {population.name}", column, f"0 to {population.size - 1}")  # fmt: skip
    delay = rows[:, 3]
    _refuse_rows(rows, _not_in(delay, 0, MOST_DELAY), what, "delay", 3, f"0 to {MOST_DELAY}")
    if not model.delays and delay.any():
        notice(f"{what}: {model.name} has no delays; those of its rows are ignored")
        delay = np.zeros(len(rows))
    weight = np.trunc(rows[:, 2]) if quantize else rows[:, 2]
    wrong = ~(np.abs(weight) <= model.most_weight) if quantize else ~np.isfinite(weight)
    limits = f"-{model.most_weight} to {model.most_weight} into {model.name}" if quantize else "finite numbers"
    _refuse_rows(rows, wrong, what, "weight", 2, limits)
    source, target = (rows[:, n].astype(np.int64) for n in (0, 1))
    return SynapseList(
        *ends, learn="none", delay_max=int(delay.max(initial=0)),
        name=projection.name, source=source, target=target, weight=weight, delay=delay.astype(np.int64),
    )  # fmt: skip


def _not_in(column: NDArray[np.float64], least: int, most: int) -> NDArray[np.bool_]:
    fits: NDArray[np.bool_] = (column >= least) & (column <= most) & (column == np.rint(column))
    return ~fits


def _refuse_rows(
    rows: NDArray[np.float64], wrong: NDArray[np.bool_], where: str, what: str, column: int, allowed: str
) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ScriptError(f"{where}: row {row}: {what}: found {rows[row, column]:g}, allowed are {allowed}")
