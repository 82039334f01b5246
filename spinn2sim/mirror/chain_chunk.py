"""Runs the samples of a chunk through a chain: each population through all steps, forward from the inputs on, and backward."""

from __future__ import annotations

from typing import Any

from firmware_models.jit.by_type import by_type
from spinn2sim.mirror import fixed_chain, float_chain
from spinn2sim.mirror.flat_arrays import ChainLayout
from spinn2sim.mirror.kernel_decorators import kernel
from spinn2sim.mirror.sample_parts import Chunk, begin_gradient, begin_sample, end_gradient, note_answers
from spinn2sim.mirror.scratch import BatchOrder, OutputActivity, Record, Scratch, Synapses
from spinn2sim.mirror.spike_events import record_events

chain_forward = by_type(float_chain.chain_forward, fixed_chain.chain_forward)
chain_backward = by_type(float_chain.chain_backward, fixed_chain.chain_backward)


@kernel
def run_chain_chunk(
    layout: ChainLayout, c: Any, synapses: Synapses, s: Scratch, chunk: Chunk, order: BatchOrder, activity: OutputActivity, record: Record
) -> None:  # fmt: skip
    """Run the samples of a chunk, one after the other, in its working memory."""
    h, populations = chunk.h, layout.order.size
    for at in range(chunk.first, chunk.last):
        sample = begin_sample(c, layout, s, h, order, at)
        for k in range(populations):
            p = layout.order[k]
            chain_forward(c, layout, synapses, s, h, p, sample, record)
            s.spikes[h, p] += s.ptr[h, p, c.steps]
        note_answers(c, layout, s, h, activity, at)
        if order.train:
            label: Any = order.labels[order.order[at]]
            begin_gradient(c, layout, s, h, label, order.batch_size)
            for k in range(populations - 1, -1, -1):
                chain_backward(c, layout, synapses, s, h, layout.order[k], sample, record)
            end_gradient(c, layout, s, h, label, order.batch_size)
            if record.on:
                record_events(c.steps, layout, s, h, record, at)
