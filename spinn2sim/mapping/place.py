"""Gives every share and optimizer unit a PE, each copy on PEs that lie together; it knows positions, not contents."""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.facts import N_CORES, PES_PER_QUAD, QUADS


def walk() -> tuple[int, ...]:
    """Core ids in an order in which neighbours lie together: quads column by column, up and down in turn, four PEs each."""
    quads = sorted(range(len(QUADS)), key=lambda q: (QUADS[q][0], QUADS[q][1] if QUADS[q][0] % 2 else -QUADS[q][1]))
    return tuple(q * PES_PER_QUAD + pe + 1 for q in quads for pe in range(PES_PER_QUAD))


def place(
    copies: int, pes_per_copy: int, optimizers: int, reserved: int, placement: str, rng: np.random.Generator
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Core ids of each copy's PEs and of the optimizer PEs.

    A copy that fits a quad gets a quad's PEs if enough quads are whole; else copies take consecutive PEs of the walk. "random"
    deals the copies' places in a seeded order. The highest `reserved` core ids stay free. There are PEs enough: partition saw to it.
    """
    usable = [core for core in walk() if core <= N_CORES - reserved]
    blocks = _quad_blocks(usable, pes_per_copy)
    if len(blocks) < copies:
        blocks = [tuple(usable[c * pes_per_copy : (c + 1) * pes_per_copy]) for c in range(copies)]
    order = rng.permutation(len(blocks)) if placement == "random" else np.arange(len(blocks))
    chosen = tuple(blocks[int(b)] for b in order[:copies])
    taken = {core for block in chosen for core in block}
    free = [core for core in usable if core not in taken]
    return chosen, tuple(free[:optimizers])


def _quad_blocks(usable: list[int], size: int) -> list[tuple[int, ...]]:
    """As many blocks of `size` PEs inside one quad as there are."""
    by_quad: dict[int, list[int]] = {}
    for core in usable:
        by_quad.setdefault((core - 1) // PES_PER_QUAD, []).append(core)
    return [
        tuple(cores[at : at + size])
        for cores in by_quad.values()
        for at in range(0, len(cores) - size + 1, size)
        if size <= PES_PER_QUAD
    ]
