"""Works on lists of spike events: loads the input's from the data set, finds first spikes, counts spikes for guards, records them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import kernel
from spinn2sim.mirror.scratch import BatchOrder, Record, Scratch

Ints = NDArray[np.int64]


@kernel
def load_events(steps: int, order: BatchOrder, sample: int, ptr: Ints, ids: Ints) -> None:
    """Load the events of a sample of the data set, which are sorted by step, as the input's list. Writes ptr [T + 1], ids."""
    first, last = order.first[sample], order.first[sample + 1]
    k = first
    for i in range(steps):
        ptr[i] = k - first
        while k < last and order.step[k] <= i:
            ids[k - first] = order.source[k]
            k += 1
    ptr[steps] = k - first


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
    for layer in range(1, layout.sizes.size - layout.readout):
        low, at = s.event_at[layer], layout.neuron_at[layer]
        for k in range(s.ptr[h, layer, steps - 1]):
            s.counts[h, at + s.ids[h, low + k]] += 1


@kernel
def record_events(steps: int, layout: Layout, s: Scratch, h: int, record: Record, row: int) -> None:
    """Write the events of chunk h's sample into the dense arrays of a recording: z, D, e."""
    for layer in range(1, layout.sizes.size):
        low, at = s.event_at[layer], layout.neuron_at[layer]
        for i in range(steps):
            for k in range(s.ptr[h, layer, i], s.ptr[h, layer, i + 1]):
                neuron = at + s.ids[h, low + k]
                record.z[row, i, neuron] = 1
                record.v_slope[row, i, neuron] = s.v_slope[h, low + k]
                record.e[row, i, neuron] = s.g[h, low + k]
