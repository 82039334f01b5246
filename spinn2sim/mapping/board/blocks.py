"""Blocks: what of a network stays together on one chip when it is placed over several.

All copies of a part of a population lie on one chip with the optimizer PEs of its weights and delays, so that gradients and weight bursts,
which are DMA, never leave a chip. Axonal delays are shared by all parts of a population, which then are one block. The loss PEs of all
copies are a block too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from spinn2sim.graph import Graph
from spinn2sim.mapping.optimizer_cuts import OptimizerCut
from spinn2sim.mapping.partition import CutPopulations


@dataclass(frozen=True)
class Block:
    """Parts of a population in all copies, with their optimizer units, or the loss of all copies."""

    # Of the loss: the output.
    population: int
    # None if this is the loss.
    parts: tuple[int, ...]
    # The neurons of one copy, and the PEs of all copies with those of the optimizer.
    neurons: int
    pes: int
    optimizers: int

    @property
    def is_loss(self) -> bool:
        """Whether this is the loss."""
        return not self.parts

    def name(self, graph: Graph) -> str:
        """Return what refusals call it."""
        if self.is_loss:
            return "the loss"
        parts = f"part {self.parts[0]}" if len(self.parts) == 1 else "all parts"
        return f"{parts} of population {graph.populations[self.population].name}"


def blocks_of(graph: Graph, cut: CutPopulations, optimizer: tuple[OptimizerCut, ...], copies: int) -> list[Block]:
    """Return the blocks of a network in the order of its populations and their parts, and the loss after its output."""
    units = Counter((unit.population, unit.part) for unit in optimizer)
    joined = {unit.population for unit in optimizer if unit.quantity == "axons"}
    blocks = []
    for population, shares in enumerate(cut.shares):
        numbers = range(len(shares))
        for parts in [tuple(numbers)] if population in joined else [(part,) for part in numbers]:
            neurons, held = sum(shares[part].size for part in parts), sum(units[population, part] for part in parts)
            blocks.append(Block(population, parts, neurons, copies * len(parts) + held, held))
        if population == graph.output:
            blocks.append(Block(population, (), shares[-1].last, copies, 0))
    return blocks
