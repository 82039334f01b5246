"""The parts of a tick that neuron models beyond LIF have: adaptive thresholds, chance, and Izhikevich's two equations.

The order of the original's updates is not published: these models are approximate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.programs.script_state import ADAPTIVE, CHANCE, IZHIKEVICH, POISSON, ScriptState

# The constants of splitmix64 (Steele, Lea & Flood 2014).
GOLDEN, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S40, NEURON_BITS = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(40), np.uint64(18)
UNIT = np.float32(1 / (1 << 24))
HALF, SQUARE, LINEAR, CONSTANT = np.float32(0.5), np.float32(0.04), np.float32(5.0), np.float32(140.0)


@kernel
def draw(seed: Word, step: Word, neuron: Word) -> Any:
    """Return a random number of 24 bits in [0, 1) that seed, tick and neuron name: splitmix64 of their words."""
    word = np.uint64(seed) + ((np.uint64(step) << NEURON_BITS) | np.uint64(neuron)) * GOLDEN + GOLDEN
    word = (word ^ (word >> S30)) * FIRST
    word = (word ^ (word >> S27)) * SECOND
    return np.float32((word ^ (word >> S31)) >> S40) * UNIT


@kernel
def izhikevich(s: ScriptState, n: Word, current: Any) -> None:
    """Update v in two half steps and u in one, with own = (a, b, d)."""
    for _ in range(2):
        v = s.v[n]
        s.v[n] = v + HALF * (((SQUARE * v) * v + LINEAR * v + CONSTANT) - s.second[n] + current)
    s.second[n] = s.second[n] + s.own[n, 0] * (s.own[n, 1] * s.v[n] - s.second[n])


@kernel
def integrate_model(s: ScriptState, row: Word, n: Word, exc: Any, inh: Any) -> Any:
    """Update a neuron with its input; returns whether it was refractory, in which case v stays."""
    quiet = s.silent[n] > 0
    if quiet:
        s.silent[n] -= 1
    if s.model[row] == IZHIKEVICH:
        izhikevich(s, n, (exc - inh) + s.offset[n])
    elif not quiet:
        s.v[n] = s.v[n] * s.alpha[n] + ((exc - inh) + s.offset[n])
    if s.model[row] == ADAPTIVE:
        s.second[n] = s.second[n] * s.own[n, 0]
    return quiet


@kernel
def model_fires(s: ScriptState, row: Word, step: Word, n: Word, quiet: Any) -> Any:
    """Whether a neuron fires: own = (probability,) of those that fire by chance, (decay, increment) of an adaptive threshold."""
    model = s.model[row]
    neuron = s.first[row] + n - s.at[row]
    if model == POISSON:
        return (not quiet) and draw(s.seed[row], step, neuron) < s.own[n, 0]
    if model == ADAPTIVE:
        return s.v[n] >= s.threshold[n] + s.second[n]
    if model == CHANCE:
        return s.v[n] >= s.threshold[n] and draw(s.seed[row], step, neuron) < s.own[n, 0]
    return s.v[n] >= s.threshold[n]


@kernel
def reset_model(s: ScriptState, row: Word, n: Word) -> None:
    """Reset a neuron that fired."""
    s.v[n] = s.v[n] - s.threshold[n] if s.subtracts[row] != 0 else s.v_reset[n]
    s.silent[n] = s.refractory[n]
    if s.model[row] == ADAPTIVE:
        s.second[n] = s.second[n] + s.own[n, 1]
    elif s.model[row] == IZHIKEVICH:
        s.second[n] = s.second[n] + s.own[n, 2]
