"""Parts of the steps of one population and one sample in float64, directly by the equations, for chains and for any graph.

Populations that spike and readouts share the leak and the adjoint; they differ in the end of a step (`fire` or `note_maxima`) and in what
enters the adjoint (`spike_jumps` or `add_kicks`). The adjoint of a readout is exact in its weights: dW is dt times dL/dW, to rounding
(docs/reference/equations.md, Loss on the highest voltage).
"""

from __future__ import annotations

from firmware_models.fixedpoint import Word
from firmware_models.jit.vectors import LANES, above_mask, four_sums, lowest_bit
from spinn2sim.mirror.constants import FloatConstants
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import PopulationMemory, note_maxima
from spinn2sim.mirror.scratch import Values


@inlined
def decay_current(m: PopulationMemory, alpha: float, first: Word, last: Word) -> None:
    """I = alpha I of neurons first .. last - 1, which have the same alpha."""
    for j in range(first, last):
        m.current[j] *= alpha


@inlined
def leak(m: PopulationMemory, factors: tuple[float, float], first: Word, last: Word) -> None:
    """U = beta V + (1 - beta) I of neurons first .. last - 1, which have the same beta."""
    for j in range(first, last):
        m.voltage[j] = factors[0] * m.voltage[j] + factors[1] * m.current[j]


@inlined
def coast(m: PopulationMemory, alpha: float, factors: tuple[float, float], first: Word, last: Word) -> None:
    """I = alpha I; U = beta V + (1 - beta) I, of neurons to which nothing comes in and which have the same constants."""
    for j in range(first, last):
        current = alpha * m.current[j]
        m.current[j] = current
        m.voltage[j] = factors[0] * m.voltage[j] + factors[1] * current


@inlined
def fire(c: FloatConstants, m: PopulationMemory, count: Word) -> Word:
    """z = U > threshold, D = I - U, V = U (1 - z). Appends to ids, v_slope. Returns the number of events so far."""
    for low in range(0, m.n, LANES):
        mask = above_mask(m.voltage, low, c.threshold)
        while mask != 0:
            j = low + lowest_bit(mask)
            mask &= mask - 1
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


@inlined
def end_step(c: FloatConstants, m: PopulationMemory, i: int, count: Word) -> Word:
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
def error(m: PopulationMemory, w_at: Word, difference: Values, at: Word) -> float:
    """e = sum over j of w[source, j] difference[at + j], which is lV - lI, as four partial sums added as (0 + 1) + (2 + 3)."""
    whole = m.n - m.n % 4
    e0, e1, e2, e3 = four_sums(m.weights, w_at, difference, at, whole)
    for j in range(whole, m.n):
        e0 += m.weights[w_at + j] * difference[at + j]
    return (e0 + e1) + (e2 + e3)


@inlined
def spike_jumps(m: PopulationMemory, i: int) -> None:
    """jump = (lV + g) / (D + 1e-10) for each own spike of step i. Writes jump, one per spike."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        m.jump[k - m.ptr[i]] = (m.adjoint_v[m.place[m.ids[k]]] + m.g[k]) / (m.v_slope[k] + 1e-10)


@inlined
def decay_adjoint(m: PopulationMemory, factors: tuple[float, float, float], first: Word, last: Word) -> None:
    """Decay lI and lV at places first .. last - 1, whose neurons have the same factors: alpha, 1 - alpha and beta."""
    for j in range(first, last):
        m.adjoint_i[j] = factors[0] * m.adjoint_i[j] + factors[1] * m.adjoint_v[j]
        m.adjoint_v[j] = factors[2] * m.adjoint_v[j]


@inlined
def add_kicks(c: FloatConstants, m: PopulationMemory, i: int) -> None:
    """lV += kick of each readout neuron whose maximum was in step i; with averages lV += c_i kick of all."""
    if c.average.size > 0:
        for j in range(m.n):
            m.adjoint_v[j] += c.average[i] * m.kick[j]
    else:
        for j in range(m.n):
            if m.peak_step[j] == i:
                m.adjoint_v[j] += m.kick[j]


@inlined
def add_gradient(m: PopulationMemory, w_at: Word, tau_syn: float, first: Word, last: Word) -> None:
    """dW -= tau_syn lI of the synapses of one source on neurons first .. last - 1, which have the same tau_syn."""
    for j in range(first, last):
        m.grad[w_at + j] -= tau_syn * m.adjoint_i[j]


@inlined
def add_jumps(m: PopulationMemory, i: int) -> None:
    """lV += jump for each own spike of step i, whose neurons have places."""
    for k in range(m.ptr[i], m.ptr[i + 1]):
        m.adjoint_v[m.place[m.ids[k]]] += m.jump[k - m.ptr[i]]
