"""The mirror's working memory, with one set per chunk of samples, and the inputs and outputs of its kernels.

How a batch is cut into chunks depends only on its size. Each chunk sums the gradients of its samples in order, and the chunks are summed in
order, so the number of threads changes no bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import FACTOR_BITS, half
from spinn2sim.mirror.flat_arrays import Layout

MAX_CHUNKS = 16
MIN_CHUNK = 4
Values = NDArray[Any]  # float64, or int64 in fixed point
Ints = NDArray[np.int64]


class BatchOrder(NamedTuple):
    """The samples of one or more batches, in order. Position p is slot p % batch_size of batch first_batch + p // batch_size."""

    # [n + 1]; the events of sample s are [first[s], first[s + 1]) of step and source
    first: Ints
    step: NDArray[np.int32]
    source: NDArray[np.int32]
    labels: Ints
    # The samples, by position.
    order: Ints
    batch_size: int
    # Whether there is a backward pass.
    train: bool
    # The seed of the part.
    seed: int
    first_batch: int


class Scratch(NamedTuple):
    """The working memory. The events of population l in step i are [ptr[l, i], ptr[l, i + 1]), counted from event_at[l]."""

    # [L + 2], the same for all chunks
    event_at: Ints
    # [chunk, L + 1, T + 1]
    ptr: Ints
    # [chunk, events], the neuron that fired
    ids: Ints
    # [chunk, events], D = I - U at the spike, which is tau_mem dV/dt
    v_slope: Values
    # [chunk, events], dL/dt of the spike, from the loss or the population above
    g: Values
    # [chunk, n], I, V, lambda_V, lambda_I
    current: Values
    voltage: Values
    adjoint_v: Values
    adjoint_i: Values
    # [chunk, n], sums before they are narrowed; differences of adjoints
    wide: Values
    # [chunk, n], jumps of one step's events
    jump: Values
    # [chunk, 3, n], what rounding adds (in fixed point)
    noise: Ints
    # [chunk, n_out], the first-spike step
    first: Ints
    # [chunk, n_out], of a readout: the highest V, 0 if never above 0; its first step; and what lV gains at that step
    peak: Values
    peak_step: Ints
    kick: Values
    # [chunk, words], the sum over the chunk's samples
    grad: Values
    # [chunk, neurons], spikes in steps 0 .. T-2 of its samples, if a guard needs them
    counts: Ints
    # [chunk, n], marks of sources that fired, and the list of these sources (see find_sources)
    seen: NDArray[np.uint8]
    found: Ints
    # [chunk, 4], clipped values: weight, state, adjoint, error
    saturated: Ints
    # [chunk, L + 1], spikes per population
    spikes: Ints


class Record(NamedTuple):
    """A recording: arrays [sample, step, neuron] over all populations except the input, of size 1 if `on` is false."""

    on: bool
    z: NDArray[np.uint8]
    # U, before the reset.
    v: Values
    i: Values
    adjoint_v: Values
    adjoint_i: Values
    # D at spikes, otherwise 0.
    v_slope: Values
    # g at spikes, the error that the neuron received; otherwise 0.
    e: Values


class OutputActivity(NamedTuple):
    """The answers of the outputs to the samples of a BatchOrder, [positions, n_out]; without a readout `peaks` has no rows."""

    first_spikes: Ints
    peaks: Values


def chunk_count(batch: int) -> int:
    """Return the number of chunks of a batch, which depends only on its size."""
    return max(1, min(MAX_CHUNKS, -(-batch // MIN_CHUNK)))


def make_scratch(
    layout: Layout, steps: int, input_events: int, chunks: int, dtype: type[np.float64 | np.int64]
) -> Scratch:
    """Make working memory for samples of at most `input_events` input events."""
    populations = len(layout.sizes)
    widest, n_out = int(layout.sizes.max()), int(layout.sizes[-1])
    room = np.concatenate(([0, max(1, input_events)], layout.sizes[1:] * steps)).cumsum()
    cap, words = int(room[-1]), int(layout.weight_at[-1])

    def values(n: int) -> Values:
        return np.zeros((chunks, n), dtype)

    def ints(*shape: int) -> Ints:
        return np.zeros((chunks, *shape), np.int64)

    return Scratch(
        event_at=room.astype(np.int64), ptr=ints(populations, steps + 1), ids=ints(cap), v_slope=values(cap), g=values(cap),
        current=values(widest), voltage=values(widest), adjoint_v=values(widest), adjoint_i=values(widest),
        wide=values(widest), jump=values(widest), noise=np.full((chunks, 3, widest), half(FACTOR_BITS), np.int64),
        first=ints(n_out), peak=values(n_out), peak_step=ints(n_out), kick=values(n_out), grad=values(words),
        counts=ints(int(layout.neuron_at[-1])), seen=np.zeros((chunks, widest), np.uint8), found=ints(widest),
        saturated=ints(4), spikes=ints(populations),
    )  # fmt: skip


def make_record(layout: Layout, steps: int, samples: int, dtype: type[np.float64 | np.int64], on: bool) -> Record:
    """Make a recording of `samples` samples, filled with zeros; with arrays of one word if it is off."""
    shape = (samples, steps, int(layout.neuron_at[-1])) if on else (1, 1, 1)
    return Record(on, np.zeros(shape, np.uint8), *(np.zeros(shape, dtype) for _ in range(6)))


def make_activity(layout: Layout, samples: int, dtype: type[np.float64 | np.int64]) -> OutputActivity:
    """Make the arrays for the answers to `samples` samples, filled with zeros."""
    n_out = int(layout.sizes[-1])
    peaks = np.zeros((samples if layout.readout else 0, n_out), dtype)
    return OutputActivity(np.zeros((samples, n_out), np.int64), peaks)
