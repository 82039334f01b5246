"""Batches in fixed point: samples in chunks, chunks side by side, int64 gradients summed; it never reorders a rounding.

Written apart from the float64 batches and from the chip's firmware: what they agree in, they agree in by the equations.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.compile import kernel, parallel_kernel
from spinn2sim.mirror.constants import PUSH, RAISE, RATE, FixedConstants
from spinn2sim.mirror.events import events_count, events_load, events_note_first
from spinn2sim.mirror.fixed_layer import fixed_layer_backward, fixed_layer_forward
from spinn2sim.mirror.fixed_optimizer import FixedRule, FixedState, fixed_raise, fixed_round, fixed_step
from spinn2sim.mirror.fixed_readout import fixed_peak_loss, fixed_readout_backward, fixed_readout_forward
from spinn2sim.mirror.job import Job, events_record
from spinn2sim.mirror.layout import Layout
from spinn2sim.mirror.loss import fixed_loss, label_is_silent, sources_once
from spinn2sim.mirror.scratch import Record, Scratch
from spinn2sim.mirror.shaping import FixedShaping, fixed_shape

Ints = NDArray[np.int64]


@kernel
def fixed_sample_forward(
    c: FixedConstants, layout: Layout, weights: Ints, s: Scratch, h: int, record: Record, row: int,
    seed: Word, batch: Word, slot: Word,
) -> None:  # fmt: skip
    """All layers, bottom up. Reads the input's events of chunk h, writes the other layers'."""
    for layer in range(1, layout.sizes.size - layout.readout):
        low, high = s.event_at[layer - 1], s.event_at[layer]
        fixed_layer_forward(
            c, layout.sizes[layer], weights[layout.weight_at[layer] : layout.weight_at[layer + 1]], s.ptr[h, layer - 1],
            s.ids[h, low:high], s.ptr[h, layer], s.ids[h, high:], s.d[h, high:], s.current[h], s.voltage[h], s.wide[h],
            s.noise[h], s.saturated[h], record, row, layout.neuron_at[layer], seed, batch, slot, layer,
        )  # fmt: skip
        s.spikes[h, layer] += s.ptr[h, layer, c.steps]
    if layout.readout:
        top = layout.sizes.size - 1
        fixed_readout_forward(
            c, layout.sizes[top], weights[layout.weight_at[top] : layout.weight_at[top + 1]], s.ptr[h, top - 1],
            s.ids[h, s.event_at[top - 1] :], s.ptr[h, top], s.current[h], s.voltage[h], s.wide[h],
            s.peak[h], s.peak_step[h], s.noise[h], s.saturated[h],
            record, row, layout.neuron_at[top], seed, batch, slot, top,
        )  # fmt: skip


@kernel
def fixed_sample_backward(
    c: FixedConstants, layout: Layout, weights: Ints, s: Scratch, h: int, record: Record, row: int,
    seed: Word, batch: Word, slot: Word,
) -> None:  # fmt: skip
    """All layers, top down. Reads g of the last layer, adds to the chunk's gradient words."""
    for layer in range(layout.sizes.size - 1, 0, -1):
        low, high = s.event_at[layer - 1], s.event_at[layer]
        first, last = layout.weight_at[layer], layout.weight_at[layer + 1]
        for k in range(s.ptr[h, layer - 1, c.steps]):
            s.g[h, low + k] = 0
        if layout.readout and layer == layout.sizes.size - 1:
            fixed_readout_backward(
                c, layout.sizes[layer], weights[first:last], s.grad[h, first:last], s.ptr[h, layer - 1], s.ids[h, low:high],
                s.g[h, low:high], layer > 1, s.ids[h], s.peak_step[h], s.kick[h], s.adjoint_v[h],
                s.adjoint_i[h], s.wide[h], s.jump[h], s.noise[h], s.saturated[h],
                record, row, layout.neuron_at[layer], seed, batch, slot, layer,
            )  # fmt: skip
            continue
        fixed_layer_backward(
            c, layout.sizes[layer], weights[first:last], s.grad[h, first:last], s.ptr[h, layer - 1], s.ids[h, low:high],
            s.g[h, low:high], layer > 1, s.ptr[h, layer], s.ids[h, high:], s.d[h, high:], s.g[h, high:],
            s.adjoint_v[h], s.adjoint_i[h], s.wide[h], s.jump[h], s.noise[h], s.saturated[h],
            record, row, layout.neuron_at[layer], seed, batch, slot, layer,
        )  # fmt: skip


@kernel
def fixed_push(c: FixedConstants, layout: Layout, s: Scratch, h: int, label: int) -> None:
    """Guard push: each gradient word of the silent label neuron from a source that fired gets -push."""
    top = layout.sizes.size - 1
    count = sources_once(c.steps, s.ptr[h, top - 1], s.ids[h, s.event_at[top - 1] :], s.seen[h], s.found[h])
    for k in range(count):
        s.grad[h, layout.weight_at[top] + s.found[h, k] * layout.sizes[top] + label] -= c.push


@kernel
def fixed_chunk(
    c: FixedConstants, layout: Layout, weights: Ints, s: Scratch, h: int, first: int, last: int, job: Job,
    first_spikes: Ints, peaks: Ints, record: Record,
) -> None:  # fmt: skip
    """Samples [first, last) of the order, one after the other, in the working memory of chunk h."""
    top = layout.sizes.size - 1
    n_out, high = layout.sizes[top], s.event_at[top]
    for at in range(first, last):
        sample, row, slot = job.order[at], at - job.row_base, at % job.batch_size
        batch = job.first_batch + at // job.batch_size
        events_load(c.steps, job.first[sample], job.first[sample + 1], job.step, job.source, s.ptr[h, 0], s.ids[h])
        s.spikes[h, 0] += s.ptr[h, 0, c.steps]
        fixed_sample_forward(c, layout, weights, s, h, record, row, job.seed, batch, slot)
        events_note_first(c.steps, n_out, s.ptr[h, top], s.ids[h, high:], s.first[h])
        for k in range(n_out):
            first_spikes[at, k] = s.first[h, k]
            if layout.readout:
                peaks[at, k] = s.peak[h, k]
        if not job.train:
            continue
        label = job.labels[sample]
        if layout.readout:
            fixed_peak_loss(c, n_out, label, s.peak[h], s.wide[h], s.kick[h], s.saturated[h])
        else:
            fixed_loss(
                c, n_out, label, s.first[h], s.ptr[h, top], s.ids[h, high:], s.g[h, high:], s.saturated[h]
            )  # fmt: skip
        if c.guard == RAISE or c.guard == RATE:
            for layer in range(1, top + 1 - layout.readout):
                events_count(
                    c.steps, layout.neuron_at[layer], s.ptr[h, layer], s.ids[h, s.event_at[layer] :], s.counts[h]
                )
        fixed_sample_backward(c, layout, weights, s, h, record, row, job.seed, batch, slot)
        if c.guard == PUSH and label_is_silent(c.steps, label, s.first[h]):
            fixed_push(c, layout, s, h, label)
        if record.on:
            events_record(c.steps, layout, s, h, record, row)


@parallel_kernel
def fixed_chunks(
    c: FixedConstants, layout: Layout, weights: Ints, s: Scratch, first: int, last: int, job: Job, first_spikes: Ints, peaks: Ints,
    record: Record,
) -> None:  # fmt: skip
    """Samples [first, last) of the order, cut into as many chunks as the working memory has, side by side."""
    chunks = s.ptr.shape[0]
    for index in numba.prange(chunks):
        h: Any = np.int64(index)  # prange counts in uint64: without this everything below is compiled a second time
        low = first + h * (last - first) // chunks
        high = first + (h + 1) * (last - first) // chunks
        fixed_chunk(c, layout, weights, s, h, low, high, job, first_spikes, peaks, record)


@kernel
def fixed_batches(
    c: FixedConstants, layout: Layout, shaping: FixedShaping, rule: FixedRule, rate: np.float32, state: FixedState, s: Scratch, job: Job,
    first_spikes: Ints, peaks: Ints, record: Record,
) -> Word:  # fmt: skip
    """Train on every whole batch of the order: gradients, their sum over the chunks, what shapes it, update, guard, rounding.

    Returns how often clipping held something.
    """
    chunks, held = s.ptr.shape[0], np.int64(0)
    for batch in range(job.order.size // job.batch_size):
        s.grad[:] = 0
        s.counts[:] = 0
        first = batch * job.batch_size
        fixed_chunks(c, layout, state.raw, s, first, first + job.batch_size, job, first_spikes, peaks, record)
        for h in range(1, chunks):
            for k in range(s.grad.shape[1]):
                s.grad[0, k] += s.grad[h, k]
            for j in range(s.counts.shape[1]):
                s.counts[0, j] += s.counts[h, j]
        held += fixed_shape(shaping, layout, s.counts[0], s.grad[0])
        fixed_step(rule, rate, s.grad[0], state)
        if c.guard == RAISE:
            fixed_raise(layout, s.counts[0], rule.guard_step, state)
        fixed_round(c, rule, layout, state, job.seed, job.first_batch + batch, s.saturated[0])
    return held
