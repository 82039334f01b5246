"""The forward and backward pass of one population of a chain and one sample in fixed point: fixed_graph in its shorter form."""

from __future__ import annotations

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, noise_stream
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.fixed_population import (
    add_error,
    add_jumps,
    add_kicks,
    decay_adjoints,
    decay_current,
    draw_noise,
    end_step,
    error,
    leak,
    spike_jumps,
)
from spinn2sim.mirror.flat_arrays import ChainLayout
from spinn2sim.mirror.kept_adjoints import begin_places, few, forget_places, give_places, record_kept
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import (
    PopulationMemory,
    SampleId,
    SourceEvents,
    backward_start,
    first_busy_step,
    first_event_step,
    in_vectors,
    population_memory,
    record_state,
    set_to_rest,
    source_events,
)
from spinn2sim.mirror.quick_rounding import adjoint_is_safe, quick_coast, quick_decay, quick_leak, state_is_safe
from spinn2sim.mirror.scratch import Record, Scratch, Synapses


@inlined
def integrate(c: FixedConstants, m: PopulationMemory, source: SourceEvents, i: int) -> None:
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I))."""
    safe = state_is_safe(c, m, source.ptr[i])
    if safe and source.ptr[i - 1] == source.ptr[i]:
        quick_coast(m, m.alpha_rest[0], m.beta_rest[0])
    else:
        if safe:
            quick_decay(m, m.alpha_rest[0])
        else:
            decay_current(m, m.alpha[0], 0, m.even)
        for k in range(source.ptr[i - 1], source.ptr[i]):
            w_at = source.ids[k] * m.n
            for j in range(m.n):
                m.wide[j] += m.weights[w_at + j] << c.weight_to_state_shift
        if safe:
            quick_leak(m, m.beta_rest[0])
        else:
            leak(c, m, (m.beta[0], m.beta_rest[0]), 0, m.even)


@kernel
def chain_forward(
    c: FixedConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Run all steps of population p in chunk h, from rest. Writes ptr, ids, v_slope, or, for the readout that answers, peak, peak_step."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    set_to_rest(m)
    count: Word = 0
    for i in range(first_busy_step(source, c.steps, m.answers and c.average.size > 0), c.steps):
        draw_noise(c, m, sample, i, fx.NOISE_CURRENT)
        integrate(c, m, source, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, count)


@inlined
def send_errors(
    c: FixedConstants, m: PopulationMemory, source: SourceEvents, sample: SampleId, kept: Word, i: int
) -> None:
    """Add e to g of each spike of step i that came in. `wide` is 0 for neurons without a place."""
    stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)
    for k in range(kept):
        m.wide[m.active[k]] = m.adjoint_v[k] - m.adjoint_i[k]
    for k in range(source.ptr[i], source.ptr[i + 1]):
        add_error(c, m, source.g, k, error(c, m, source.ids[k], stream, m.wide, 0))


@inlined
def add_gradients(m: PopulationMemory, source: SourceEvents, kept: Word, i: int) -> None:
    """Gradient -= lI for each spike of step i that came in. `spread` is 0 for neurons without a place."""
    if few(m, kept):
        for k in range(source.ptr[i], source.ptr[i + 1]):
            w_at = source.ids[k] * m.n
            for a in range(kept):
                m.grad[w_at + m.active[a]] -= m.adjoint_i[a]
    elif source.ptr[i + 1] > source.ptr[i]:
        for a in range(kept):
            m.spread[m.active[a]] = m.adjoint_i[a]
        for k in range(source.ptr[i], source.ptr[i + 1]):
            w_at = source.ids[k] * m.n
            for j in range(m.n):
                m.grad[w_at + j] -= m.spread[j]


@kernel
def chain_backward(
    c: FixedConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Go from the last own spike (of the readout that answers: maximum) down to step 0. Adds to grad and to g of the source."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    kept = begin_places(m)
    first = first_event_step(source, c.steps)
    for i in range(backward_start(m, c.steps), -1, -1):
        if i < first and not record.on and c.average.size == 0 and adjoint_is_safe(c, m):
            break  # no spike needs what is before, and nothing can clip
        if m.answers:
            add_kicks(c, m, i + 1)
            record_kept(record, m, sample.position, i + 1, kept)
        if m.needs_errors and kept > 0 and source.ptr[i + 1] > source.ptr[i]:
            send_errors(c, m, source, sample, kept, i)
        kept = give_places(m, i + 1, kept)
        spike_jumps(c, m, i + 1)
        draw_noise(c, m, sample, i, fx.NOISE_ADJOINT_CURRENT)
        decay_adjoints(c, m, in_vectors(kept))
        add_jumps(c, m, i + 1)
        add_gradients(m, source, kept, i)
        record_kept(record, m, sample.position, i, kept)
    forget_places(m, kept)
