"""Named random numbers: each use has a generator of its own, so that one use does not change another."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, name: str, *indices: int) -> np.random.Generator:
    """Return the generator of one use, e.g. generator(seed, "order", epoch); the name enters by its SHA-256."""
    digest = hashlib.sha256(name.encode()).digest()
    words = tuple(int.from_bytes(digest[4 * k : 4 * k + 4], "little") for k in range(4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(*words, *indices))))
