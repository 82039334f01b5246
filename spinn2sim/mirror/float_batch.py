"""Batches in float64: samples in chunks, chunks side by side, gradients summed in the chunks' order; it never rounds."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.compile import kernel, parallel_kernel
from spinn2sim.mirror.constants import PUSH, RAISE, RATE, FloatConstants
from spinn2sim.mirror.events import events_count, events_load, events_note_first
from spinn2sim.mirror.float_layer import float_layer_backward, float_layer_forward
from spinn2sim.mirror.float_optimizer import FloatRule, FloatState, float_raise, float_update
from spinn2sim.mirror.float_readout import float_peak_loss, float_readout_backward, float_readout_forward
from spinn2sim.mirror.job import Job, events_record
from spinn2sim.mirror.layout import Layout
from spinn2sim.mirror.loss import float_loss, label_is_silent, sources_once
from spinn2sim.mirror.scratch import Record, Scratch
from spinn2sim.mirror.shaping import FloatShaping, float_shape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def float_sample_forward(
    c: FloatConstants, layout: Layout, weights: Floats, s: Scratch, h: int, record: Record, row: int
) -> None:
    """All layers, bottom up. Reads the input's events of chunk h, writes the other layers'."""
    for layer in range(1, layout.sizes.size - layout.readout):
        low, high = s.event_at[layer - 1], s.event_at[layer]
        float_layer_forward(
            c, layout.sizes[layer], weights[layout.weight_at[layer] : layout.weight_at[layer + 1]], s.ptr[h, layer - 1],
            s.ids[h, low:high], s.ptr[h, layer], s.ids[h, high:], s.d[h, high:], s.current[h], s.voltage[h],
            record, row, layout.neuron_at[layer],
        )  # fmt: skip
        s.spikes[h, layer] += s.ptr[h, layer, c.steps]
    if layout.readout:
        top = layout.sizes.size - 1
        float_readout_forward(
            c, layout.sizes[top], weights[layout.weight_at[top] : layout.weight_at[top + 1]], s.ptr[h, top - 1],
            s.ids[h, s.event_at[top - 1] :], s.ptr[h, top], s.current[h], s.voltage[h], s.peak[h], s.peak_step[h],
            record, row, layout.neuron_at[top],
        )  # fmt: skip


@kernel
def float_sample_backward(
    c: FloatConstants, layout: Layout, weights: Floats, s: Scratch, h: int, record: Record, row: int
) -> None:
    """All layers, top down. Reads g of the last layer, adds to the chunk's gradient."""
    for layer in range(layout.sizes.size - 1, 0, -1):
        low, high = s.event_at[layer - 1], s.event_at[layer]
        first, last = layout.weight_at[layer], layout.weight_at[layer + 1]
        for k in range(s.ptr[h, layer - 1, c.steps]):
            s.g[h, low + k] = 0.0
        if layout.readout and layer == layout.sizes.size - 1:
            float_readout_backward(
                c, layout.sizes[layer], weights[first:last], s.grad[h, first:last], s.ptr[h, layer - 1], s.ids[h, low:high],
                s.g[h, low:high], layer > 1, s.peak_step[h], s.kick[h], s.adjoint_v[h], s.adjoint_i[h], s.wide[h],
                record, row, layout.neuron_at[layer],
            )  # fmt: skip
            continue
        float_layer_backward(
            c, layout.sizes[layer], weights[first:last], s.grad[h, first:last], s.ptr[h, layer - 1], s.ids[h, low:high],
            s.g[h, low:high], layer > 1, s.ptr[h, layer], s.ids[h, high:], s.d[h, high:], s.g[h, high:],
            s.adjoint_v[h], s.adjoint_i[h], s.wide[h], s.jump[h], record, row, layout.neuron_at[layer],
        )  # fmt: skip


@kernel
def float_push(c: FloatConstants, layout: Layout, s: Scratch, h: int, label: int, batch_size: int) -> None:
    """Guard push: each weight of the silent label neuron from a source that fired gets the gradient -guard_step / B."""
    top = layout.sizes.size - 1
    count = sources_once(c.steps, s.ptr[h, top - 1], s.ids[h, s.event_at[top - 1] :], s.seen[h], s.found[h])
    for k in range(count):
        s.grad[h, layout.weight_at[top] + s.found[h, k] * layout.sizes[top] + label] -= c.guard_step / batch_size


@kernel
def float_chunk(
    c: FloatConstants, layout: Layout, weights: Floats, s: Scratch, h: int, first: int, last: int, job: Job,
    first_spikes: Ints, peaks: Floats, record: Record,
) -> None:  # fmt: skip
    """Samples [first, last) of the order, one after the other, in the working memory of chunk h."""
    top = layout.sizes.size - 1
    n_out, high = layout.sizes[top], s.event_at[top]
    for at in range(first, last):
        sample, row = job.order[at], at - job.row_base
        events_load(
            c.steps, job.first[sample], job.first[sample + 1], job.step, job.source, s.ptr[h, 0], s.ids[h]
        )  # fmt: skip
        s.spikes[h, 0] += s.ptr[h, 0, c.steps]
        float_sample_forward(c, layout, weights, s, h, record, row)
        events_note_first(c.steps, n_out, s.ptr[h, top], s.ids[h, high:], s.first[h])
        for k in range(n_out):
            first_spikes[at, k] = s.first[h, k]
            if layout.readout:
                peaks[at, k] = s.peak[h, k]
        if not job.train:
            continue
        label = job.labels[sample]
        if layout.readout:
            float_peak_loss(c, n_out, label, job.batch_size, s.peak[h], s.kick[h])
        else:
            float_loss(c, n_out, label, job.batch_size, s.first[h], s.ptr[h, top], s.ids[h, high:], s.g[h, high:])
        if c.guard == RAISE or c.guard == RATE:
            for layer in range(1, top + 1 - layout.readout):
                events_count(
                    c.steps, layout.neuron_at[layer], s.ptr[h, layer], s.ids[h, s.event_at[layer] :], s.counts[h]
                )
        float_sample_backward(c, layout, weights, s, h, record, row)
        if c.guard == PUSH and label_is_silent(c.steps, label, s.first[h]):
            float_push(c, layout, s, h, label, job.batch_size)
        if record.on:
            events_record(c.steps, layout, s, h, record, row)


@parallel_kernel
def float_chunks(
    c: FloatConstants,
    layout: Layout,
    weights: Floats,
    s: Scratch,
    first: int,
    last: int,
    job: Job,
    first_spikes: Ints,
    peaks: Floats,
    record: Record,
) -> None:
    """Samples [first, last) of the order, cut into as many chunks as the working memory has, side by side."""
    chunks = s.ptr.shape[0]
    for index in numba.prange(chunks):
        h: Any = np.int64(index)  # prange counts in uint64: without this everything below is compiled a second time
        low = first + h * (last - first) // chunks
        high = first + (h + 1) * (last - first) // chunks
        float_chunk(c, layout, weights, s, h, low, high, job, first_spikes, peaks, record)


@kernel
def float_batches(
    c: FloatConstants, layout: Layout, shaping: FloatShaping, rule: FloatRule, rate: float, state: FloatState, s: Scratch, job: Job,
    first_spikes: Ints, peaks: Floats, record: Record,
) -> Word:  # fmt: skip
    """Train on every whole batch of the order: gradients, their sum over the chunks, what shapes it, update, guard.

    Returns how often clipping held something.
    """
    chunks, held = s.ptr.shape[0], np.int64(0)
    for batch in range(job.order.size // job.batch_size):
        s.grad[:] = 0.0
        s.counts[:] = 0
        first = batch * job.batch_size
        float_chunks(c, layout, state.weights, s, first, first + job.batch_size, job, first_spikes, peaks, record)
        for h in range(1, chunks):
            for k in range(s.grad.shape[1]):
                s.grad[0, k] += s.grad[h, k]
            for j in range(s.counts.shape[1]):
                s.counts[0, j] += s.counts[h, j]
        held += float_shape(shaping, layout, s.counts[0], s.grad[0])
        float_update(rule, rate, s.grad[0], state)
        if c.guard == RAISE:
            float_raise(layout, s.counts[0], c.guard_step, state)
    return held
