"""The guards against silent neurons, which have no gradient.

push changes the gradients of a silent label neuron's weights, after each sample; raise_weights changes the weights of neurons that fired in
no sample, after each batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.flat_arrays import LIF, Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.scratch import Scratch

Ints = NDArray[np.int64]
Marks = NDArray[np.uint8]


@kernel
def find_sources(steps: int, ptr: Ints, ids: Ints, seen: Marks, found: Ints) -> Word:
    """Write the distinct neurons that fired in steps 0 .. T-2 to `found`, in the order of their first spikes. Returns how many."""
    count = 0
    for k in range(ptr[steps - 1]):
        if seen[ids[k]] == 0:
            seen[ids[k]] = 1
            found[count] = ids[k]
            count += 1
    for k in range(count):
        seen[found[k]] = 0
    return count


@inlined
def push_silent_label(steps: int, layout: Layout, s: Scratch, h: int, label: int, amount: Any) -> None:
    """If the label neuron has no spike in steps 0 .. T-2, subtract `amount` from its gradient for each source that fired."""
    p, found = layout.output, s.found[h]
    if s.first[h, label] >= steps - 1:
        for q in range(layout.incoming[p], layout.incoming[p + 1]):
            pre = layout.pre[q]
            for k in range(find_sources(steps, s.ptr[h, pre], s.ids[h, s.event_at[pre] :], s.seen[h], found)):
                row = layout.first_row[q] + found[k]
                s.grad[h, layout.weight_at[p] + row * layout.sizes[p] + label] -= amount


@kernel
def add_to_silent(layout: Layout, counts: Ints, amount: Any, weights: Any) -> None:
    """Add `amount` to every weight into a neuron that fired in no sample. counts [neurons], weights [words]."""
    for p in range(layout.sizes.size):
        n = layout.sizes[p]
        for j in range(n if layout.kind[p] == LIF else 0):
            if counts[layout.neuron_at[p] + j] == 0:
                for word in range(layout.weight_at[p] + j, layout.weight_at[p + 1], n):
                    weights[word] += amount
