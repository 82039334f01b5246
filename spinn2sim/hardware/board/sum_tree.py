"""The tree of links along which the chips of a board sum what each of them has, and get the total back.

Each chip adds what its children have sent, so a tree is good that is flat and in which no chip has more than two children. Such a tree is
grown from each root, level by level: as many chips as possible are joined to those of the last level (a maximum matching, in which chips of
one order come first). Of all roots the one with the best tree is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from spinn2sim.hardware.board.shape import Board, Chip, opposite

# How many children a chip has at most, where the links allow it.
CHILDREN = 2
# For each chip its neighbours over links that work in both directions, with the link to each: the first one if there are two.
Neighbours = dict[Chip, dict[Chip, int]]
# Which chips are joined first: those with the least number, given the chip and the chips that are joined already.
Order = Callable[[Chip, set[Chip]], int]
# Children beyond two, the greatest depth, the number of the root: less is better.
Rank = tuple[int, int, int]


@dataclass(frozen=True)
class SumTree:
    """A tree over all chips of a board. The depth of the root is 0, and `deepest` is the greatest depth."""

    root: Chip
    # The link to the parent; the root has none.
    parent: Mapping[Chip, int]
    # The links to the children of each chip, in ascending order.
    children: Mapping[Chip, tuple[int, ...]]
    depth: Mapping[Chip, int]
    deepest: int


@lru_cache(maxsize=16)
def sum_tree(board: Board) -> SumTree:
    """Return the tree with the fewest children beyond two for each chip, then the least depth found, then the first root in (y, x).

    Raises ValueError if the links do not join all chips.
    """
    _require_joined(board)
    neighbours = two_way_neighbours(board)
    hops = {chip: distances(chip, neighbours) for chip in board.chips}
    # No tree is flatter than the way to its farthest chip, or than a binary tree of so many chips.
    least = {chip: max(*hops[chip].values(), len(board.chips).bit_length() - 1) for chip in board.chips}
    found: dict[Rank, SumTree] = {}
    for root in sorted(board.chips, key=lambda chip: (least[chip], board.numbers[chip])):
        if found and min(found) < (0, least[root], board.numbers[root]):
            continue
        for order in _orders(hops[root], neighbours):
            tree = _as_tree(root, _grown(root, board, neighbours, order), neighbours)
            found.setdefault((_beyond(tree), tree.deepest, board.numbers[root]), tree)
    return found[min(found)]


def two_way_neighbours(board: Board) -> Neighbours:
    """Return the neighbours of each chip over links that work in both directions."""
    found: Neighbours = {chip: {} for chip in board.chips}
    for chip, link, other in board.links():
        if board.neighbour(other, opposite(link)) == chip:
            found[chip].setdefault(other, link)
    return found


def distances(start: Chip, neighbours: Neighbours) -> dict[Chip, int]:
    """Count the links on the shortest way from `start` to each chip that can be reached."""
    hops, waiting = {start: 0}, [start]
    for chip in waiting:
        for other in neighbours[chip]:
            if other not in hops:
                hops[other] = hops[chip] + 1
                waiting.append(other)
    return hops


def chips_apart(board: Board) -> list[Chip]:
    """Return the chips that no way over links that work in both directions joins with the first chip."""
    reached = distances(board.chips[0], two_way_neighbours(board)) if board.chips else {}
    return [chip for chip in board.chips if chip not in reached]


def _require_joined(board: Board) -> None:
    """Raise ValueError if there is no way over links between two chips, or no chip."""
    if not board.chips:
        raise ValueError("a board without a chip has no tree")
    apart = chips_apart(board)
    if apart:
        raise ValueError(
            f"{len(apart)} of {len(board.chips)} chips are not joined to chip {board.chips[0]} by links that work, first of them {apart[0]}"
        )


def _orders(hops: Mapping[Chip, int], neighbours: Neighbours) -> tuple[Order, Order]:
    """Return two orders of joining, of which now one and now the other gives the flatter tree.

    Either chips come first that are near to the root, or those that lead to the most others.
    """
    return (
        lambda chip, joined: hops[chip],
        lambda chip, joined: -sum(other not in joined for other in neighbours[chip]),
    )


def _grown(root: Chip, board: Board, neighbours: Neighbours, order: Order) -> dict[Chip, Chip]:
    """Return the parent of each chip but the root."""
    parent: dict[Chip, Chip] = {}
    joined, room = {root}, dict.fromkeys(board.chips, CHILDREN)
    while len(joined) < len(board.chips):
        border = [
            chip for chip in board.chips if chip not in joined and any(other in joined for other in neighbours[chip])
        ]
        border.sort(key=lambda chip: order(chip, joined))
        new = _matched(border, {chip: room[chip] for chip in joined}, neighbours) or _third_child(
            border, joined, neighbours
        )
        for child, chip in new.items():
            parent[child] = chip
            room[chip] -= 1
        joined.update(new)
    return parent


def _matched(border: list[Chip], room: Mapping[Chip, int], neighbours: Neighbours) -> dict[Chip, Chip]:
    """Join as many chips of the border as there is room for at their neighbours; return the parent of each that is joined.

    A chip that finds no room has one that sits there sit elsewhere if it can (augmenting paths), so those that come first are joined first.
    """
    sitting: dict[Chip, list[Chip]] = {}

    def sits(chip: Chip, asked: set[Chip]) -> bool:
        for parent in neighbours[chip]:
            if room.get(parent, 0) <= 0 or parent in asked:
                continue
            asked.add(parent)
            there = sitting.setdefault(parent, [])
            if len(there) < room[parent]:
                there.append(chip)
                return True
            for n, other in enumerate(there):
                if sits(other, asked):
                    there[n] = chip
                    return True
        return False

    for chip in border:
        sits(chip, set())
    return {child: parent for parent, children in sitting.items() for child in children}


def _third_child(border: list[Chip], joined: set[Chip], neighbours: Neighbours) -> dict[Chip, Chip]:
    """Join one chip where there is no room for it, since the links lead nowhere else."""
    chip = border[0]
    return {chip: next(other for other in neighbours[chip] if other in joined)}


def _beyond(tree: SumTree) -> int:
    """Count the children beyond two of each chip."""
    return sum(max(len(links) - CHILDREN, 0) for links in tree.children.values())


def _as_tree(root: Chip, parent: Mapping[Chip, Chip], neighbours: Neighbours) -> SumTree:
    """Return the tree of these parents with its links and depths."""
    links: dict[Chip, list[int]] = {chip: [] for chip in neighbours}
    for child, chip in parent.items():
        links[chip].append(neighbours[chip][child])
    depth = {root: 0}
    for child in parent:  # parents were joined before their children
        depth[child] = depth[parent[child]] + 1
    return SumTree(
        root,
        {child: opposite(neighbours[chip][child]) for child, chip in parent.items()},
        {chip: tuple(sorted(found)) for chip, found in links.items()},
        depth,
        max(depth.values()),
    )
