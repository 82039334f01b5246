"""Makes the DRAM arrays of a part: spike records and labels, in the order in which the copies read them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.words import ALIGNED_WORDS, NO_SAMPLE, STEP_SHIFT
from spinn2sim.hardware.plan import DRAM_LABELS, Plan, dram_samples
from spinn2sim.scenario.data.dataset import Dataset


def whole_batches(order: NDArray[np.int64], copies: int) -> NDArray[np.int64]:
    """Fill `order` up with NO_SAMPLE to whole batches."""
    missing = -len(order) % copies
    return np.concatenate([order, np.full(missing, NO_SAMPLE, np.int64)])


def dram_rows(plan: Plan, data: Dataset, slots: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return arrays by name: a spike record per slot and share of the input layer, and a label per slot, NO_SAMPLE where there is none."""
    labels = np.full((len(slots), ALIGNED_WORDS), NO_SAMPLE, np.int32)
    real = slots >= 0
    labels[real, 0] = data.labels[slots[real]]
    arrays: dict[str, NDArray[Any]] = {DRAM_LABELS: labels}
    events = plan.groups[0].scalars["events"]
    for share in plan.shares:
        if share.layer == 0 and share.copy == 0:
            arrays[dram_samples(share.part)] = _records(data, slots, share.first, share.last, events)
    return arrays


def _records(data: Dataset, slots: NDArray[np.int64], first: int, last: int, events: int) -> NDArray[np.int32]:
    """Make records [slots, 1 + events]: a count, then step << 16 | input for each spike of inputs [first, last), in the order of steps."""
    lengths = np.where(slots >= 0, data.first[slots + 1] - data.first[np.maximum(slots, 0)], 0)
    row = np.repeat(np.arange(len(slots)), lengths)
    at = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    event = np.repeat(np.where(slots >= 0, data.first[np.maximum(slots, 0)], 0), lengths) + at
    mine = (data.source[event] >= first) & (data.source[event] < last)
    row, event = row[mine], event[mine]
    counts = np.bincount(row, minlength=len(slots))
    column = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    records = np.zeros((len(slots), 1 + events), np.int32)
    records[:, 0] = counts
    records[row, 1 + column] = (data.step[event] << STEP_SHIFT) | data.source[event]
    return records
