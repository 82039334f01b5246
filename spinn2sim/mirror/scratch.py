"""The mirror's working memory, one set per chunk of samples, and what a call of its kernels is given and gives back.

A batch is cut into chunks by its size alone, each chunk sums the gradients of its samples in their order, and the chunks are
summed in theirs: so the number of threads changes no bit.
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
    """Samples in an order. Position p is slot p % batch_size of batch first_batch + p // batch_size."""

    # [n + 1] events of sample s are [first[s], first[s + 1]) of step and source
    first: Ints
    step: NDArray[np.int32]
    source: NDArray[np.int32]
    labels: Ints
    # the samples, by position
    order: Ints
    batch_size: int
    # whether there is a backward pass
    train: bool
    # of the part
    seed: int
    first_batch: int


class Scratch(NamedTuple):
    """Axis 0 is the chunk. Events of population l in step i are [ptr[l, i], ptr[l, i + 1]) from event_at[l] on."""

    # [L + 2], alike for all chunks
    event_at: Ints
    # [chunk, L + 1, T + 1]
    ptr: Ints
    # [chunk, events] neuron that fired
    ids: Ints
    # [chunk, events] D = I - U at the spike, which is tau_mem dV/dt
    v_slope: Values
    # [chunk, events] dL/dt of the spike: from the loss or the population above
    g: Values
    # [chunk, n] I, V, lambda_V, lambda_I
    current: Values
    voltage: Values
    adjoint_v: Values
    adjoint_i: Values
    # [chunk, n] sums before they are narrowed; differences of adjoints
    wide: Values
    # [chunk, n] jumps of one step's events
    jump: Values
    # [chunk, 3, n] what rounding adds (fixed point)
    noise: Ints
    # [chunk, n_out] first-spike step
    first: Ints
    # [chunk, n_out] readout: highest V, 0 where it was never above 0; the first step with it; what lV gains at that step
    peak: Values
    peak_step: Ints
    kick: Values
    # [chunk, words] sum over the chunk's samples
    grad: Values
    # [chunk, neurons] spikes in steps 0 .. T-2 of its samples, where a guard needs them
    counts: Ints
    # [chunk, n] marks for "once per source", and those sources
    seen: NDArray[np.uint8]
    found: Ints
    # [chunk, 4] clipped values: weight, state, adjoint, error
    saturated: Ints
    # [chunk, L + 1] spikes per population
    spikes: Ints


class Record(NamedTuple):
    """What a recording keeps, [sample, step, neuron] over all populations but the input; empty arrays when `on` is false."""

    on: bool
    z: NDArray[np.uint8]
    # U, before the reset
    v: Values
    i: Values
    adjoint_v: Values
    adjoint_i: Values
    # D at spikes, else 0
    v_slope: Values
    # g at spikes: the error packet that the neuron received, else 0
    e: Values


class OutputActivity(NamedTuple):
    """What the outputs did in the samples of a BatchOrder, [positions, n_out]; without a readout `peaks` has no row."""

    first_spikes: Ints
    peaks: Values


def chunk_count(batch: int) -> int:
    """Number of chunks of a batch: a function of its size and nothing else."""
    return max(1, min(MAX_CHUNKS, -(-batch // MIN_CHUNK)))


def make_scratch(
    layout: Layout, steps: int, input_events: int, chunks: int, dtype: type[np.float64 | np.int64]
) -> Scratch:
    """Working memory for samples of at most `input_events` events."""
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
    """Room for a recording of `samples` samples, zeros; of one word when it is off."""
    shape = (samples, steps, int(layout.neuron_at[-1])) if on else (1, 1, 1)
    return Record(on, np.zeros(shape, np.uint8), *(np.zeros(shape, dtype) for _ in range(6)))


def make_activity(layout: Layout, samples: int, dtype: type[np.float64 | np.int64]) -> OutputActivity:
    """Room for what the outputs did in `samples` samples, zeros."""
    n_out = int(layout.sizes[-1])
    peaks = np.zeros((samples if layout.readout else 0, n_out), dtype)
    return OutputActivity(np.zeros((samples, n_out), np.int64), peaks)
