"""Named random generators: each use has its own, so that uses do not influence each other."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, name: str, *indices: int) -> np.random.Generator:
    """Return the generator of one use, such as generator(seed, "order", epoch). The name is hashed with SHA-256."""
    digest = hashlib.sha256(name.encode()).digest()
    words = tuple(int.from_bytes(digest[4 * k : 4 * k + 4], "little") for k in range(4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(*words, *indices))))
