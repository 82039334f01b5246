"""The steps of a population in fixed point in fewer operations, where nothing can clip and products are rounded to nearest: the same bits.

With r = 2^32 - f below 2^31, round(f x / 2^32) = x + floor((2^31 - r x) / 2^32): one product of two signed words of 32 bits, which vector
units have. Nothing can clip where these bounds hold:

- All weights that have come in add up to at most (spikes so far) (largest weight), and rounding adds at most 1/2 in each step. So
  |I| <= spikes * largest + steps. U is between I and the V before, but for a rounding of each, so |U| is at most `steps` more.
- lI and lV decay to a number between them, but for roundings of at most 1, so a bound of both grows by 1 in each step, and otherwise only
  with lV at a spike.

This code was written independently of the chip's firmware, from the same equations.
"""

from __future__ import annotations

import numpy as np

from firmware_models.fixedpoint import Word, half
from spinn2sim.mirror.constants import FixedConstants
from spinn2sim.mirror.kernel_decorators import inlined
from spinn2sim.mirror.population_memory import PopulationMemory
from spinn2sim.mirror.scratch import Values

HALF = 1 << 31


@inlined
def state_is_safe(c: FixedConstants, m: PopulationMemory, spikes: Word) -> bool:
    """Return whether no I or U can clip after so many spikes that came in, and the neurons are alike."""
    return c.quick and m.run == m.even and spikes * m.largest <= c.state_room


@inlined
def adjoint_is_safe(c: FixedConstants, m: PopulationMemory) -> bool:
    """Return whether no adjoint can clip in the next decay, lV - lI fits into 32 bits, and the neurons are alike."""
    return c.quick and m.run == m.even and m.bound[0] < c.adjoint_room


@inlined
def quick_decay(m: PopulationMemory, alpha_rest: Word) -> None:
    """wide = rnd(alpha I) of all neurons."""
    rest = np.int64(np.int32(alpha_rest))
    for j in range(m.even):
        current = m.current[j]
        m.wide[j] = current + ((HALF - np.int64(np.int32(current)) * rest) >> 32)


@inlined
def quick_leak(m: PopulationMemory, beta_rest: Word) -> None:
    """I = wide; U = rnd(beta V) + rnd((1 - beta) I) of all neurons."""
    rest = np.int64(np.int32(beta_rest))
    for j in range(m.even):
        current, voltage = m.wide[j], m.voltage[j]
        kept = (HALF - np.int64(np.int32(voltage)) * rest) >> 32
        m.voltage[j] = voltage + kept + ((HALF + np.int64(np.int32(current)) * rest) >> 32)
        m.current[j] = current


@inlined
def quick_coast(m: PopulationMemory, alpha_rest: Word, beta_rest: Word) -> None:
    """Do both of all neurons, to which nothing comes in."""
    rest_i, rest_v = np.int64(np.int32(alpha_rest)), np.int64(np.int32(beta_rest))
    for j in range(m.even):
        before, voltage = m.current[j], m.voltage[j]
        current = before + ((HALF - np.int64(np.int32(before)) * rest_i) >> 32)
        kept = (HALF - np.int64(np.int32(voltage)) * rest_v) >> 32
        m.voltage[j] = voltage + kept + ((HALF + np.int64(np.int32(current)) * rest_v) >> 32)
        m.current[j] = current


@inlined
def quick_adjoint_decay(m: PopulationMemory, alpha_rest: Word, beta_rest: Word, last: Word) -> None:
    """lI = rnd(alpha lI) + rnd((1 - alpha) lV); lV = rnd(beta lV), of places 0 .. last - 1."""
    rest_i, rest_v = np.int64(np.int32(alpha_rest)), np.int64(np.int32(beta_rest))
    for j in range(last):
        adjoint_i, adjoint_v = m.adjoint_i[j], m.adjoint_v[j]
        kept = (HALF - np.int64(np.int32(adjoint_i)) * rest_i) >> 32
        m.adjoint_i[j] = adjoint_i + kept + ((HALF + np.int64(np.int32(adjoint_v)) * rest_i) >> 32)
        m.adjoint_v[j] = adjoint_v + ((HALF - np.int64(np.int32(adjoint_v)) * rest_v) >> 32)


@inlined
def quick_error(c: FixedConstants, m: PopulationMemory, row: Word, difference: Values, at: Word) -> Word:
    """e = sum over j of rnd(w[row, j] difference[at + j]), where both fit into 32 bits."""
    e, noise = np.int64(0), half(c.product_to_error_shift)
    for j in range(m.n):
        product = np.int64(np.int32(m.weights[row * m.n + j])) * np.int64(np.int32(difference[at + j]))
        e += (product + noise) >> c.product_to_error_shift
    return e
