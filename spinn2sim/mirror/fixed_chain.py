"""The forward and backward pass of one population of a chain and one sample in fixed point: fixed_graph in its shorter form."""

from __future__ import annotations

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, noise_stream
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.fixed_population import (
    add_error,
    add_jumps,
    add_kicks,
    decay_adjoint,
    decay_current,
    draw_noise,
    end_step,
    error,
    leak,
    spike_jumps,
)
from spinn2sim.mirror.flat_arrays import ChainLayout
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
def integrate(c: FixedConstants, m: PopulationMemory, source: SourceEvents, i: int) -> Word:
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I)). Returns how many are above the threshold."""
    decay_current(m, m.alpha[0], 0, m.n)
    for k in range(source.ptr[i - 1], source.ptr[i]):
        w_at = source.ids[k] * m.n
        for j in range(m.n):
            m.wide[j] += m.weights[w_at + j] << c.weight_to_state_shift
    return leak(c, m, (m.beta[0], m.beta_rest[0]), 0, m.n)


@kernel
def chain_forward(
    c: FixedConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Run all steps of population p in chunk h, from rest. Writes ptr, ids, v_slope, or, for the readout that answers, peak, peak_step."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    set_to_rest(m)
    count: Word = 0
    for i in range(1, c.steps):
        draw_noise(c, m, sample, i, fx.NOISE_CURRENT)
        above = integrate(c, m, source, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, above, count)


@inlined
def send_errors(c: FixedConstants, m: PopulationMemory, source: SourceEvents, sample: SampleId, i: int) -> None:
    """Add e to g of each spike of step i that came in."""
    stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)
    for j in range(m.n):
        m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
    for k in range(source.ptr[i], source.ptr[i + 1]):
        add_error(c, m, source.g, k, error(c, m, source.ids[k], stream, m.wide, 0))


@kernel
def chain_backward(
    c: FixedConstants, layout: ChainLayout, synapses: Synapses, s: Scratch, h: int, p: int, sample: SampleId, record: Record
) -> None:  # fmt: skip
    """Go from the last own spike (of the readout that answers: maximum) down to step 0. Adds to grad and to g of the source."""
    m, source = population_memory(c, layout, synapses, s, h, p), source_events(layout, s, h, p)
    clear_adjoints(m)
    for i in range(backward_start(m, c.steps), -1, -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors and source.ptr[i + 1] > source.ptr[i]:
            send_errors(c, m, source, sample, i)
        spike_jumps(c, m, i + 1)
        draw_noise(c, m, sample, i, fx.NOISE_ADJOINT_CURRENT)
        decay_adjoint(c, m, (m.alpha[0], m.alpha_rest[0], m.beta[0]), 0, m.n)
        add_jumps(c, m, i + 1)
        for k in range(source.ptr[i], source.ptr[i + 1]):
            w_at = source.ids[k] * m.n
            for j in range(m.n):
                m.grad[w_at + j] -= m.adjoint_i[j]
        record_adjoints(record, m, sample.position, i)
