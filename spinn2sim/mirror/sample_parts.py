"""What is done with a sample beside its forward and backward pass, for chains and for any graph, in both arithmetics."""

from __future__ import annotations

from typing import Any, NamedTuple

from firmware_models.jit.by_type import by_type
from spinn2sim.mirror import fixed_loss, float_loss
from spinn2sim.mirror.constants import PUSH, RAISE, RATE
from spinn2sim.mirror.flat_arrays import INPUT, LIF, Layout
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import SampleId, output_memory
from spinn2sim.mirror.scratch import BatchOrder, OutputActivity, Scratch
from spinn2sim.mirror.silence_guards import push_silent_label
from spinn2sim.mirror.spike_events import count_spikes, load_events, note_first_spikes

first_spike_errors = by_type(float_loss.first_spike_errors, fixed_loss.first_spike_errors)
max_over_time_kicks = by_type(float_loss.max_over_time_kicks, fixed_loss.max_over_time_kicks)
push_amount = by_type(float_loss.push_amount, fixed_loss.push_amount)


class Chunk(NamedTuple):
    """The positions [first, last) of an order, which are run in the working memory of chunk h."""

    h: Any
    first: Any
    last: Any


@inlined
def begin_sample(c: Any, layout: Layout, s: Scratch, h: int, order: BatchOrder, at: int) -> SampleId:
    """Load the events of the sample at position `at`, and return what identifies it."""
    load_events(c.steps, layout, order, order.order[at], s, h)
    for p in range(layout.sizes.size):
        if layout.kind[p] == INPUT:
            s.spikes[h, p] += s.ptr[h, p, c.steps]
    return SampleId(order.seed, order.first_batch + at // order.batch_size, at % order.batch_size, at)


@inlined
def note_answers(c: Any, layout: Layout, s: Scratch, h: int, activity: OutputActivity, at: int) -> None:
    """Write the first spikes of the outputs and the peaks of a readout."""
    top = layout.output
    n_out, low = layout.sizes[top], s.event_at[top]
    note_first_spikes(c.steps, n_out, s.ptr[h, top], s.ids[h, low:], s.first[h])
    for k in range(n_out):
        activity.first_spikes[at, k] = s.first[h, k]
        if layout.readout:
            activity.peaks[at, k] = s.peak[h, k]


@inlined
def begin_gradient(c: Any, layout: Layout, s: Scratch, h: int, label: Any, batch_size: int) -> None:
    """Write g, or kick, of the outputs, 0 to g of all other spikes, and count spikes if a guard needs them."""
    for p in range(layout.sizes.size):
        if layout.kind[p] == LIF:
            s.g[h, s.event_at[p] : s.event_at[p] + s.ptr[h, p, c.steps]] = 0
    m = output_memory(layout, s, h)
    if layout.readout:
        max_over_time_kicks(c, m, label, batch_size)
    else:
        first_spike_errors(c, m, label, batch_size)
    if c.guard == RAISE or c.guard == RATE:
        count_spikes(c.steps, layout, s, h)


@inlined
def end_gradient(c: Any, layout: Layout, s: Scratch, h: int, label: Any, batch_size: int) -> None:
    """Apply the guard "push" to the chunk's gradients."""
    if c.guard == PUSH:
        push_silent_label(c.steps, layout, s, h, label, push_amount(c, label, batch_size))
