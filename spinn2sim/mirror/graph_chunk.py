"""Runs the samples of a chunk through any graph, component by component, in both arithmetics.

A population that is in no cycle with others runs all steps at once; those of a cycle take turns in each step.
"""

from __future__ import annotations

from typing import Any

from firmware_models.fixedpoint import Word
from firmware_models.jit.by_type import by_type
from spinn2sim.mirror import fixed_graph, float_graph
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import SampleId, backward_start, begin_backward, population_memory, set_to_rest
from spinn2sim.mirror.resting import forget_restarts
from spinn2sim.mirror.sample_parts import Chunk, begin_gradient, begin_sample, end_gradient, note_answers
from spinn2sim.mirror.scratch import BatchOrder, OutputActivity, Record, Scratch, Synapses
from spinn2sim.mirror.spike_events import record_events

forward_steps = by_type(float_graph.forward_steps, fixed_graph.forward_steps)
backward_steps = by_type(float_graph.backward_steps, fixed_graph.backward_steps)


@inlined
def sample_forward(
    c: Any, layout: Layout, synapses: Synapses, s: Scratch, h: int, sample: SampleId, record: Record
) -> None:
    """Run all populations forward. Reads the events of the inputs in chunk h, writes those of the others."""
    for part in range(layout.order_at.size - 1):
        low, high = layout.order_at[part], layout.order_at[part + 1]
        for at in range(low, high):
            set_to_rest(population_memory(c, layout, synapses, s, h, layout.order[at]))
        stride = c.steps - 1 if high - low == 1 else 1
        for i in range(1, c.steps, stride):
            for at in range(low, high):
                forward_steps(c, layout, synapses, s, (h, layout.order[at]), sample, record, (i, i + stride))
        for at in range(low, high):
            s.spikes[h, layout.order[at]] += s.ptr[h, layout.order[at], c.steps]


@inlined
def sample_backward(
    c: Any, layout: Layout, synapses: Synapses, s: Scratch, h: int, sample: SampleId, record: Record
) -> None:
    """Run all populations backward. Reads g (of a readout: kick) of the output, adds to the chunk's gradients and to g of the others."""
    for part in range(layout.order_at.size - 2, -1, -1):
        low, high = layout.order_at[part], layout.order_at[part + 1]
        start: Word = -1
        for at in range(low, high):
            start = max(start, backward_start(population_memory(c, layout, synapses, s, h, layout.order[at]), c.steps))
        for at in range(low, high):
            begin_backward(population_memory(c, layout, synapses, s, h, layout.order[at]), start, c.steps)
            forget_restarts(layout, s, h, layout.order[at], start, c.steps)
        stride = max(1, start + 1) if high - low == 1 else 1
        for i in range(start, -1, -stride):
            for at in range(low, high):
                backward_steps(c, layout, synapses, s, (h, layout.order[at]), sample, record, (i, i - stride))


@kernel
def run_graph_chunk(
    layout: Layout, c: Any, synapses: Synapses, s: Scratch, chunk: Chunk, order: BatchOrder, activity: OutputActivity, record: Record
) -> None:  # fmt: skip
    """Run the samples of a chunk, one after the other, in its working memory."""
    h = chunk.h
    for at in range(chunk.first, chunk.last):
        sample = begin_sample(c, layout, s, h, order, at)
        sample_forward(c, layout, synapses, s, h, sample, record)
        note_answers(c, layout, s, h, activity, at)
        if order.train:
            label: Any = order.labels[order.order[at]]
            begin_gradient(c, layout, s, h, label, order.batch_size)
            sample_backward(c, layout, synapses, s, h, sample, record)
            end_gradient(c, layout, s, h, label, order.batch_size)
            if record.on:
                record_events(c.steps, layout, s, h, record, at)
