"""Works on lists of spike events: loads those of the inputs, finds first spikes, counts spikes for guards, records them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.flat_arrays import INPUT, LIF, Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.scratch import BatchOrder, Record, Scratch

Ints = NDArray[np.int64]


@inlined
def load_events(steps: int, layout: Layout, order: BatchOrder, sample: int, s: Scratch, h: int) -> None:
    """Load the events of a sample of the data set, which are sorted by step, as the lists of the inputs. Writes ptr and ids of chunk h."""
    first, last = order.first[sample], order.first[sample + 1]
    for p in range(layout.sizes.size):
        if layout.kind[p] == INPUT:
            low = layout.first_input[p]
            load_input(
                steps, order, (first, last), (low, low + layout.sizes[p]), s.ptr[h, p], s.ids[h, s.event_at[p] :]
            )


@kernel
def load_input(
    steps: int, order: BatchOrder, events: tuple[Word, Word], neurons: tuple[Word, Word], ptr: Ints, ids: Ints
) -> None:
    """Load those of the events [first, last) whose neurons are of one input. Writes ptr [T + 1], ids."""
    k, count = events[0], np.int64(0)
    for i in range(steps):
        ptr[i] = count
        while k < events[1] and order.step[k] <= i:
            if neurons[0] <= order.source[k] < neurons[1]:
                ids[count] = order.source[k] - neurons[0]
                count += 1
            k += 1
    ptr[steps] = count


@kernel
def note_first_spikes(steps: int, n: int, ptr: Ints, ids: Ints, first: Ints) -> None:
    """Find the first-spike step of each of n neurons, `steps` if there is none. Writes first [n]."""
    for j in range(n):
        first[j] = steps
    for i in range(steps - 1, -1, -1):
        for k in range(ptr[i], ptr[i + 1]):
            first[ids[k]] = i


@kernel
def count_spikes(steps: int, layout: Layout, s: Scratch, h: int) -> None:
    """Count spikes of steps 0 .. T-2 (a spike in step T-1 has no effect) of all spiking populations. Adds to counts [neurons]."""
    for p in range(layout.sizes.size):
        if layout.kind[p] == LIF:
            low, at = s.event_at[p], layout.neuron_at[p]
            for k in range(s.ptr[h, p, steps - 1]):
                s.counts[h, at + s.ids[h, low + k]] += 1


@kernel
def record_events(steps: int, layout: Layout, s: Scratch, h: int, record: Record, row: int) -> None:
    """Write the events of chunk h's sample into the dense arrays of a recording: z, D, e."""
    for p in range(layout.sizes.size):
        low, at = s.event_at[p], layout.neuron_at[p]
        for i in range(steps if layout.kind[p] == LIF else 0):
            for k in range(s.ptr[h, p, i], s.ptr[h, p, i + 1]):
                neuron = at + s.ids[h, low + k]
                record.z[row, i, neuron] = 1
                record.v_slope[row, i, neuron] = s.v_slope[h, low + k]
                record.e[row, i, neuron] = s.g[h, low + k]
