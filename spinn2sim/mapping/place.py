"""Places a partition: gives every share, loss and optimizer unit a PE, with each copy's PEs close together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spinn2sim.hardware.facts import PES_PER_QUAD, QUADS
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.plan import Share
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.optimizer_cuts import Quantity
from spinn2sim.mapping.partition import Partition


@dataclass(frozen=True)
class PlacedNetwork:
    """A partition with the core id of each of its parts that lie on one chip, which has all copies of a part with its optimizer units.

    The units of `partition` are those on the chip, while its shares are those of the whole network.
    """

    partition: Partition
    # Sorted by (population, copy, part).
    shares: tuple[Share, ...]
    # By copy; empty if another chip has the loss.
    loss_cores: tuple[int, ...]
    # By optimizer unit.
    optimizer_cores: tuple[int, ...]

    def shares_of(self, population: int) -> list[Share]:
        """Return the shares of a population in all copies: share n is row n of the population's group."""
        return self._by_population.get(population, [])

    @property
    def populations(self) -> tuple[int, ...]:
        """The populations of which there are shares."""
        return tuple(sorted(self._by_population))

    def stride(self, population: int, quantity: Quantity = "weights") -> int:
        """Return the words from one source row to the next: as many as the largest share of the population has neurons; 1 for axons."""
        return 1 if quantity == "axons" else max(share.size for share in self.shares_of(population))

    def buffer_words(self, population: int, quantity: Quantity) -> int:
        """Return the words of one buffer slot of a population's optimizer group, which has room for the largest unit."""
        rows = max(cut.rows.size for _, cut in self.partition.units_of(population, quantity))
        return rows * self.stride(population, quantity)

    @cached_property
    def _by_population(self) -> dict[int, list[Share]]:
        found: dict[int, list[Share]] = {}
        for share in self.shares:
            found.setdefault(share.layer, []).append(share)
        return found


def place_network(
    cut: Partition, options: MappingOptions, hardware: HardwareOptions, rng: np.random.Generator
) -> PlacedNetwork:
    """Give every part of a partition a PE. There are enough, since `partition` refuses networks that need too many."""
    parts = tuple(tuple(range(len(shares))) for shares in cut.shares)
    return place_parts(cut, parts, True, options, hardware, rng)


def place_parts(
    cut: Partition,
    parts: Sequence[Sequence[int]],
    loss: bool,
    options: MappingOptions,
    hardware: HardwareOptions,
    rng: np.random.Generator,
) -> PlacedNetwork:
    """Give PEs to some parts of each population in all copies, to the loss if it is to be here, and to the optimizer units of `cut`."""
    blocks, optimizer_cores = place(
        options.copies,
        sum(map(len, parts)) + loss,
        len(cut.optimizer),
        hardware.usable_pes,
        options.placement,
        rng,
    )
    shares: list[Share] = []
    at = 0  # the position in a copy's block, which is filled population by population
    for population, numbers in enumerate(parts):
        for copy, block in enumerate(blocks):
            for position, part in enumerate(numbers, at):
                neurons = cut.shares[population][part]
                shares.append(Share(population, copy, part, neurons.first, neurons.last, block[position]))
        at += len(numbers)
    return PlacedNetwork(cut, tuple(shares), tuple(block[at] for block in blocks) if loss else (), optimizer_cores)


def place(
    copies: int, pes_per_copy: int, optimizers: int, usable: Collection[int], placement: str, rng: np.random.Generator
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Choose the core ids of each copy's PEs and of the optimizer PEs.

    If a copy fits into a quad and there are enough quads, each copy gets PEs of one quad; otherwise copies take consecutive PEs of
    cores_along_mesh(). "random" assigns these blocks of PEs in a seeded random order. Only `usable` core ids are taken.
    """
    along = [core for core in cores_along_mesh() if core in usable]
    blocks = _quad_blocks(along, pes_per_copy)
    if len(blocks) < copies:
        blocks = [tuple(along[c * pes_per_copy : (c + 1) * pes_per_copy]) for c in range(copies)]
    order = rng.permutation(len(blocks)) if placement == "random" else np.arange(len(blocks))
    chosen = tuple(blocks[int(b)] for b in order[:copies])
    taken = {core for block in chosen for core in block}
    free = [core for core in along if core not in taken]
    return chosen, tuple(free[:optimizers])


def cores_along_mesh() -> tuple[int, ...]:
    """List core ids such that neighbours are close together: quads column by column, alternately up and down, four PEs each."""
    quads = sorted(range(len(QUADS)), key=lambda q: (QUADS[q][0], QUADS[q][1] if QUADS[q][0] % 2 else -QUADS[q][1]))
    return tuple(q * PES_PER_QUAD + pe + 1 for q in quads for pe in range(PES_PER_QUAD))


def _quad_blocks(usable: list[int], size: int) -> list[tuple[int, ...]]:
    """Make all blocks of `size` PEs that lie within one quad."""
    by_quad: dict[int, list[int]] = {}
    for core in usable:
        by_quad.setdefault((core - 1) // PES_PER_QUAD, []).append(core)
    return [
        tuple(cores[at : at + size])
        for cores in by_quad.values()
        for at in range(0, len(cores) - size + 1, size)
        if size <= PES_PER_QUAD
    ]
