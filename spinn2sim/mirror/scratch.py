"""The mirror's working memory, with one set per chunk of samples, and the inputs and outputs of its kernels.

How a batch is cut into chunks depends only on its size. Each chunk sums the gradients of its samples in order, and the chunks are summed in
order, so the number of threads changes no bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import FACTOR_BITS, half
from firmware_models.jit.by_reference import class_of
from firmware_models.jit.vectors import LANES
from spinn2sim.mirror.flat_arrays import INPUT, ChainLayout, Layout, starts

MAX_CHUNKS = 16
MIN_CHUNK = 4
VECTOR = 8  # neurons that loops over a state update together
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


class Synapses(NamedTuple):
    """What samples are run with: weights [words], and the reach of each synapse that may have a delay (see delay_arrays)."""

    weights: Values
    reach: NDArray[np.int32]
    # What no magnitude of a weight is above, in fixed point.
    largest: Any


class Scratch(NamedTuple):
    """The working memory. The events of population p in step i are [ptr[p, i], ptr[p, i + 1]), counted from event_at[p]."""

    # [P + 1], the same for all chunks
    event_at: Ints
    # [P + 1], where the state of a population begins, in whole blocks of LANES neurons, whose last ones may be none; for all chunks
    state_at: Ints
    # [P + 1], where the windows of a population begin, which only one with delays has; the same for all chunks
    window_at: Ints
    # [chunk, P, T + 1]
    ptr: Ints
    # [chunk, events], the neuron that fired
    ids: Ints
    # [chunk, events], D = I - U at the spike, which is tau_mem dV/dt
    v_slope: Values
    # [chunk, events], dL/dt of the spike: the sum of what the loss and the receivers of the spike send
    g: Values
    # [chunk, events], of spikes after which a neuron rests: I at its restart, later on the way back its product with lV; otherwise 1 word
    restart: Values
    # [chunk, windows], of each population with delays [T + longest delay, n]: what will arrive in a step, lV - lI, and lI
    # (in float64 times tau_syn, as gradients take it)
    arriving: Values
    past_difference: Values
    past_adjoint: Values
    # [chunk, state_at[P]], I, V, lambda_V, lambda_I; 0 where there is no neuron
    current: Values
    voltage: Values
    adjoint_v: Values
    adjoint_i: Values
    # [chunk, n of the widest population in whole blocks], sums before they are narrowed; differences of adjoints
    wide: Values
    # [chunk, n], jumps of one step's events; decayed gradients of a step, by neuron
    jump: Values
    spread: Values
    # [chunk, n], the neurons whose adjoints are kept, in the order of their places; the place of each neuron, -1 if it has none
    active: Ints
    place: Ints
    # [chunk, P], what no |lambda_V| or |lambda_I| of a population is above, in fixed point
    bound: Ints
    # [chunk, 3, n], what rounding adds (in fixed point)
    noise: Ints
    # [chunk, n_out], the first-spike step
    first: Ints
    # [chunk, n_out], of a readout: the highest V, 0 if never above 0; its first step; and what lV gains at that step
    peak: Values
    peak_step: Ints
    kick: Values
    # [chunk, T + longest delay], the noise stream of the error products of each step, in fixed point if rounding is stochastic
    streams: Ints
    # [chunk, words], the sum over the chunk's samples, for weights and for delays
    grad: Values
    delay_grad: Values
    # [chunk, neurons], spikes in steps 0 .. T-2 of its samples, if a guard needs them
    counts: Ints
    # [chunk, n], marks of sources that fired, and the list of these sources (see find_sources)
    seen: NDArray[np.uint8]
    found: Ints
    # [chunk, 4], clipped values: weight, state, adjoint, error
    saturated: Ints
    # [chunk, P], spikes per population
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


def blocks(n: Any) -> Any:
    """Return n, or each n of an array, rounded up to whole blocks of LANES neurons."""
    return -(-n // LANES) * LANES


def chunk_count(batch: int) -> int:
    """Return the number of chunks of a batch, which depends only on its size."""
    return max(1, min(MAX_CHUNKS, -(-batch // MIN_CHUNK)))


def make_scratch(
    layout: Layout, steps: int, input_events: int, chunks: int, dtype: type[np.float64 | np.int64]
) -> Scratch:
    """Make working memory for samples of at most `input_events` input events."""
    populations, neurons = len(layout.sizes), int(layout.neuron_at[-1])
    widest, n_out, longest = (
        blocks(int(layout.sizes.max())),
        int(layout.sizes[layout.output]),
        int(layout.longest.max(initial=0)),
    )
    event_at = starts(np.where(layout.kind == INPUT, max(1, input_events), layout.sizes * steps))
    # What a chain gives to neurons sample by sample (kept_adjoints), others have for good. A place that nobody has yet decays with its
    # whole vector, and so reads the noise of some neuron.
    places = np.full(widest, -1) if class_of(layout) is ChainLayout else np.arange(widest)
    state_at = starts(np.where(layout.kind == INPUT, 0, blocks(layout.sizes)))
    window_at = starts(np.where(layout.longest > 0, layout.sizes * (steps + layout.longest), 0))
    state = int(state_at[-1])
    cap, words, windows = int(event_at[-1]), int(layout.weight_at[-1]), int(window_at[-1])

    def values(n: int) -> Values:
        return np.zeros((chunks, n), dtype)

    def ints(*shape: int) -> Ints:
        return np.zeros((chunks, *shape), np.int64)

    return Scratch(
        event_at=event_at, state_at=state_at, window_at=window_at, ptr=ints(populations, steps + 1), ids=ints(cap),
        v_slope=values(cap), g=values(cap), restart=values(cap if layout.rest.any() else 1),
        arriving=values(windows), past_difference=values(windows), past_adjoint=values(windows),
        current=values(state), voltage=values(state), adjoint_v=values(state), adjoint_i=values(state),
        wide=values(widest), jump=values(widest), spread=values(widest),
        active=np.tile(np.arange(widest), (chunks, 1)), place=np.tile(places, (chunks, 1)), bound=ints(populations),
        noise=np.full((chunks, 3, widest), half(FACTOR_BITS), np.int64),
        first=ints(n_out), peak=values(n_out), peak_step=ints(n_out), kick=values(n_out), streams=ints(steps + longest),
        grad=values(words), delay_grad=values(int(layout.delay_at[-1])),
        counts=ints(neurons), seen=np.zeros((chunks, widest), np.uint8), found=ints(widest),
        saturated=ints(4), spikes=ints(populations),
    )  # fmt: skip


def make_record(layout: Layout, steps: int, samples: int, dtype: type[np.float64 | np.int64], on: bool) -> Record:
    """Make a recording of `samples` samples, filled with zeros; with arrays of one word if it is off."""
    shape = (samples, steps, int(layout.neuron_at[-1])) if on else (1, 1, 1)
    return Record(on, np.zeros(shape, np.uint8), *(np.zeros(shape, dtype) for _ in range(6)))


def make_activity(layout: Layout, samples: int, dtype: type[np.float64 | np.int64]) -> OutputActivity:
    """Make the arrays for the answers to `samples` samples, filled with zeros."""
    n_out = int(layout.sizes[layout.output])
    peaks = np.zeros((samples if layout.readout else 0, n_out), dtype)
    return OutputActivity(np.zeros((samples, n_out), np.int64), peaks)
