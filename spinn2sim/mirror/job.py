"""What a call of the batch kernels is given: samples in an order; it never holds a state."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.compile import kernel
from spinn2sim.mirror.layout import Layout
from spinn2sim.mirror.scratch import Record, Scratch


class Job(NamedTuple):
    """Samples in an order. Position p is slot p % batch_size of batch first_batch + p // batch_size."""

    first: NDArray[np.int64]  # [n + 1]
    step: NDArray[np.int32]
    source: NDArray[np.int32]
    labels: NDArray[np.int64]
    order: NDArray[np.int64]
    batch_size: int
    train: bool
    seed: int  # of the part
    first_batch: int
    row_base: int  # position that a recording calls row 0


@kernel
def events_record(steps: int, layout: Layout, s: Scratch, h: int, record: Record, row: int) -> None:
    """Write the events of chunk h's sample into the dense arrays of a recording: z, D, e."""
    for layer in range(1, layout.sizes.size):
        low, at = s.event_at[layer], layout.neuron_at[layer]
        for i in range(steps):
            for k in range(s.ptr[h, layer, i], s.ptr[h, layer, i + 1]):
                neuron = at + s.ids[h, low + k]
                record.z[row, i, neuron] = 1
                record.d[row, i, neuron] = s.d[h, low + k]
                record.e[row, i, neuron] = s.g[h, low + k]
