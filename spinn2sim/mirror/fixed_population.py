"""The forward and backward steps of one population and one sample in fixed point, rounded as on a PE.

Each product is rounded, sums are int64, and values are narrowed when they are stored, where clipping is counted. A population that spikes
and a readout share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in what enters the adjoint
(`spike_jumps` or `add_kicks`). This code was written independently of the chip's firmware, from the same equations.
"""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, noise_stream, quotient, round_shift, scale
from spinn2sim.mirror.constants import FixedConstants
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

SOURCE_SHIFT = 18  # the word of a noise stream for a synapse is row 2^18 + neuron
AVERAGE_BITS = 8  # fraction bits that the sum of an average voltage has beyond those of the state
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
def add_spikes(c: FixedConstants, layout: Layout, m: PopulationMemory, i: int) -> None:
    """Add the row of each spike of step i - 1 to `wide`, or to the sums of the steps in which it acts; then add the sums of step i."""
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i - 1], m.all_ptr[pre, i]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
                for j in range(m.n):
                    m.arriving[i * m.n + m.reach[r_at + j]] += m.weights[w_at + j] << c.weight_to_state_shift
            else:
                for j in range(m.n):
                    m.wide[j] += m.weights[w_at + j] << c.weight_to_state_shift
    if m.longest > 0:
        for j in range(m.n):
            m.wide[j] += m.arriving[i * m.n + j]
            m.arriving[i * m.n + j] = 0


@inlined
def decay_current(m: PopulationMemory, alpha: Word, first: Word, last: Word) -> None:
    """wide = rnd(alpha I) of neurons first .. last - 1, which have the same alpha."""
    for j in range(first, last):
        m.wide[j] = scale(m.current[j], alpha, m.noise[0, j])


@inlined
def leak(c: FixedConstants, m: PopulationMemory, factors: tuple[Word, Word], first: Word, last: Word) -> Word:
    """I = narrow(wide); U = narrow(rnd(beta V) + rnd((1 - beta) I)) of neurons first .. last - 1, which have the same beta.

    Returns how many are above the threshold.
    """
    clipped: Word = 0
    above: Word = 0
    for j in range(first, last):
        current = narrow(m.wide[j], c.state_low, c.state_high)
        sum_u = scale(m.voltage[j], factors[0], m.noise[1, j]) + scale(current, factors[1], m.noise[2, j])
        u = narrow(sum_u, c.state_low, c.state_high)
        clipped += np.int64(current != m.wide[j]) + np.int64(u != sum_u)
        m.current[j] = current
        m.voltage[j] = u
        above += np.int64(u > c.threshold)
    m.saturated[STATE] += clipped
    return above


@inlined
def integrate(c: FixedConstants, layout: Layout, m: PopulationMemory, i: int) -> Word:
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I)). Returns how many are above the threshold."""
    if m.alike:
        decay_current(m, m.alpha[0], 0, m.n)
    else:
        for j in range(m.n):
            decay_current(m, m.alpha[j], j, j + 1)
    add_spikes(c, layout, m, i)
    above: Word = 0
    if m.alike:
        above = leak(c, m, (m.beta[0], m.beta_rest[0]), 0, m.n)
    else:
        for j in range(m.n):
            above += leak(c, m, (m.beta[j], m.beta_rest[j]), j, j + 1)
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


@inlined
def add_average(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """S += round_shift(V c_i, 24), in place of a maximum; after step T - 1, m = narrow(round_shift(S, 8)). Writes peak, peak_step."""
    for j in range(m.n):
        m.peak[j] += round_shift(m.voltage[j] * c.average[i], 32 - AVERAGE_BITS, half(32 - AVERAGE_BITS))
        m.peak_step[j] = c.steps - 1
        if i == c.steps - 1:
            total = round_shift(m.peak[j], AVERAGE_BITS, half(AVERAGE_BITS))
            m.peak[j] = narrow(total, c.state_low, c.state_high)
            m.saturated[STATE] += np.int64(m.peak[j] != total)


@kernel
def forward_steps(
    c: FixedConstants, layout: Layout, m: PopulationMemory, sample: SampleId, record: Record, first: int, last: int
) -> None:
    """Run steps first .. last - 1. Writes ptr [T + 1], ids, v_slope, or, for the readout that answers, peak and peak_step."""
    count: Word = m.ptr[first]
    for i in range(first, last):
        draw_noise(c, m, sample, i, fx.NOISE_CURRENT)
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
def error(c: FixedConstants, m: PopulationMemory, row: Word, stream: Word) -> Word:
    """e = sum over j of rnd(w[row, j] (lV - lI)[j])."""
    e = np.int64(0)
    for j in range(m.n):
        noisy = noise(c.stochastic, c.product_to_error_shift, stream, (row << SOURCE_SHIFT) + j)
        e += round_shift(m.weights[row * m.n + j] * m.wide[j], c.product_to_error_shift, noisy)
    return e


@inlined
def delayed_error(c: FixedConstants, layout: Layout, m: PopulationMemory, q: int, source: Word, i: int) -> Word:
    """e = sum over j of rnd(w[row, j] (lV - lI)[j] of step i + 1 + d), with the noise of step i + d.

    Adds each product, or their sum for an axon, to delay_grad.
    """
    row, r_at, d_at = layout.first_row[q] + source, layout.reach_at[q] + source * m.n, layout.delay_at[q]
    each, axon = layout.learns_delays[q] and not layout.axonal[q], layout.learns_delays[q] and layout.axonal[q]
    e = np.int64(0)
    noisy = half(c.product_to_error_shift)
    for j in range(m.n):
        at = (i + 1) * m.n + m.reach[r_at + j]
        if c.stochastic:
            noisy = noise(True, c.product_to_error_shift, m.streams[at // m.n - 1], (row << SOURCE_SHIFT) + j)
        product = round_shift(m.weights[row * m.n + j] * m.past_difference[at], c.product_to_error_shift, noisy)
        e += product
        if each:
            m.delay_grad[d_at + source * m.n + j] += product
    if axon:
        m.delay_grad[d_at + source] += e
    return e


@inlined
def add_error(c: FixedConstants, m: PopulationMemory, event: Word, e: Word) -> None:
    """g of the event += narrow(e), in int64."""
    sent = narrow(e, c.error_low, c.error_high)
    m.all_g[event] += sent
    m.saturated[ERROR] += np.int64(sent != e)


@inlined
def send_errors(c: FixedConstants, layout: Layout, m: PopulationMemory, sample: SampleId, i: int) -> None:
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
                        e = delayed_error(c, layout, m, q, m.all_ids[low + k], i)
                        if layout.errors[q]:
                            add_error(c, m, low + k, e)
            elif layout.errors[q]:
                stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)
                for j in range(m.n):
                    m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
                for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
                    add_error(c, m, low + k, error(c, m, layout.first_row[q] + m.all_ids[low + k], stream))


@inlined
def name_streams(c: FixedConstants, m: PopulationMemory, sample: SampleId, start: int, stop: int) -> None:
    """Write the noise stream of the error products of steps stop + 1 .. start + longest, if a delayed product needs one."""
    if c.stochastic and m.longest > 0:
        for i in range(stop + 1, start + m.longest + 1):
            m.streams[i] = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)


@inlined
def spike_jumps(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """g = narrow(g); jump = quotient((lV + g) << state bits, D) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        g = narrow(m.g[k], c.error_low, c.error_high)
        m.saturated[ERROR] += np.int64(g != m.g[k])
        m.g[k] = g
        numerator = (m.adjoint_v[m.ids[k]] + (g << c.error_to_adjoint_shift)) << c.state_bits
        m.jump[k - m.ptr[i]] = quotient(numerator, m.v_slope[k])


@inlined
def adjoint_decay(c: FixedConstants, m: PopulationMemory) -> None:
    """lI = narrow(rnd(alpha lI) + rnd((1 - alpha) lV)); lV = rnd(beta lV)."""
    if m.alike:
        decay_adjoint(c, m, (m.alpha[0], m.alpha_rest[0], m.beta[0]), 0, m.n)
    else:
        for j in range(m.n):
            decay_adjoint(c, m, (m.alpha[j], m.alpha_rest[j], m.beta[j]), j, j + 1)


@inlined
def decay_adjoint(
    c: FixedConstants, m: PopulationMemory, factors: tuple[Word, Word, Word], first: Word, last: Word
) -> None:
    """Decay lI and lV of neurons first .. last - 1, which have the same factors: alpha, 1 - alpha and beta."""
    clipped: Word = 0
    for j in range(first, last):
        sum_i = scale(m.adjoint_i[j], factors[0], m.noise[0, j]) + scale(m.adjoint_v[j], factors[1], m.noise[1, j])
        kept = narrow(sum_i, c.adjoint_low, c.adjoint_high)
        clipped += np.int64(kept != sum_i)
        m.adjoint_i[j] = kept
        m.adjoint_v[j] = scale(m.adjoint_v[j], factors[2], m.noise[2, j])
    m.saturated[ADJOINT] += clipped


@inlined
def add_to_adjoint(c: FixedConstants, m: PopulationMemory, j: Word, amount: Word) -> None:
    """lV[j] = narrow(lV[j] + amount)."""
    wide = m.adjoint_v[j] + amount
    m.adjoint_v[j] = narrow(wide, c.adjoint_low, c.adjoint_high)
    m.saturated[ADJOINT] += np.int64(m.adjoint_v[j] != wide)


@inlined
def add_kicks(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """lV = narrow(lV + kick) of each readout neuron whose maximum was in step i; with averages lV = narrow(lV + rnd(c_i kick)) of all."""
    down = 32 - c.error_to_adjoint_shift
    for j in range(m.n):
        if c.average.size > 0:
            add_to_adjoint(c, m, j, round_shift(m.kick[j] * c.average[i], down, half(down)))
        elif m.peak_step[j] == i:
            add_to_adjoint(c, m, j, m.kick[j] << c.error_to_adjoint_shift)


@inlined
def add_gradients(layout: Layout, m: PopulationMemory, i: int) -> None:
    """Gradient -= lI[i + d], in int64, for each spike of step i that came in."""
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
                    m.grad[w_at + j] -= m.past_adjoint[i * m.n + m.reach[r_at + j]]
            else:
                for j in range(m.n):
                    m.grad[w_at + j] -= m.adjoint_i[j]


@kernel
def backward_steps(
    c: FixedConstants, layout: Layout, m: PopulationMemory, sample: SampleId, record: Record, start: int, stop: int
) -> None:
    """Go from step start down to stop + 1: errors, jumps or kicks, decay, gradients. Adds to grad, delay_grad and g of the sources."""
    name_streams(c, m, sample, start, stop)
    for i in range(start, stop, -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors:
            send_errors(c, layout, m, sample, i)
        spike_jumps(c, m, i + 1)
        draw_noise(c, m, sample, i, fx.NOISE_ADJOINT_CURRENT)
        adjoint_decay(c, m)
        for k in range(m.ptr[i + 1], m.ptr[i + 2]):
            add_to_adjoint(c, m, m.ids[k], m.jump[k - m.ptr[i + 1]])
        add_gradients(layout, m, i)
        record_adjoints(record, m, sample.position, i)
