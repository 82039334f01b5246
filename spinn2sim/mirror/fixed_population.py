"""Parts of the steps of one population and one sample in fixed point, rounded as on a PE, for chains and for any graph.

Each product is rounded, sums are int64, and values are narrowed when they are stored, where clipping is counted. A population that spikes
and a readout share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in what enters the adjoint
(`spike_jumps` or `add_kicks`). This code was written independently of the chip's firmware, from the same equations.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, half, narrow, noise, noise_stream, quotient, round_shift, scale
from firmware_models.jit.vectors import LANES, above_mask, lowest_bit
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import Ints, PopulationMemory, SampleId, note_maxima
from spinn2sim.mirror.quick_rounding import adjoint_is_safe, quick_adjoint_decay, quick_error
from spinn2sim.mirror.scratch import Values

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
def decay_current(m: PopulationMemory, alpha: Word, first: Word, last: Word) -> None:
    """wide = rnd(alpha I) of neurons first .. last - 1, which have the same alpha."""
    for j in range(first, last):
        m.wide[j] = scale(m.current[j], alpha, m.noise[0, j])


@inlined
def leak(c: FixedConstants, m: PopulationMemory, factors: tuple[Word, Word], first: Word, last: Word) -> None:
    """I = narrow(wide); U = narrow(rnd(beta V) + rnd((1 - beta) I)) of neurons first .. last - 1, which have the same beta."""
    clipped: Word = 0
    for j in range(first, last):
        current = narrow(m.wide[j], c.state_low, c.state_high)
        sum_u = scale(m.voltage[j], factors[0], m.noise[1, j]) + scale(current, factors[1], m.noise[2, j])
        u = narrow(sum_u, c.state_low, c.state_high)
        clipped += np.int64(current != m.wide[j]) + np.int64(u != sum_u)
        m.current[j] = current
        m.voltage[j] = u
    m.saturated[STATE] += clipped


@inlined
def fire(c: FixedConstants, m: PopulationMemory, count: Word) -> Word:
    """z = U > threshold, D = narrow(max(1, I - U)), V = U (1 - z). Appends to ids, v_slope. Returns the number of events so far."""
    clipped: Word = 0
    for low in range(0, m.n, LANES):
        mask = above_mask(m.voltage, low, c.threshold)
        while mask != 0:
            j = low + lowest_bit(mask)
            mask &= mask - 1
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


@inlined
def end_step(c: FixedConstants, m: PopulationMemory, i: int, count: Word) -> Word:
    """Write what follows from the voltages of step i: peak and peak_step, or spikes. Returns the number of spikes so far."""
    if m.answers and c.average.size > 0:
        add_average(c, m, i)
    elif m.answers:
        note_maxima(m, i)
    elif m.spikes:
        count = fire(c, m, count)
    m.ptr[i + 1] = count
    return count


@inlined
def wide_error(c: FixedConstants, m: PopulationMemory, row: Word, stream: Word, difference: Values, at: Word) -> Word:
    """e = sum over j of rnd(w[row, j] difference[at + j]) in 64 bits."""
    e = np.int64(0)
    for j in range(m.n):
        noisy = noise(c.stochastic, c.product_to_error_shift, stream, (row << SOURCE_SHIFT) + j)
        e += round_shift(m.weights[row * m.n + j] * difference[at + j], c.product_to_error_shift, noisy)
    return e


@inlined
def error(c: FixedConstants, m: PopulationMemory, row: Word, stream: Word, difference: Values, at: Word) -> Word:
    """e = sum over j of rnd(w[row, j] difference[at + j]), which is lV - lI."""
    if adjoint_is_safe(c, m):
        e = quick_error(c, m, row, difference, at)
    else:
        e = wide_error(c, m, row, stream, difference, at)
    return e


@inlined
def add_error(c: FixedConstants, m: PopulationMemory, g: Ints, event: Word, e: Word) -> None:
    """g of the event += narrow(e), in int64."""
    sent = narrow(e, c.error_low, c.error_high)
    g[event] += sent
    m.saturated[ERROR] += np.int64(sent != e)


@inlined
def spike_jumps(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """g = narrow(g); jump = quotient((lV + g) << state bits, D) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        g = narrow(m.g[k], c.error_low, c.error_high)
        m.saturated[ERROR] += np.int64(g != m.g[k])
        m.g[k] = g
        numerator = (m.adjoint_v[m.place[m.ids[k]]] + (g << c.error_to_adjoint_shift)) << c.state_bits
        m.jump[k - m.ptr[i]] = quotient(numerator, m.v_slope[k])


@inlined
def decay_adjoint(
    c: FixedConstants, m: PopulationMemory, factors: tuple[Word, Word, Word], first: Word, last: Word
) -> None:
    """Decay lI and lV at places first .. last - 1, whose neurons have the same factors: alpha, 1 - alpha and beta."""
    clipped: Word = 0
    for j in range(first, last):
        k = m.active[j]
        sum_i = scale(m.adjoint_i[j], factors[0], m.noise[0, k]) + scale(m.adjoint_v[j], factors[1], m.noise[1, k])
        kept = narrow(sum_i, c.adjoint_low, c.adjoint_high)
        clipped += np.int64(kept != sum_i)
        m.adjoint_i[j] = kept
        m.adjoint_v[j] = scale(m.adjoint_v[j], factors[2], m.noise[2, k])
    m.saturated[ADJOINT] += clipped


@inlined
def decay_adjoints(c: FixedConstants, m: PopulationMemory, places: Word) -> None:
    """lI = narrow(rnd(alpha lI) + rnd((1 - alpha) lV)); lV = rnd(beta lV), at places 0 .. places - 1."""
    if adjoint_is_safe(c, m):
        quick_adjoint_decay(m, m.alpha_rest[0], m.beta_rest[0], places)
    else:
        for first in range(0, places, m.run):
            decay_adjoint(c, m, (m.alpha[first], m.alpha_rest[first], m.beta[first]), first, min(first + m.run, places))
    m.bound[0] += 1


@inlined
def add_to_adjoint(c: FixedConstants, m: PopulationMemory, j: Word, amount: Word) -> None:
    """lV = narrow(lV + amount) at place j."""
    wide = m.adjoint_v[j] + amount
    m.adjoint_v[j] = narrow(wide, c.adjoint_low, c.adjoint_high)
    m.saturated[ADJOINT] += np.int64(m.adjoint_v[j] != wide)
    m.bound[0] = max(m.bound[0], abs(m.adjoint_v[j]))


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
def add_jumps(c: FixedConstants, m: PopulationMemory, i: int) -> None:
    """lV = narrow(lV + jump) for each own spike of step i."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        add_to_adjoint(c, m, m.place[m.ids[k]], m.jump[k - m.ptr[i]])
