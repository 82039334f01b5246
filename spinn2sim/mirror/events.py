"""Spike events as lists: the input's from the data set, what the guards count; it never holds a neuron's state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror.compile import kernel


@kernel
def events_load(
    steps: int, first: int, last: int, step: NDArray[np.int32], source: NDArray[np.int32],
    ptr: NDArray[np.int64], ids: NDArray[np.int64],
) -> None:  # fmt: skip
    """Events [first, last) of the data set, sorted by step, as the input layer's list. Writes ptr [T + 1], ids."""
    k = first
    for i in range(steps):
        ptr[i] = k - first
        while k < last and step[k] <= i:
            ids[k - first] = source[k]
            k += 1
    ptr[steps] = k - first


@kernel
def events_note_first(
    steps: int, n: int, ptr: NDArray[np.int64], ids: NDArray[np.int64], first: NDArray[np.int64]
) -> None:
    """First-spike step of each of n neurons, `steps` where there is none. Writes first [n]."""
    for j in range(n):
        first[j] = steps
    for i in range(steps - 1, -1, -1):
        for k in range(ptr[i], ptr[i + 1]):
            first[ids[k]] = i


@kernel
def events_count(
    steps: int, at: int, ptr: NDArray[np.int64], ids: NDArray[np.int64], counts: NDArray[np.int64]
) -> None:
    """Count spikes of steps 0 .. T-2 (one of step T-1 acts on nothing). Adds to counts [at + neuron]."""
    for k in range(ptr[steps - 1]):
        counts[at + ids[k]] += 1
