"""The forward and backward steps of one population of any graph and one sample in float64 (docs/reference/networks.md)."""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.flat_arrays import Layout
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
    population_memory,
    record_adjoints,
    record_state,
)
from spinn2sim.mirror.resting import hold_resting, note_restarts, still_resting
from spinn2sim.mirror.scratch import Record, Scratch, Synapses


@inlined
def add_spikes(layout: Layout, m: PopulationMemory, i: int) -> None:
    """Add the row of each spike of step i - 1 to I, or to the sums of the steps in which it acts; then add the sums of step i."""
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i - 1], m.all_ptr[pre, i]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
                if layout.axonal[q]:
                    at = i * m.n + m.reach[r_at]
                    for j in range(m.n):
                        m.arriving[at + j] += m.weights[w_at + j]
                else:
                    for j in range(m.n):
                        m.arriving[i * m.n + m.reach[r_at + j]] += m.weights[w_at + j]
            else:
                for j in range(m.n):
                    m.current[j] += m.weights[w_at + j]
    if m.longest > 0:
        for j in range(m.n):
            m.current[j] += m.arriving[i * m.n + j]
            m.arriving[i * m.n + j] = 0.0


@inlined
def integrate(layout: Layout, m: PopulationMemory, i: int) -> None:
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I."""
    for first in range(0, m.n, m.run):
        decay_current(m, m.alpha[first], first, first + m.run)
    add_spikes(layout, m, i)
    for first in range(0, m.n, m.run):
        leak(m, (m.beta[first], m.beta_rest[first]), first, first + m.run)


@kernel
def forward_steps(
    c: FloatConstants, layout: Layout, synapses: Synapses, s: Scratch, at: tuple[Word, Word], sample: SampleId, record: Record,
    span: tuple[Word, Word],
) -> None:  # fmt: skip
    """Run steps span[0] .. span[1] - 1 of population at[1] in chunk at[0].

    Writes ptr [T + 1], ids, v_slope, or, for the readout that answers, peak and peak_step.
    """
    m = population_memory(c, layout, synapses, s, at[0], at[1])
    count: Word = m.ptr[span[0]]
    for i in range(span[0], span[1]):
        integrate(layout, m, i)
        hold_resting(layout, s, at[0], m, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, count)


@inlined
def delayed_error(layout: Layout, m: PopulationMemory, q: int, source: Word, i: int) -> float:
    """e = sum over j of w[source, j] (lV - lI)[j] of step i + 1 + d. Adds each product, or their sum for an axon, to delay_grad."""
    w_at, r_at = (layout.first_row[q] + source) * m.n, layout.reach_at[q] + source * m.n
    step_at, d_at = (i + 1) * m.n, layout.delay_at[q] + source * m.n
    e = 0.0
    if layout.axonal[q]:
        e = error(m, w_at, m.past_difference, step_at + m.reach[r_at])
        if layout.learns_delays[q]:
            m.delay_grad[layout.delay_at[q] + source] += e
    else:
        for j in range(m.n):
            product = m.weights[w_at + j] * m.past_difference[step_at + m.reach[r_at + j]]
            e += product
            if layout.learns_delays[q]:
                m.delay_grad[d_at + j] += product
    return e


@inlined
def send_errors(layout: Layout, m: PopulationMemory, i: int) -> None:
    """Add e to g of each spike of step i that came in. An input gets no error, but its delays may have a gradient."""
    if m.longest > 0:
        for j in range(m.n):
            m.past_difference[(i + 1) * m.n + j] = m.adjoint_v[j] - m.adjoint_i[j]
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        if m.all_ptr[pre, i + 1] > m.all_ptr[pre, i]:
            if layout.delay_max[q] > 0:
                if layout.errors[q] or layout.learns_delays[q]:
                    for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
                        e = delayed_error(layout, m, q, m.all_ids[low + k], i)
                        if layout.errors[q]:
                            m.all_g[low + k] += e
            elif layout.errors[q]:
                for j in range(m.n):
                    m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
                for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
                    m.all_g[low + k] += error(m, (layout.first_row[q] + m.all_ids[low + k]) * m.n, m.wide, 0)


@inlined
def adjoint_decay(m: PopulationMemory) -> None:
    """lI = alpha lI + (1 - alpha) lV; lV = beta lV."""
    for first in range(0, m.n, m.run):
        decay_adjoint(m, (m.alpha[first], m.alpha_rest[first], m.beta[first]), first, first + m.run)


@inlined
def add_gradients(c: FloatConstants, layout: Layout, m: PopulationMemory, i: int) -> None:
    """dW -= tau_syn lI[i + d] for each spike of step i that came in."""
    if m.longest > 0:
        for j in range(m.n):
            m.past_adjoint[i * m.n + j] = c.tau_syn[m.neuron_at + j] * m.adjoint_i[j]
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
                if layout.axonal[q]:
                    at = i * m.n + m.reach[r_at]
                    for j in range(m.n):
                        m.grad[w_at + j] -= m.past_adjoint[at + j]
                else:
                    for j in range(m.n):
                        m.grad[w_at + j] -= m.past_adjoint[i * m.n + m.reach[r_at + j]]
            else:
                for first in range(0, m.n, m.run):
                    add_gradient(m, w_at, c.tau_syn[m.neuron_at + first], first, min(first + m.run, m.n))


@inlined
def jumps_of_spikes(layout: Layout, s: Scratch, h: int, m: PopulationMemory, i: int) -> None:
    """jump = (I lV of the restart + g) / D for each own spike of step i, if the population rests."""
    if layout.rest[m.layer] == 0:
        spike_jumps(m, i)
    else:
        own = s.event_at[m.layer]
        for k in range(m.ptr[i], m.ptr[i + 1]):
            m.jump[k - m.ptr[i]] = (s.restart[h, own + k] + m.g[k]) / (m.v_slope[k] + 1e-10)


@kernel
def backward_steps(
    c: FloatConstants, layout: Layout, synapses: Synapses, s: Scratch, at: tuple[Word, Word], sample: SampleId, record: Record,
    span: tuple[Word, Word],
) -> None:  # fmt: skip
    """Go from step span[0] down to span[1] + 1: errors, jumps or kicks, decay, gradients. Adds to grad, delay_grad and g of the sources."""
    m = population_memory(c, layout, synapses, s, at[0], at[1])
    for i in range(span[0], span[1], -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors:
            send_errors(layout, m, i)
        note_restarts(layout, s, at[0], m, i + 1)
        jumps_of_spikes(layout, s, at[0], m, i + 1)
        adjoint_decay(m)
        still_resting(layout, m, i + 1)
        add_jumps(m, i + 1)
        add_gradients(c, layout, m, i)
        record_adjoints(record, m, sample.position, i)
