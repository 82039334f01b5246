"""The forward and backward pass of one population and one sample in float64, directly by the equations.

A population that spikes and a readout share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in
what enters the adjoint (`spike_jumps` or `add_kicks`). The adjoint of a readout is exact in its weights: dW is dt times dL/dW, to
rounding (docs/reference/equations.md, Loss on the highest voltage).
"""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import (
    PopulationMemory,
    SampleId,
    backward_start,
    note_maxima,
    record_adjoints,
    record_state,
    set_to_rest,
)
from spinn2sim.mirror.scratch import Record


@inlined
def integrate(c: FloatConstants, m: PopulationMemory, i: int) -> Word:
    """I = alpha I + W x[i-1]; U = beta V + (1 - beta) I. Returns how many are above the threshold."""
    for j in range(m.n):
        m.current[j] *= c.alpha
    for k in range(m.pre_ptr[i - 1], m.pre_ptr[i]):
        w_at = m.pre_ids[k] * m.n
        for j in range(m.n):
            m.current[j] += m.weights[w_at + j]
    above: Word = 0
    for j in range(m.n):
        u = c.beta * m.voltage[j] + c.beta_rest * m.current[j]
        m.voltage[j] = u
        above += u > c.threshold
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


@kernel
def population_forward(c: FloatConstants, m: PopulationMemory, sample: SampleId, record: Record) -> None:
    """Run steps 1 .. T-1 from rest. Writes ptr [T + 1], ids, v_slope, or, for a readout, peak and peak_step."""
    set_to_rest(m)
    count: Word = 0
    for i in range(1, c.steps):
        above = integrate(c, m, i)
        record_state(record, m, sample.position, i)
        if m.readout:
            note_maxima(m, i)
        elif above > 0:
            count = fire(c, m, count)
        m.ptr[i + 1] = count


@inlined
def errors_below(m: PopulationMemory, i: int) -> None:
    """e = sum over j of w[source, j] (lV - lI)[j] for each input spike of step i, as four partial sums added as (0 + 1) + (2 + 3)."""
    for j in range(m.n):
        m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
    whole = m.n - m.n % 4
    for k in range(m.pre_ptr[i], m.pre_ptr[i + 1]):
        w_at = m.pre_ids[k] * m.n
        e0 = e1 = e2 = e3 = 0.0
        for j in range(0, whole, 4):
            e0 += m.weights[w_at + j] * m.wide[j]
            e1 += m.weights[w_at + j + 1] * m.wide[j + 1]
            e2 += m.weights[w_at + j + 2] * m.wide[j + 2]
            e3 += m.weights[w_at + j + 3] * m.wide[j + 3]
        for j in range(whole, m.n):
            e0 += m.weights[w_at + j] * m.wide[j]
        m.pre_g[k] = (e0 + e1) + (e2 + e3)


@inlined
def spike_jumps(m: PopulationMemory, i: int) -> None:
    """jump = (lV + g) / (D + 1e-10) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        m.jump[k - m.ptr[i]] = (m.adjoint_v[m.ids[k]] + m.g[k]) / (m.v_slope[k] + 1e-10)


@inlined
def adjoint_decay(c: FloatConstants, m: PopulationMemory) -> None:
    """lI = alpha lI + (1 - alpha) lV; lV = beta lV."""
    for j in range(m.n):
        m.adjoint_i[j] = c.alpha * m.adjoint_i[j] + c.alpha_rest * m.adjoint_v[j]
        m.adjoint_v[j] = c.beta * m.adjoint_v[j]


@inlined
def add_kicks(m: PopulationMemory, i: int) -> None:
    """lV += kick of each readout neuron whose maximum was in step i."""
    for j in range(m.n):
        if m.peak_step[j] == i:
            m.adjoint_v[j] += m.kick[j]


@kernel
def population_backward(c: FloatConstants, m: PopulationMemory, sample: SampleId, record: Record) -> None:
    """Go from the last own spike (of a readout: maximum) down to step 0: errors, jumps or kicks, decay, dW -= tau_syn lI x[i]^T.

    Adds to grad and writes pre_g, unless the population below is the input.
    """
    m.adjoint_v[: m.n] = 0.0
    m.adjoint_i[: m.n] = 0.0
    for i in range(backward_start(m, c.steps), -1, -1):
        if m.readout:
            add_kicks(m, i + 1)
        if m.layer > 1 and m.pre_ptr[i + 1] > m.pre_ptr[i]:
            errors_below(m, i)
        spike_jumps(m, i + 1)
        adjoint_decay(c, m)
        for k in range(m.ptr[i + 1], m.ptr[i + 2]):
            m.adjoint_v[m.ids[k]] += m.jump[k - m.ptr[i + 1]]
        for k in range(m.pre_ptr[i], m.pre_ptr[i + 1]):
            w_at = m.pre_ids[k] * m.n
            for j in range(m.n):
                m.grad[w_at + j] -= c.tau_syn * m.adjoint_i[j]
        record_adjoints(record, m, sample.position, i)
