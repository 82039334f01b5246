"""What the programs of a chip's PEs must know of the board: the chip's place in the exchange, and where its copies begin."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.plan import Group
from spinn2sim.mapping.board.board_exchange import BoardExchange
from spinn2sim.mapping.build import MappedChip

NOT_EXCHANGED = -1  # the unit of an optimizer PE that learns nothing
NOISY = ("lif", "readout")  # the programs that round by noise which is named by the copy


def board_groups(board: Board, chip: Chip, mapped: MappedChip) -> tuple[Group, ...]:
    """Return the groups of a chip. Those with neurons know how many copies the chips before it have, so that noise differs."""
    first = {"first_copy": board.numbers[chip] * mapped.problem.options.copies}
    return tuple(
        replace(group, scalars={**group.scalars, **first}) if group.program in NOISY else group
        for group in mapped.groups
    )


def exchange_groups(exchange: BoardExchange, board: Board, chip: Chip, mapped: MappedChip) -> tuple[Group, ...]:
    """Return the groups of a chip, those of optimizers with the chip's place in the tree, and the number of each PE's unit."""
    tree, cut = exchange.tree, mapped.network.partition
    scalars = {
        "exchange_chunk": exchange.chunk,
        "exchange_chunks": exchange.chunks,
        "exchange_depth": tree.depth[chip],
        "exchange_deepest": tree.deepest,
        "chip": board.numbers[chip],
    }
    numbers = {unit: number for number, unit in enumerate(exchange.learning)}
    units = {
        cut.optimizer_group(*kind): tuple(numbers.get(unit, NOT_EXCHANGED) for unit, _ in cut.units_of(*kind))
        for kind in cut.optimized
    }
    return tuple(
        replace(group, scalars={**group.scalars, **scalars}, columns={**group.columns, "unit": units[group.name]})
        if group.name in units
        else group
        for group in board_groups(board, chip, mapped)
    )
