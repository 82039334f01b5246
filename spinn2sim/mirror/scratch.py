"""The mirror's working memory, one set per chunk of samples, and what a recording keeps; it never computes.

A batch is cut into chunks by its size alone, each chunk sums the gradients of its samples in their order, and the chunks are
summed in theirs: so the number of threads changes no bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import half
from firmware_models.qformat import FACTOR_BITS
from spinn2sim.mirror.layout import Layout

MAX_CHUNKS = 16
MIN_CHUNK = 4
Values = NDArray[Any]  # float64, or int64 in fixed point


class Scratch(NamedTuple):
    """Axis 0 is the chunk. Events of layer l in step i are [ptr[l, i], ptr[l, i + 1]) from event_at[l] on."""

    event_at: NDArray[np.int64]  # [L + 2], the same for all chunks
    ptr: NDArray[np.int64]  # [chunk, L + 1, T + 1]
    ids: NDArray[np.int64]  # [chunk, events] neuron that fired
    d: Values  # [chunk, events] D = I - U at the spike
    g: Values  # [chunk, events] dL/dt of the spike: from the loss or the layer above
    current: Values  # [chunk, n] I
    voltage: Values  # [chunk, n] V
    adjoint_v: Values  # [chunk, n] lambda_V
    adjoint_i: Values  # [chunk, n] lambda_I
    wide: Values  # [chunk, n] sums before they are narrowed; differences of adjoints
    jump: Values  # [chunk, n] jumps of one step's events
    noise: NDArray[np.int64]  # [chunk, 3, n] what rounding adds (fixed point)
    first: NDArray[np.int64]  # [chunk, n_out] first-spike step
    peak: Values  # [chunk, n_out] readout: highest V, 0 where it was never above 0
    peak_step: NDArray[np.int64]  # [chunk, n_out] readout: the first step with that V, 0 where it was never above 0
    kick: Values  # [chunk, n_out] readout: what lV gains at that step
    grad: Values  # [chunk, words] sum over the chunk's samples
    counts: NDArray[np.int64]  # [chunk, neurons] spikes in steps 0 .. T-2 of its samples, where a guard needs them
    seen: NDArray[np.uint8]  # [chunk, n] marks for "once per source"
    found: NDArray[np.int64]  # [chunk, n] those sources
    saturated: NDArray[np.int64]  # [chunk, 4] clipped values: weight, state, adjoint, error
    spikes: NDArray[np.int64]  # [chunk, L + 1] spikes per layer


class Record(NamedTuple):
    """What a recording keeps, [sample, step, neuron] over all layers but the input; empty arrays when `on` is false."""

    on: bool
    z: NDArray[np.uint8]
    v: Values  # U, before reset
    i: Values
    adjoint_v: Values
    adjoint_i: Values
    d: Values  # at spikes, else 0
    e: Values  # g at spikes: the error packet that the neuron received, else 0


def chunk_count(batch: int) -> int:
    """Number of chunks of a batch: a function of its size and nothing else."""
    return max(1, min(MAX_CHUNKS, -(-batch // MIN_CHUNK)))


def make_scratch(
    layout: Layout, steps: int, input_events: int, chunks: int, dtype: type[np.float64 | np.int64]
) -> Scratch:
    """Working memory for samples of at most `input_events` events."""
    n_layers = len(layout.sizes)
    widest, n_out = int(layout.sizes.max()), int(layout.sizes[-1])
    room = np.concatenate(([0, max(1, input_events)], layout.sizes[1:] * steps)).cumsum()
    cap, words = int(room[-1]), int(layout.weight_at[-1])

    def values(n: int) -> Values:
        return np.zeros((chunks, n), dtype)

    return Scratch(
        room.astype(np.int64), np.zeros((chunks, n_layers, steps + 1), np.int64), np.zeros((chunks, cap), np.int64),
        values(cap), values(cap), values(widest), values(widest), values(widest), values(widest), values(widest),
        values(widest), np.full((chunks, 3, widest), half(FACTOR_BITS), np.int64), np.zeros((chunks, n_out), np.int64),
        values(n_out), np.zeros((chunks, n_out), np.int64), values(n_out), values(words),
        np.zeros((chunks, int(layout.neuron_at[-1])), np.int64), np.zeros((chunks, widest), np.uint8),
        np.zeros((chunks, widest), np.int64), np.zeros((chunks, 4), np.int64), np.zeros((chunks, n_layers), np.int64),
    )  # fmt: skip


def make_record(layout: Layout, steps: int, samples: int, dtype: type[np.float64 | np.int64], on: bool) -> Record:
    """Room for a recording of `samples` samples, zeros; of one word when it is off."""
    shape = (samples, steps, int(layout.neuron_at[-1])) if on else (1, 1, 1)
    return Record(on, np.zeros(shape, np.uint8), *(np.zeros(shape, dtype) for _ in range(6)))
