"""The forward and backward steps of one population of any graph and one sample in fixed point (docs/reference/networks.md)."""

from __future__ import annotations

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, half, narrow, noise, noise_stream, quotient, round_shift
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.fixed_population import (
    ERROR,
    SOURCE_SHIFT,
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
from spinn2sim.mirror.flat_arrays import Layout
from spinn2sim.mirror.kernel_decorators import inlined, kernel
from spinn2sim.mirror.population_memory import (
    PopulationMemory,
    SampleId,
    population_memory,
    record_adjoints,
    record_state,
)
from spinn2sim.mirror.quick_rounding import quick_decay, quick_leak, state_is_safe
from spinn2sim.mirror.resting import hold_resting, note_restarts, still_resting
from spinn2sim.mirror.scratch import Record, Scratch, Synapses


@inlined
def add_spikes(c: FixedConstants, layout: Layout, m: PopulationMemory, i: int) -> None:
    """Add the row of each spike of step i - 1 to `wide`, or to the sums of the steps in which it acts; then add the sums of step i."""
    for q in range(m.first_in, m.last_in):
        pre, low = layout.pre[q], m.event_at[layout.pre[q]]
        for k in range(m.all_ptr[pre, i - 1], m.all_ptr[pre, i]):
            w_at = (layout.first_row[q] + m.all_ids[low + k]) * m.n
            if layout.delay_max[q] > 0:
                r_at = layout.reach_at[q] + m.all_ids[low + k] * m.n
                if layout.axonal[q]:
                    at = i * m.n + m.reach[r_at]
                    for j in range(m.n):
                        m.arriving[at + j] += m.weights[w_at + j] << c.weight_to_state_shift
                else:
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
def integrate(c: FixedConstants, layout: Layout, m: PopulationMemory, i: int) -> None:
    """I = narrow(rnd(alpha I) + sum of w); U = narrow(rnd(beta V) + rnd((1 - beta) I))."""
    spikes: Word = 0
    for q in range(m.first_in, m.last_in):
        spikes += m.all_ptr[layout.pre[q], i]
    safe = state_is_safe(c, m, spikes)
    if safe:
        quick_decay(m, m.alpha_rest[0])
    else:
        for first in range(0, m.n, m.run):
            decay_current(m, m.alpha[first], first, first + m.run)
    add_spikes(c, layout, m, i)
    if safe:
        quick_leak(m, m.beta_rest[0])
    else:
        for first in range(0, m.n, m.run):
            leak(c, m, (m.beta[first], m.beta_rest[first]), first, first + m.run)


@kernel
def forward_steps(
    c: FixedConstants, layout: Layout, synapses: Synapses, s: Scratch, at: tuple[Word, Word], sample: SampleId, record: Record,
    span: tuple[Word, Word],
) -> None:  # fmt: skip
    """Run steps span[0] .. span[1] - 1 of population at[1] in chunk at[0].

    Writes ptr [T + 1], ids, v_slope, or, for the readout that answers, peak and peak_step.
    """
    m = population_memory(c, layout, synapses, s, at[0], at[1])
    count: Word = m.ptr[span[0]]
    for i in range(span[0], span[1]):
        draw_noise(c, m, sample, i, fx.NOISE_CURRENT)
        integrate(c, layout, m, i)
        hold_resting(layout, s, at[0], m, i)
        record_state(record, m, sample.position, i)
        count = end_step(c, m, i, count)


@inlined
def delayed_error(c: FixedConstants, layout: Layout, m: PopulationMemory, q: int, source: Word, i: int) -> Word:
    """e = sum over j of rnd(w[row, j] (lV - lI)[j] of step i + 1 + d), with the noise of step i + d.

    Adds each product, or their sum for an axon, to delay_grad.
    """
    row, r_at, d_at = layout.first_row[q] + source, layout.reach_at[q] + source * m.n, layout.delay_at[q]
    e = np.int64(0)
    if layout.axonal[q]:
        first = (i + 1) * m.n + m.reach[r_at]
        e = error(c, m, row, m.streams[first // m.n - 1], m.past_difference, first)
        if layout.learns_delays[q]:
            m.delay_grad[d_at + source] += e
    else:
        noisy = half(c.product_to_error_shift)
        for j in range(m.n):
            at = (i + 1) * m.n + m.reach[r_at + j]
            if c.stochastic:
                noisy = noise(True, c.product_to_error_shift, m.streams[at // m.n - 1], (row << SOURCE_SHIFT) + j)
            product = round_shift(m.weights[row * m.n + j] * m.past_difference[at], c.product_to_error_shift, noisy)
            e += product
            if layout.learns_delays[q]:
                m.delay_grad[d_at + source * m.n + j] += product
    return e


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
                            add_error(c, m, m.all_g, low + k, e)
            elif layout.errors[q]:
                stream = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)
                for j in range(m.n):
                    m.wide[j] = m.adjoint_v[j] - m.adjoint_i[j]
                for k in range(m.all_ptr[pre, i], m.all_ptr[pre, i + 1]):
                    add_error(
                        c, m, m.all_g, low + k, error(c, m, layout.first_row[q] + m.all_ids[low + k], stream, m.wide, 0)
                    )


@inlined
def name_streams(c: FixedConstants, m: PopulationMemory, sample: SampleId, start: int, stop: int) -> None:
    """Write the noise stream of the error products of steps stop + 1 .. start + longest, if a delayed product needs one."""
    if c.stochastic and m.longest > 0:
        for i in range(stop + 1, start + m.longest + 1):
            m.streams[i] = noise_stream(sample.seed, sample.batch, sample.slot, m.layer, i, fx.NOISE_ERROR)


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
                if layout.axonal[q]:
                    at = i * m.n + m.reach[r_at]
                    for j in range(m.n):
                        m.grad[w_at + j] -= m.past_adjoint[at + j]
                else:
                    for j in range(m.n):
                        m.grad[w_at + j] -= m.past_adjoint[i * m.n + m.reach[r_at + j]]
            else:
                for j in range(m.n):
                    m.grad[w_at + j] -= m.adjoint_i[j]


@inlined
def jumps_of_spikes(layout: Layout, c: FixedConstants, s: Scratch, h: int, m: PopulationMemory, i: int) -> None:
    """jump = rnd(I lV of the restart / D) + rnd(g / D), g = narrow(g), for each own spike of step i, if the population rests."""
    if layout.rest[m.layer] == 0:
        spike_jumps(c, m, i)
    else:
        own = s.event_at[m.layer]
        for k in range(m.ptr[i], m.ptr[i + 1]):
            g = narrow(m.g[k], c.error_low, c.error_high)
            m.saturated[ERROR] += np.int64(g != m.g[k])
            m.g[k] = g
            m.jump[k - m.ptr[i]] = quotient(s.restart[h, own + k], m.v_slope[k]) + quotient(
                (g << c.error_to_adjoint_shift) << c.state_bits, m.v_slope[k]
            )


@kernel
def backward_steps(
    c: FixedConstants, layout: Layout, synapses: Synapses, s: Scratch, at: tuple[Word, Word], sample: SampleId, record: Record,
    span: tuple[Word, Word],
) -> None:  # fmt: skip
    """Go from step span[0] down to span[1] + 1: errors, jumps or kicks, decay, gradients. Adds to grad, delay_grad and g of the sources."""
    m = population_memory(c, layout, synapses, s, at[0], at[1])
    name_streams(c, m, sample, span[0], span[1])
    for i in range(span[0], span[1], -1):
        if m.answers:
            add_kicks(c, m, i + 1)
            record_adjoints(record, m, sample.position, i + 1)
        if m.needs_errors:
            send_errors(c, layout, m, sample, i)
        note_restarts(layout, s, at[0], m, i + 1)
        jumps_of_spikes(layout, c, s, at[0], m, i + 1)
        draw_noise(c, m, sample, i, fx.NOISE_ADJOINT_CURRENT)
        decay_adjoints(c, m, m.n)
        still_resting(layout, m, i + 1)
        add_jumps(c, m, i + 1)
        add_gradients(layout, m, i)
        record_adjoints(record, m, sample.position, i)
