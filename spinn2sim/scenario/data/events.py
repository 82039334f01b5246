"""Checks spikes that a user gives as events: any number of spikes of each input neuron in a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.scenario.data.dataset import Dataset, dataset_from_events
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import MAX_NEURONS

COLUMNS = ("sample", "step", "neuron")
# The most spikes of a data set: 384 MiB as read.
MAX_EVENTS = 1 << 24


def read_events(events: NDArray[Any], samples: int, steps: int, n_inputs: int | None, where: str) -> NDArray[np.int64]:
    """Return spikes [spikes, 3] of sample, step and neuron as int64. Raises DataError for a wrong type, shape, bound, or a spike twice.

    `n_inputs` is the number of input neurons, if it is known.
    """
    if events.dtype.kind not in "iu" or events.ndim != 2 or events.shape[1] != len(COLUMNS):
        raise DataError(
            f"{where}: found {events.dtype} of shape {events.shape}, allowed is integers (spikes, 3): sample, step, neuron"
        )
    if len(events) > MAX_EVENTS:
        raise DataError(f"{where}: found {len(events):,} spikes, allowed are {MAX_EVENTS:,}")
    ends = (samples, steps, MAX_NEURONS if n_inputs is None else n_inputs)
    for column, (name, end) in enumerate(zip(COLUMNS, ends, strict=True)):
        values = events[:, column]
        wrong = np.flatnonzero((values < 0) | (values >= end))
        if len(wrong):
            raise DataError(f"{where}: row {wrong[0]}: found {name} {values[wrong[0]]}, allowed is 0 to {end - 1}")
    found = events.astype(np.int64)
    _refuse_twice(found, where)
    return found


def dataset_of_events(
    scenario: Scenario, events: NDArray[Any], labels: NDArray[Any], n_classes: int, n_inputs: int | None = None
) -> Dataset:
    """Make the samples of a scenario from arrays: spikes [spikes, 3] of sample, step and neuron, and labels [n] below `n_classes`.

    The input neurons are those of the scenario's [[population]], or `n_inputs` of them, or as many as spike. Raises DataError.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise DataError(f"labels: found {labels.dtype} of shape {labels.shape}, allowed is integers (n,), n >= 1")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise DataError(f"labels: found {labels.min()} to {labels.max()}, allowed is 0 to {n_classes - 1}")
    inputs = input_count(scenario) if n_inputs is None else n_inputs
    spikes = read_events(np.asarray(events), len(labels), scenario.network.steps, inputs, "events")
    return dataset_from_events(spikes, labels, inputs or int(spikes[:, 2].max(initial=0)) + 1, n_classes)


def _refuse_twice(events: NDArray[np.int64], where: str) -> None:
    """Raise DataError if a neuron spikes twice in one step of a sample."""
    order = np.lexsort(events.T[::-1])
    same = np.flatnonzero((np.diff(events[order], axis=0) == 0).all(axis=1))
    if len(same):
        row = order[same[0] + 1]
        sample, step, neuron = events[row].tolist()
        raise DataError(
            f"{where}: row {row}: found sample {sample}, step {step}, neuron {neuron} twice, allowed is one spike per neuron and step"
        )


def input_count(scenario: Scenario) -> int | None:
    """Return the number of input neurons that a scenario declares, which events number one population after the other; None for a chain."""
    if scenario.population is None:
        return None
    return sum(population.size for population in scenario.population if population.kind == "input")
