"""Chooses a chip for each block, so that blocks that talk to each other are near each other.

The heuristic: blocks are taken one after the other, and each goes to the chip, of those that still have enough PEs, on which its packets
from and to the blocks that have been placed would pass the fewest links; of equal chips the first. So a chip is filled before its
neighbours are. Blocks are taken in the order of the populations; if then one finds no room, they are placed anew, the largest first.

What passes a link is counted for one copy: a spike of a neuron passes to each block that hears of it, and an error to its neuron comes from
each of these, unless the neuron is an input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph
from spinn2sim.hardware.board.board_routes import hops_from
from spinn2sim.hardware.board.shape import Board
from spinn2sim.mapping.board.blocks import Block

Room = NDArray[np.int64]


class Unplaced(NamedTuple):
    """A block for which no chip has room, and the PEs that are left on each chip."""

    block: Block
    room: tuple[int, ...]


def place_blocks(
    graph: Graph, blocks: Sequence[Block], board: Board, room: Sequence[int]
) -> tuple[int, ...] | Unplaced:
    """Return the number of each block's chip; `room` are the PEs of each chip. If it is too little, return the block that was left."""
    hops = hops_between(board)
    in_order = _place(graph, blocks, range(len(blocks)), hops, room)
    if not isinstance(in_order, Unplaced):
        return in_order
    largest_first = sorted(range(len(blocks)), key=lambda n: -blocks[n].pes)
    return _place(graph, blocks, largest_first, hops, room)


def hops_between(board: Board) -> NDArray[np.int64]:
    """Count the links from each chip to each, [chip, chip]; as many as there are chips if no way leads from one to the other."""
    chips = board.chips
    hops = np.full((len(chips), len(chips)), len(chips), np.int64)
    for n, chip in enumerate(chips):
        for other, links in hops_from(board, chip).items():
            hops[n, board.numbers[other]] = links
    return hops


def _place(
    graph: Graph, blocks: Sequence[Block], order: Sequence[int], hops: NDArray[np.int64], room: Sequence[int]
) -> tuple[int, ...] | Unplaced:
    """Place the blocks in an order."""
    left, found = np.array(room, np.int64), np.zeros(len(blocks), np.int64)
    links = _weights(graph)
    # Of each population (after them: of the loss) on each chip, the neurons, and the blocks.
    neurons, many = np.zeros((len(links), len(left)), np.int64), np.zeros((len(links), len(left)), np.int64)
    for n in order:
        block = blocks[n]
        kind = len(links) - 1 if block.is_loss else block.population
        fits = left >= block.pes
        if not fits.any():
            return Unplaced(block, tuple(int(one) for one in left))
        heard = links[kind] @ many * block.neurons + links[:, kind] @ neurons
        cost = np.where(fits, hops @ heard, np.iinfo(np.int64).max)
        chip = found[n] = int(cost.argmin())
        left[chip] -= block.pes
        neurons[kind, chip] += block.neurons
        many[kind, chip] += 1
    return tuple(int(chip) for chip in found)


def _weights(graph: Graph) -> NDArray[np.int64]:
    """Return the packets of a neuron [from population, to population]: a spike, and an error back. The last population is the loss."""
    count = len(graph.populations)
    weights = np.zeros((count + 1, count + 1), np.int64)
    for projection in graph.projections:
        weights[projection.pre, projection.post] = 1 if graph.populations[projection.pre].kind == "input" else 2
    weights[graph.output, count] = 2
    return weights
