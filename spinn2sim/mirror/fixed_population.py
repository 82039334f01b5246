"""The forward and backward pass of one population and one sample in fixed point, rounded as on a PE.

Each product is rounded, sums are int64, and values are narrowed when they are stored, where clipping is counted. A population that spikes
and a readout share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in what enters the adjoint
(`spike_jumps` or `add_kicks`). This code was written independently of the chip's firmware, from the same equations.
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, narrow, noise, noise_stream, quotient, round_shift, scale
from spinn2sim.mirror.constants import FixedConstants
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

SOURCE_SHIFT = 18  # the word of a noise stream for a synapse is source 2^18 + neuron
WEIGHT, STATE, ADJOINT, ERROR = range(4)  # indices into the saturation counts


@inlined
def draw_noise(c: FixedConstants, m: PopulationMemory, sample: SampleId, step: Word, first_quantity: Word) -> None:
    """Draw what stochastic rounding adds to three quantities of each neuron in one step. Writes noise [3, n]."""
    if c.stochastic:
        for q in range(3):
            stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, step, first_quantity + q)
            for j in range(m.n):
                m.noise[q, j] = noise(True, 32, stream, j)


@inlined
def integrate(c: FixedConstants, m: PopulationMemory, i: int) -> Word:
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I)). Returns how many are above the threshold."""
    for j in range(m.n):
        m.wide[j] = scale(m.current[j], c.alpha, m.noise[0, j])
    for k in range(m.pre_ptr[i - 1], m.pre_ptr[i]):
        w_at = m.pre_ids[k] * m.n
        for j in range(m.n):
            m.wide[j] += m.weights[w_at + j] << c.weight_to_state_shift
    clipped: Word = 0
    above: Word = 0
    for j in range(m.n):
        current = narrow(m.wide[j], c.state_low, c.state_high)
        sum_u = scale(m.voltage[j], c.beta, m.noise[1, j]) + scale(current, c.beta_rest, m.noise[2, j])
        u = narrow(sum_u, c.state_low, c.state_high)
        clipped += np.int64(current != m.wide[j]) + np.int64(u != sum_u)
        m.current[j] = current
        m.voltage[j] = u
        above += np.int64(u > c.threshold)
    m.saturated[STATE] += clipped
    return above


@inlined
def fire(c: FixedConstants, m: PopulationMemory, count: Word) -> Word:
    """z = U > threshold, D = narrow(max(1, I - U)), V = U (1 - z). Appends to ids, v_slope. Returns the number of events so far."""
    clipped: Word = 0
    for j in range(m.n):
        if m.voltage[j] > c.threshold:
            m.ids[count] = j
            slope = max(1, m.current[j] - m.voltage[j])
            m.v_slope[count] = narrow(slope, c.state_low, c.state_high)
            clipped += np.int64(m.v_slope[count] != slope)
            m.voltage[j] = 0
            count += 1
    m.saturated[STATE] += clipped
    return count


@kernel
def population_forward(c: FixedConstants, m: PopulationMemory, sample: SampleId, record: Record) -> None:
    """Run steps 1 .. T-1 from rest. Writes ptr [T + 1], ids, v_slope, or, for a readout, peak and peak_step."""
    set_to_rest(m)
    count: Word = 0
    for i in range(1, c.steps):
        draw_noise(c, m, sample, i, fx.NOISE_CURRENT)
        above = integrate(c, m, i)
        record_state(record, m, sample.position, i)
        if m.readout:
            note_maxima(m, i)
        elif above > 0:
            count = fire(c, m, count)
        m.ptr[i + 1] = count


@inlined
def errors_below(c: FixedConstants, m: PopulationMemory, sample: SampleId, i: int) -> None:
    """e = narrow(sum over j of rnd(w[source, j] (lV - lI)[j])) for each input spike of step i. Writes pre_g."""
    clipped: Word = 0
    stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)
    for j in range(m.n):
        m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
    for k in range(m.pre_ptr[i], m.pre_ptr[i + 1]):
        source, e = m.pre_ids[k], np.int64(0)
        for j in range(m.n):
            noisy = noise(c.stochastic, c.product_to_error_shift, stream, (source << SOURCE_SHIFT) + j)
            e += round_shift(m.weights[source * m.n + j] * m.wide[j], c.product_to_error_shift, noisy)
        m.pre_g[k] = narrow(e, c.error_low, c.error_high)
        clipped += np.int64(m.pre_g[k] != e)
    m.saturated[ERROR] += clipped


@inlined
def spike_jumps(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """jump = quotient((lV + g) << state bits, D) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        numerator = (m.adjoint_v[m.ids[k]] + (m.g[k] << c.error_to_adjoint_shift)) << c.state_bits
        m.jump[k - m.ptr[i]] = quotient(numerator, m.v_slope[k])


@inlined
def adjoint_decay(c: FixedConstants, m: PopulationMemory) -> None:
    """lI = narrow(rnd(alpha lI) + rnd((1 - alpha) lV)); lV = rnd(beta lV)."""
    clipped: Word = 0
    for j in range(m.n):
        sum_i = scale(m.adjoint_i[j], c.alpha, m.noise[0, j]) + scale(m.adjoint_v[j], c.alpha_rest, m.noise[1, j])
        kept = narrow(sum_i, c.adjoint_low, c.adjoint_high)
        clipped += np.int64(kept != sum_i)
        m.adjoint_i[j] = kept
        m.adjoint_v[j] = scale(m.adjoint_v[j], c.beta, m.noise[2, j])
    m.saturated[ADJOINT] += clipped


@inlined
def add_to_adjoint(c: FixedConstants, m: PopulationMemory, j: Word, amount: Word) -> None:
    """lV[j] = narrow(lV[j] + amount)."""
    wide = m.adjoint_v[j] + amount
    m.adjoint_v[j] = narrow(wide, c.adjoint_low, c.adjoint_high)
    m.saturated[ADJOINT] += np.int64(m.adjoint_v[j] != wide)


@inlined
def add_kicks(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """lV = narrow(lV + kick) of each readout neuron whose maximum was in step i."""
    for j in range(m.n):
        if m.peak_step[j] == i:
            add_to_adjoint(c, m, j, m.kick[j] << c.error_to_adjoint_shift)


@kernel
def population_backward(c: FixedConstants, m: PopulationMemory, sample: SampleId, record: Record) -> None:
    """Go from the last own spike (of a readout: maximum) down to step 0: errors, jumps or kicks, decay, gradient -= lI at each x[i].

    Adds to grad (int64, never narrowed) and writes pre_g, unless the population below is the input.
    """
    m.adjoint_v[: m.n] = 0
    m.adjoint_i[: m.n] = 0
    for i in range(backward_start(m, c.steps), -1, -1):
        if m.readout:
            add_kicks(c, m, i + 1)
        if m.layer > 1 and m.pre_ptr[i + 1] > m.pre_ptr[i]:
            errors_below(c, m, sample, i)
        spike_jumps(c, m, i + 1)
        draw_noise(c, m, sample, i, fx.NOISE_ADJOINT_CURRENT)
        adjoint_decay(c, m)
        for k in range(m.ptr[i + 1], m.ptr[i + 2]):
            add_to_adjoint(c, m, m.ids[k], m.jump[k - m.ptr[i + 1]])
        for k in range(m.pre_ptr[i], m.pre_ptr[i + 1]):
            w_at = m.pre_ids[k] * m.n
            for j in range(m.n):
                m.grad[w_at + j] -= m.adjoint_i[j]
        record_adjoints(record, m, sample.position, i)
