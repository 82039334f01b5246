"""The forward and backward steps of one population and one sample in float64, directly by the equations.

Populations that spike and readouts share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in what
enters the adjoint (`spike_jumps` or `add_kicks`). The adjoint of a readout is exact in its weights: dW is dt times dL/dW, to rounding
(docs/reference/equations.md, Loss on the highest voltage). Delays are in docs/reference/networks.md.
"""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import (
    PopulationMemory,
    SampleId,
    note_maxima,
    record_adjoints,
    record_state,
)
from spinn2sim.mirror.scratch import Record


@inlined
def add_spikes(layout: Layout, m: PopulationMemory, i: int) -> None:
    """Add the row of each spike of step i - 1 to I, or to the sums of the steps in which it acts; then add the sums of step i."""
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i - 1], m.all_ptr[pre, i]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
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
def decay_current(m: PopulationMemory, alpha: float, first: Word, last: Word) -> None:
    """I = alpha I of neurons first .. last - 1, which have the same alpha."""
    for j in range(first, last):
        m.current[j] *= alpha


@inlined
def leak(m: PopulationMemory, factors: tuple[float, float], threshold: float, first: Word, last: Word) -> Word:
    """U = beta V + (1 - beta) I of neurons first .. last - 1, which have the same beta. Returns how many are above the threshold."""
    above: Word = 0
    for j in range(first, last):
        u = factors[0] * m.voltage[j] + factors[1] * m.current[j]
        m.voltage[j] = u
        above += u > threshold
    return above


@inlined
def integrate(c: FloatConstants, layout: Layout, m: PopulationMemory, i: int) -> Word:
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I. Returns how many are above the threshold."""
    if m.alike:
        decay_current(m, m.alpha[0], 0, m.n)
    else:
        for j in range(m.n):
            decay_current(m, m.alpha[j], j, j + 1)
    add_spikes(layout, m, i)
    above: Word = 0
    if m.alike:
        above = leak(m, (m.beta[0], m.beta_rest[0]), c.threshold, 0, m.n)
    else:
        for j in range(m.n):
            above += leak(m, (m.beta[j], m.beta_rest[j]), c.threshold, j, j + 1)
    return above


@inlined
def fire(c: FloatConstants, m: PopulationMemory, count: Word) -> Word:
    """z = U > threshold, D = I - U, V = U (1 - z). Appends to ids, v_slope. Returns the number of events so far."""
    for j in range(m.n):
        if m.voltage[j] > c.threshold:
            m.ids[count] = j
            m.v_slope[count] = m.current[j] - m.voltage[j]
            m.voltage[j] = 0.0
            count += 1
    return count


@inlined
def add_average(c: FloatConstants, m: PopulationMemory, i: int) -> None:
    """m = sum of c_i V, in place of a maximum; its last jump will be in step T - 1."""
    for j in range(m.n):
        m.peak[j] += c.average[i] * m.voltage[j]
        m.peak_step[j] = c.steps - 1


@kernel
def forward_steps(
    c: FloatConstants, layout: Layout, m: PopulationMemory, sample: SampleId, record: Record, first: int, last: int
) -> None:
    """Run steps first .. last - 1. Writes ptr [T + 1], ids, v_slope, or, for the readout that answers, peak and peak_step."""
    count: Word = m.ptr[first]
    for i in range(first, last):
        above = integrate(c, layout, m, i)
        record_state(record, m, sample.position, i)
        if m.answers and c.average.size > 0:
            add_average(c, m, i)
        elif m.answers:
            note_maxima(m, i)
        elif above > 0 and m.spikes:
            count = fire(c, m, count)
        m.ptr[i + 1] = count


@inlined
def error(m: PopulationMemory, w_at: Word) -> float:
    """e = sum over j of w[source, j] (lV - lI)[j], as four partial sums added as (0 + 1) + (2 + 3)."""
    whole = m.n - m.n % 4
    e0 = e1 = e2 = e3 = 0.0
    for j in range(0, whole, 4):
        e0 += m.weights[w_at + j] * m.wide[j]
        e1 += m.weights[w_at + j + 1] * m.wide[j + 1]
        e2 += m.weights[w_at + j + 2] * m.wide[j + 2]
        e3 += m.weights[w_at + j + 3] * m.wide[j + 3]
    for j in range(whole, m.n):
        e0 += m.weights[w_at + j] * m.wide[j]
    return (e0 + e1) + (e2 + e3)


@inlined
def delayed_error(layout: Layout, m: PopulationMemory, q: int, source: Word, i: int) -> float:
    """e = sum over j of w[source, j] (lV - lI)[j] of step i + 1 + d. Adds each product, or their sum for an axon, to delay_grad."""
    w_at, r_at = (layout.first_row[q] + source) * m.n, layout.reach_at[q] + source * m.n
    step_at, d_at = (i + 1) * m.n, layout.delay_at[q] + source * m.n
    each = layout.learns_delays[q] and not layout.axonal[q]
    e = 0.0
    for j in range(m.n):
        product = m.weights[w_at + j] * m.past_difference[step_at + m.reach[r_at + j]]
        e += product
        if each:
            m.delay_grad[d_at + j] += product
    if layout.learns_delays[q] and layout.axonal[q]:
        m.delay_grad[layout.delay_at[q] + source] += e
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
                    m.all_g[low + k] += error(m, (layout.first_row[q] + m.all_ids[low + k]) * m.n)


@inlined
def spike_jumps(m: PopulationMemory, i: int) -> None:
    """jump = (lV + g) / (D + 1e-10) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        m.jump[k - m.ptr[i]] = (m.adjoint_v[m.ids[k]] + m.g[k]) / (m.v_slope[k] + 1e-10)


@inlined
def adjoint_decay(m: PopulationMemory) -> None:
    """lI = alpha lI + (1 - alpha) lV; lV = beta lV."""
    if m.alike:
        decay_adjoint(m, (m.alpha[0], m.alpha_rest[0], m.beta[0]), 0, m.n)
    else:
        for j in range(m.n):
            decay_adjoint(m, (m.alpha[j], m.alpha_rest[j], m.beta[j]), j, j + 1)


@inlined
def decay_adjoint(m: PopulationMemory, factors: tuple[float, float, float], first: Word, last: Word) -> None:
    """Decay lI and lV of neurons first .. last - 1, which have the same factors: alpha, 1 - alpha and beta."""
    for j in range(first, last):
        m.adjoint_i[j] = factors[0] * m.adjoint_i[j] + factors[1] * m.adjoint_v[j]
        m.adjoint_v[j] = factors[2] * m.adjoint_v[j]


@inlined
def add_kicks(c: FloatConstants, m: PopulationMemory, i: int) -> None:
    """lV += kick of each readout neuron whose maximum was in step i; with averages lV += c_i kick of all."""
    for j in range(m.n):
        if c.average.size > 0:
            m.adjoint_v[j] += c.average[i] * m.kick[j]
        elif m.peak_step[j] == i:
            m.adjoint_v[j] += m.kick[j]


@inlined
def add_gradients(c: FloatConstants, layout: Layout, m: PopulationMemory, i: int) -> None:
    """dW -= tau_syn lI[i + d] for each spike of step i that came in."""
    if m.longest > 0:
        for j in range(m.n):
            m.past_adjoint[i * m.n + j] = m.adjoint_i[j]
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
                for j in range(m.n):
                    m.grad[w_at + j] -= c.tau_syn[m.neuron_at + j] * m.past_adjoint[i * m.n + m.reach[r_at + j]]
            elif m.alike:
                tau_syn = c.tau_syn[m.neuron_at]
                for j in range(m.n):
                    m.grad[w_at + j] -= tau_syn * m.adjoint_i[j]
            else:
                for j in range(m.n):
                    m.grad[w_at + j] -= c.tau_syn[m.neuron_at + j] * m.adjoint_i[j]


@kernel
def backward_steps(
    c: FloatConstants, layout: Layout, m: PopulationMemory, sample: SampleId, record: Record, start: int, stop: int
) -> None:
    """Go from step start down to stop + 1: errors, jumps or kicks, decay, gradients. Adds to grad, delay_grad and g of the sources."""
    for i in range(start, stop, -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors:
            send_errors(layout, m, i)
        spike_jumps(m, i + 1)
        adjoint_decay(m)
        for k in range(m.ptr[i + 1], m.ptr[i + 2]):
            m.adjoint_v[m.ids[k]] += m.jump[k - m.ptr[i + 1]]
        add_gradients(c, layout, m, i)
        record_adjoints(record, m, sample.position, i)
