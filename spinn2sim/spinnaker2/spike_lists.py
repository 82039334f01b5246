"""Reads the spikes that a script gives to a spike list: of thousands of neurons in milliseconds, since samples differ in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.spinnaker2.script_population import Population

Ints = NDArray[np.int64]


def read_spike_list(population: Population, ticks: int) -> Ints:
    """Return the spikes of a spike list within the run as rows (tick, neuron), sorted, each once. Raises ScriptError."""
    params = population.params
    if not isinstance(params, Mapping):
        raise ScriptError(f"population {population.name}: params: found {quoted(params)}, allowed is {{neuron: ticks}}")
    columns = _plain_columns(params)
    neuron, tick = columns if columns is not None else _columns(population)
    wrong = (neuron < 0) | (neuron >= population.size)
    if wrong.any() or (tick != np.rint(tick)).any():
        neuron, tick = _columns(population)
    within = (tick >= 0) & (tick < ticks)
    found = np.unique(tick[within].astype(np.int64) * population.size + neuron[within])
    return np.stack(np.divmod(found, population.size), axis=1)


def _plain_columns(params: Mapping[Any, Any]) -> tuple[Ints, NDArray[np.float64]] | None:
    """Return (neuron, tick) of plain numbers in lists or of plain arrays; None for anything else, which is read one by one."""
    times = list(params.values())
    if not times or not all(type(neuron) is int for neuron in params):
        return None
    try:
        if all(type(one) in (list, tuple, range) for one in times):
            tick = np.array(list(chain.from_iterable(times)), np.float64)
        elif all(isinstance(one, np.ndarray) and one.ndim == 1 for one in times):
            tick = np.concatenate(times).astype(np.float64)
        else:
            return None
        lengths = [len(one) for one in times]
        neuron = np.repeat(np.array(list(params), np.int64), lengths)
    except (ValueError, TypeError, OverflowError):
        return None
    return (neuron, tick) if tick.shape == neuron.shape else None


def _columns(population: Population) -> tuple[Ints, NDArray[np.float64]]:
    """Return (neuron, tick), read neuron by neuron. Raises ScriptError with the first that is wrong."""
    name = population.name
    neurons, ticks = [np.zeros(0, np.int64)], [np.zeros(0)]
    for neuron, times in population.params.items():
        whole = isinstance(neuron, int | np.integer) and not isinstance(neuron, bool)
        if not whole or not 0 <= neuron < population.size:
            raise ScriptError(
                f"population {name}: found spikes of neuron {quoted(neuron)}, allowed are 0 to {population.size - 1}"
            )
        try:
            found = np.asarray(times if isinstance(times, np.ndarray) else list(times), np.float64).reshape(-1)
        except (ValueError, TypeError):
            raise ScriptError(f"population {name}: neuron {neuron}: found {quoted(times)}, allowed are ticks") from None
        if (found != np.rint(found)).any():
            wrong = found[found != np.rint(found)][0]
            raise ScriptError(f"population {name}: neuron {neuron}: found a spike at {wrong}, allowed are whole ticks")
        neurons.append(np.full(len(found), neuron, np.int64))
        ticks.append(found)
    return np.concatenate(neurons), np.concatenate(ticks)
