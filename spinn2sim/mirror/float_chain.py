"""The forward and backward pass of one population of a chain and one sample in float64: float_graph in its shorter form."""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.flat_arrays import ChainLayout
from spinn2sim.mirror.float_population import (
    add_gradient,
    add_jumps,
    add_kicks,
    decay_adjoint,
    decay_current,
    end_step,
    error,
    leak,
    spike_jumps,
)
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import (
    PopulationMemory,
    SampleId,
    SourceEvents,
    backward_start,
    clear_adjoints,
    population_memory,
    record_adjoints,
    record_state,
    set_to_rest,
    source_events,
)
from spinn2sim.mirror.scratch import Record, Scratch, Synapses


@inlined
def integrate(c: FloatConstants, m: PopulationMemory, source: SourceEvents, i: int) -> Word:
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I. Returns how many are above the threshold."""
    decay_current(m, m.alpha[0], 0, m.n)
    for k in range(source.ptr[i - 1], source.ptr[i]):
        w_at = source.ids[k] * m.n
        for j in range(m.n):
            m.current[j] += m.weights[w_at + j]
    return leak(m, (m.beta[0], m.beta_rest[0]), c.threshold, 0, m.n)


@kernel
def chain_forward(
    c: FloatConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Run all steps of population p in chunk h, from rest. Writes ptr, ids, v_slope, or, for the readout that answers, peak, peak_step."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    set_to_rest(m)
    count: Word = 0
    for i in range(1, c.steps):
        above = integrate(c, m, source, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, above, count)


@inlined
def send_errors(m: PopulationMemory, source: SourceEvents, i: int) -> None:
    """Add e to g of each spike of step i that came in."""
    for j in range(m.n):
        m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
    for k in range(source.ptr[i], source.ptr[i + 1]):
        source.g[k] += error(m, source.ids[k] * m.n, m.wide, 0)


@kernel
def chain_backward(
    c: FloatConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Go from the last own spike (of the readout that answers: maximum) down to step 0. Adds to grad and to g of the source."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    clear_adjoints(m)
    tau_syn = c.tau_syn[m.neuron_at]
    for i in range(backward_start(m, c.steps), -1, -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors and source.ptr[i + 1] > source.ptr[i]:
            send_errors(m, source, i)
        spike_jumps(m, i + 1)
        decay_adjoint(m, (m.alpha[0], m.alpha_rest[0], m.beta[0]), 0, m.n)
        add_jumps(m, i + 1)
        for k in range(source.ptr[i], source.ptr[i + 1]):
            add_gradient(m, source.ids[k] * m.n, tau_syn, 0, m.n)
        record_adjoints(record, m, sample.position, i)
