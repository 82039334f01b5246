"""Runs batches in both arithmetics: samples in chunks, chunks in parallel, gradients summed in the order of the chunks, then an update.

Kernels that differ between float64 and fixed point have one name here; `by_type` chooses between the two when an arithmetic is compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.by_type import by_type
from spinn2sim.mirror import (
    fixed_loss,
    fixed_optimizer,
    fixed_population,
    float_loss,
    float_optimizer,
    float_population,
)
from spinn2sim.mirror.constants import PUSH, RAISE, RATE
from spinn2sim.mirror.flat_arrays import INPUT, LIF, Layout
from spinn2sim.mirror.gradient_transforms import transform_fixed_gradient, transform_float_gradient
from spinn2sim.mirror.kernel_decorators import allocating_kernel, inlined, kernel, parallel_kernel
from spinn2sim.mirror.population_memory import (
    SampleId,
    backward_start,
    begin_backward,
    population_memory,
    set_to_rest,
)
from spinn2sim.mirror.scratch import BatchOrder, OutputActivity, Record, Scratch, Synapses
from spinn2sim.mirror.silence_guards import push_silent_label
from spinn2sim.mirror.spike_events import count_spikes, load_events, note_first_spikes, record_events

Constants = Any  # FloatConstants or FixedConstants
State = Any  # FloatState or FixedState


class Chunk(NamedTuple):
    """The positions [first, last) of an order, which are run in the working memory of chunk h."""

    h: Any
    first: Any
    last: Any


class UpdateRule(NamedTuple):
    """What is done with the gradient of a batch."""

    # FloatTransforms or FixedTransforms.
    transforms: Any
    # FloatOptimizerConstants or FixedOptimizerConstants.
    optimizer: Any
    # The learning rates of weights and of delays: float, or float32 in fixed point.
    rate: Any
    delay_rate: Any


forward_steps = by_type(float_population.forward_steps, fixed_population.forward_steps)
backward_steps = by_type(float_population.backward_steps, fixed_population.backward_steps)
first_spike_errors = by_type(float_loss.first_spike_errors, fixed_loss.first_spike_errors)
max_over_time_kicks = by_type(float_loss.max_over_time_kicks, fixed_loss.max_over_time_kicks)
push_amount = by_type(float_loss.push_amount, fixed_loss.push_amount)
transform_gradient = by_type(transform_float_gradient, transform_fixed_gradient)
optimizer_step = by_type(float_optimizer.optimizer_step, fixed_optimizer.optimizer_step)
synapses_in_use = by_type(float_optimizer.synapses_in_use, fixed_optimizer.synapses_in_use)
delay_step = by_type(float_optimizer.delay_step, fixed_optimizer.delay_step)
frozen_weights = by_type(float_optimizer.frozen_weights, fixed_optimizer.frozen_weights)
restore_frozen = by_type(float_optimizer.restore_frozen, fixed_optimizer.restore_frozen)
raise_silent = by_type(float_optimizer.raise_silent, fixed_optimizer.raise_silent)
round_weights = by_type(float_optimizer.round_weights, fixed_optimizer.round_weights)


@inlined
def sample_forward(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, h: int, sample: SampleId, record: Record
) -> None:
    """Run all populations forward. Reads the events of the inputs in chunk h, writes those of the others.

    A population that is in no cycle with others runs all steps at once; those of a cycle take turns in each step.
    """
    for part in range(layout.order_at.size - 1):
        low, high = layout.order_at[part], layout.order_at[part + 1]
        for at in range(low, high):
            set_to_rest(population_memory(c, layout, synapses, s, h, layout.order[at]))
        stride = c.steps - 1 if high - low == 1 else 1
        for i in range(1, c.steps, stride):
            for at in range(low, high):
                m = population_memory(c, layout, synapses, s, h, layout.order[at])
                forward_steps(c, layout, m, sample, record, i, i + stride)
        for at in range(low, high):
            s.spikes[h, layout.order[at]] += s.ptr[h, layout.order[at], c.steps]


@inlined
def sample_backward(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, h: int, sample: SampleId, record: Record
) -> None:
    """Run all populations backward. Reads g (of a readout: kick) of the output, adds to the chunk's gradients and to g of the others."""
    for part in range(layout.order_at.size - 2, -1, -1):
        low, high = layout.order_at[part], layout.order_at[part + 1]
        start: Word = -1
        for at in range(low, high):
            start = max(start, backward_start(population_memory(c, layout, synapses, s, h, layout.order[at]), c.steps))
        for at in range(low, high):
            begin_backward(population_memory(c, layout, synapses, s, h, layout.order[at]), start, c.steps)
        stride = max(1, start + 1) if high - low == 1 else 1
        for i in range(start, -1, -stride):
            for at in range(low, high):
                m = population_memory(c, layout, synapses, s, h, layout.order[at])
                backward_steps(c, layout, m, sample, record, i, i - stride)


@inlined
def sample_gradient(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, h: int, sample: SampleId, order: BatchOrder, record: Record
) -> None:  # fmt: skip
    """Compute loss, guards and backward pass of the sample whose forward pass is in chunk h."""
    label: Any = order.labels[order.order[sample.position]]
    for p in range(layout.sizes.size):
        if layout.kind[p] == LIF:
            s.g[h, s.event_at[p] : s.event_at[p] + s.ptr[h, p, c.steps]] = 0
    m = population_memory(c, layout, synapses, s, h, layout.output)
    if layout.readout:
        max_over_time_kicks(c, m, label, order.batch_size)
    else:
        first_spike_errors(c, m, label, order.batch_size)
    if c.guard == RAISE or c.guard == RATE:
        count_spikes(c.steps, layout, s, h)
    sample_backward(c, layout, synapses, s, h, sample, record)
    if c.guard == PUSH:
        push_silent_label(c.steps, layout, m, label, push_amount(c, label, order.batch_size), s.seen[h], s.found[h])
    if record.on:
        record_events(c.steps, layout, s, h, record, sample.position)


@kernel
def run_chunk(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, chunk: Chunk, order: BatchOrder, activity: OutputActivity, record: Record
) -> None:  # fmt: skip
    """Run the samples of a chunk, one after the other, in its working memory."""
    h, top = chunk.h, layout.output
    n_out, low = layout.sizes[top], s.event_at[top]
    for at in range(chunk.first, chunk.last):
        sample = SampleId(order.seed, order.first_batch + at // order.batch_size, at % order.batch_size, at)
        load_events(c.steps, layout, order, order.order[at], s, h)
        for p in range(layout.sizes.size):
            if layout.kind[p] == INPUT:
                s.spikes[h, p] += s.ptr[h, p, c.steps]
        sample_forward(c, layout, synapses, s, h, sample, record)
        note_first_spikes(c.steps, n_out, s.ptr[h, top], s.ids[h, low:], s.first[h])
        for k in range(n_out):
            activity.first_spikes[at, k] = s.first[h, k]
            if layout.readout:
                activity.peaks[at, k] = s.peak[h, k]
        if order.train:
            sample_gradient(c, layout, synapses, s, h, sample, order, record)


@parallel_kernel
def run_chunks(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, span: tuple[int, int], order: BatchOrder, activity: OutputActivity,
    record: Record,
) -> None:  # fmt: skip
    """Run the samples at positions span[0] .. span[1] - 1 of the order, in parallel, in as many chunks as the working memory has."""
    chunks, size = s.ptr.shape[0], span[1] - span[0]
    for index in numba.prange(chunks):
        h: Any = np.int64(
            index
        )  # prange counts in uint64: without this, everything that is called below would be compiled a second time
        chunk = Chunk(h, span[0] + h * size // chunks, span[0] + (h + 1) * size // chunks)
        run_chunk(c, layout, synapses, s, chunk, order, activity, record)


@allocating_kernel
def train_batches(
    c: Constants, layout: Layout, rule: UpdateRule, state: State, s: Scratch, order: BatchOrder, activity: OutputActivity, record: Record
) -> Word:  # fmt: skip
    """Train on every whole batch of the order: gradients, their sum over the chunks, transforms, update, guard, rounding.

    Returns how often clipping changed a gradient or a norm.
    """
    chunks, clipped = s.ptr.shape[0], np.int64(0)
    for batch in range(order.order.size // order.batch_size):
        s.grad[:] = 0
        s.delay_grad[:] = 0
        s.counts[:] = 0
        first = batch * order.batch_size
        run_chunks(c, layout, synapses_in_use(state), s, (first, first + order.batch_size), order, activity, record)
        for h in range(1, chunks):
            for k in range(s.grad.shape[1]):
                s.grad[0, k] += s.grad[h, k]
            for k in range(s.delay_grad.shape[1]):
                s.delay_grad[0, k] += s.delay_grad[h, k]
            for j in range(s.counts.shape[1]):
                s.counts[0, j] += s.counts[h, j]
        clipped += transform_gradient(rule.transforms, layout, s.counts[0], s.grad[0])
        kept = frozen_weights(state, layout)
        optimizer_step(rule.optimizer, rule.rate, s.grad[0], state)
        if s.delay_grad.shape[1] > 0:
            delay_step(rule.optimizer, rule.delay_rate, layout, s.delay_grad[0], state)
        if c.guard == RAISE:
            raise_silent(c, layout, s.counts[0], state)
        round_weights(c, rule.optimizer, layout, state, order.seed, order.first_batch + batch, s.saturated[0])
        restore_frozen(state, layout, kept)
    return clipped
