"""Random numbers that seed, tick and neuron name, so that they do not depend on the order in which neurons are updated."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel

# The constants of splitmix64 (Steele, Lea & Flood 2014).
GOLDEN, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S40, NEURON_BITS = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(40), np.uint64(18)
UNIT = np.float32(1 / (1 << 24))


@kernel
def name_of(seed: Word, step: Word, neuron: Word) -> Any:
    """Return the name of a neuron's random number in a tick."""
    return np.uint64(seed) + ((np.uint64(step) << NEURON_BITS) | np.uint64(neuron)) * GOLDEN + GOLDEN


@kernel
def uniform(name: Any) -> Any:
    """Return the random number of a name: 24 bits in [0, 1), as float32, by splitmix64."""
    word = (name ^ (name >> S30)) * FIRST
    word = (word ^ (word >> S27)) * SECOND
    return np.float32((word ^ (word >> S31)) >> S40) * UNIT
