"""The routing entries of the exchange between chips: partial sums to the parent, totals down the tree."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.errors import MappingError
from spinn2sim.hardware.board.exchange_keys import (
    MOST_UNITS,
    ROUTED,
    UNIT_SHIFT,
    ExchangeKey,
    Role,
    partial_route,
    total_route,
)
from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.mapping.board.board_exchange import BoardExchange

ANY_UNIT = ROUTED & ~((MOST_UNITS - 1) << UNIT_SHIFT)


def exchange_entries(
    exchange: BoardExchange, board: Board, chip: Chip, cores: tuple[int, ...]
) -> Iterator[RoutingEntry]:
    """Yield the entries of one chip, whose optimizer PEs that learn are `cores`.

    Its own partial sums leave over the link to its parent, those of its children go to the optimizer PE of their unit. Totals come down
    the tree, to the optimizer PE of their unit and on to the children; the root, which makes them, has them already.
    """
    tree = exchange.tree
    children = tree.children[chip]
    if chip != tree.root:
        yield RoutingEntry(ExchangeKey(Role.PARTIAL, board.numbers[chip], 0).pack(), ANY_UNIT, (), (tree.parent[chip],))
    for link in children:
        child = board.neighbour(chip, link)
        assert child is not None  # noqa: S101 - a tree has only links that work
        for unit, core in enumerate(cores):
            yield RoutingEntry(*partial_route(board.numbers[child], unit), (core,))
    if chip == tree.root:
        yield RoutingEntry(ExchangeKey(Role.TOTAL, 0, 0).pack(), ANY_UNIT, (), children)
        return
    for unit, core in enumerate(cores):
        yield RoutingEntry(*total_route(unit), (core,), children)


def exchanged_keys(exchange: BoardExchange, board: Board, chip: Chip) -> tuple[tuple[int, int], ...]:
    """Return the keys and masks of all that the PEs of a chip send over links: one for each optimizer PE that learns."""
    units = range(len(exchange.learning))
    if chip == exchange.tree.root:
        return tuple(total_route(unit) for unit in units)
    return tuple(partial_route(board.numbers[chip], unit) for unit in units)


def with_exchange(
    entries: tuple[RoutingEntry, ...], more: tuple[RoutingEntry, ...], chip: Chip, lines: int
) -> tuple[RoutingEntry, ...]:
    """Return all entries of a chip. Raises MappingError if they are more than the `lines` of its table."""
    needed = len(entries) + len(more)
    if needed > lines:
        dead = f", of which {ROUTER_ENTRIES - lines} are dead" if lines < ROUTER_ENTRIES else ""
        raise MappingError(
            f"the event router's table of chip {chip} needs {needed} entries, {len(more)} of them for the exchange with other chips; "
            f"there are {ROUTER_ENTRIES}{dead}; lower training.copies or cut populations into fewer parts"
        )
    return (*entries, *more)
