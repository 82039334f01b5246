"""A PE's record of spikes by the step in which they were fired, which the backward pass reads from the last step to the first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.words import Int32s


class SpikeRecord(NamedTuple):
    """The records of all PEs. In a PE's row, the spikes of step i are [first[i], first[i + 1]). Steps are written in order, with gaps."""

    # [pe, T + 2]
    first: Int32s
    # [pe, capacity], the neurons that fired
    neuron: Int32s
    # [pe], the number of spikes of all steps
    length: Int32s
    # [pe], the last step written
    last_step: Int32s


def make_spike_record(rows: int, steps: int, capacity: int) -> SpikeRecord:
    """Make empty records. Steps and capacity are 0 for a population that keeps none."""
    bounds = steps + 2 if steps else 0
    return SpikeRecord(
        first=np.zeros((rows, bounds), np.int32),
        neuron=np.zeros((rows, capacity), np.int32),
        length=np.zeros(rows, np.int32),
        last_step=np.zeros(rows, np.int32),
    )


@kernel
def clear_record(r: SpikeRecord, row: Word) -> None:
    """Clear the record of a PE."""
    r.first[row] = 0
    r.length[row] = 0
    r.last_step[row] = 0


@kernel
def begin_step(r: SpikeRecord, row: Word, step: Word) -> None:
    """Begin `step`, unless it has begun: until spikes are appended it has none, like steps that are left out."""
    for i in range(r.last_step[row] + 1, step + 1):
        r.first[row, i] = r.length[row]
    r.last_step[row] = max(r.last_step[row], step)
    r.first[row, step + 1] = r.length[row]


@kernel
def append_spike(r: SpikeRecord, row: Word, step: Word, neuron: Word) -> Word:
    """Append a spike of `step`, which has begun. Returns its index, or -1 if the record is full."""
    at = np.int64(r.length[row])
    if at >= r.neuron.shape[1]:
        return np.int64(-1)
    r.neuron[row, at] = neuron
    r.length[row] = at + 1
    r.first[row, step + 1] = at + 1
    return at


@kernel
def record_spikes(r: SpikeRecord, row: Word, step: Word, length: Word) -> None:
    """Record as of `step` the spikes that were written behind the others, so that there are `length` of all steps."""
    begin_step(r, row, step)
    r.length[row] = length
    r.first[row, step + 1] = length
