"""The forward and backward pass of one population of a chain and one sample in float64: float_graph in its shorter form."""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.flat_arrays import ChainLayout
from spinn2sim.mirror.float_population import (
    add_jumps,
    add_kicks,
    coast,
    decay_adjoint,
    decay_current,
    end_step,
    error,
    leak,
    spike_jumps,
)
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
from spinn2sim.mirror.scratch import Record, Scratch, Synapses


@inlined
def integrate(m: PopulationMemory, source: SourceEvents, i: int) -> None:
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I."""
    if source.ptr[i - 1] == source.ptr[i]:
        coast(m, m.alpha[0], (m.beta[0], m.beta_rest[0]), 0, m.even)
    else:
        decay_current(m, m.alpha[0], 0, m.even)
        for k in range(source.ptr[i - 1], source.ptr[i]):
            w_at = source.ids[k] * m.n
            for j in range(m.n):
                m.current[j] += m.weights[w_at + j]
        leak(m, (m.beta[0], m.beta_rest[0]), 0, m.even)


@kernel
def chain_forward(
    c: FloatConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Run all steps of population p in chunk h, from rest. Writes ptr, ids, v_slope, or, for the readout that answers, peak, peak_step."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    set_to_rest(m)
    count: Word = 0
    for i in range(first_busy_step(source, c.steps, m.answers and c.average.size > 0), c.steps):
        integrate(m, source, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, count)


@inlined
def send_errors(m: PopulationMemory, source: SourceEvents, kept: Word, i: int) -> None:
    """Add e to g of each spike of step i that came in. `wide` is 0 for neurons without a place."""
    for k in range(kept):
        m.wide[m.active[k]] = m.adjoint_v[k] - m.adjoint_i[k]
    for k in range(source.ptr[i], source.ptr[i + 1]):
        source.g[k] += error(m, source.ids[k] * m.n, m.wide, 0)


@inlined
def add_gradients(m: PopulationMemory, source: SourceEvents, tau_syn: float, kept: Word, i: int) -> None:
    """dW -= tau_syn lI for each spike of step i that came in. `spread` is 0 for neurons without a place."""
    if few(m, kept):
        for k in range(source.ptr[i], source.ptr[i + 1]):
            w_at = source.ids[k] * m.n
            for a in range(kept):
                m.grad[w_at + m.active[a]] -= tau_syn * m.adjoint_i[a]
    elif source.ptr[i + 1] > source.ptr[i]:
        for a in range(kept):
            m.spread[m.active[a]] = tau_syn * m.adjoint_i[a]
        for k in range(source.ptr[i], source.ptr[i + 1]):
            w_at = source.ids[k] * m.n
            for j in range(m.n):
                m.grad[w_at + j] -= m.spread[j]


@kernel
def chain_backward(
    c: FloatConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Go from the last own spike (of the readout that answers: maximum) down to step 0. Adds to grad and to g of the source."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    kept = begin_places(m)
    tau_syn = c.tau_syn[m.neuron_at]
    stop: Word = 0 if record.on else first_event_step(source, c.steps)  # no spike needs what is before
    for i in range(backward_start(m, c.steps), stop - 1, -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_kept(record, m, sample.position, i + 1, kept)
        if m.needs_errors and source.ptr[i + 1] > source.ptr[i]:
            send_errors(m, source, kept, i)
        kept = give_places(m, i + 1, kept)
        spike_jumps(m, i + 1)
        decay_adjoint(m, (m.alpha[0], m.alpha_rest[0], m.beta[0]), 0, in_vectors(kept))
        add_jumps(m, i + 1)
        add_gradients(m, source, tau_syn, kept, i)
        record_kept(record, m, sample.position, i, kept)
    forget_places(m, kept)
