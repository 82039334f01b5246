"""Makes the DRAM arrays of a part: spike records and labels, in the order in which the copies read them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.words import ALIGNED_WORDS, NO_SAMPLE, STEP_SHIFT
from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import DRAM_LABELS, Plan, dram_samples
from spinn2sim.scenario.data.dataset import Dataset


def whole_batches(order: NDArray[np.int64], copies: int) -> NDArray[np.int64]:
    """Fill `order` up with NO_SAMPLE to whole batches."""
    missing = -len(order) % copies
    return np.concatenate([order, np.full(missing, NO_SAMPLE, np.int64)])


def dram_rows(plan: Plan, graph: Graph, data: Dataset, slots: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return arrays by name: spike records per slot and share of an input population, and labels, NO_SAMPLE where there is none."""
    labels = np.full((len(slots), ALIGNED_WORDS), NO_SAMPLE, np.int32)
    real = slots >= 0
    labels[real, 0] = data.labels[slots[real]]
    arrays: dict[str, NDArray[Any]] = {DRAM_LABELS: labels}
    events = next((group.scalars["events"] for group in plan.groups if group.program == "input"), 0)
    for share in plan.shares:
        if share.layer in graph.first_input and share.copy == 0:
            population, inputs = share.layer, (share.first, share.last)
            records = _records(data, slots, graph.first_input[population], inputs, events)
            arrays[dram_samples(population, share.part)] = records
    return arrays


def _records(
    data: Dataset, slots: NDArray[np.int64], base: int, inputs: tuple[int, int], events: int
) -> NDArray[np.int32]:
    """Make records [slots, 1 + events]: a count, then step << 16 | neuron for each spike, in the order of steps.

    They are those of neurons inputs[0] .. inputs[1] - 1 of an input population, whose neuron 0 is number `base` in the samples.
    """
    lengths = np.where(slots >= 0, data.first[slots + 1] - data.first[np.maximum(slots, 0)], 0)
    row = np.repeat(np.arange(len(slots)), lengths)
    at = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    event = np.repeat(np.where(slots >= 0, data.first[np.maximum(slots, 0)], 0), lengths) + at
    neuron = data.source[event] - base
    mine = (neuron >= inputs[0]) & (neuron < inputs[1])
    row, event, neuron = row[mine], event[mine], neuron[mine]
    counts = np.bincount(row, minlength=len(slots))
    column = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    records = np.zeros((len(slots), 1 + events), np.int32)
    records[:, 0] = counts
    records[row, 1 + column] = (data.step[event] << STEP_SHIFT) | neuron
    return records
