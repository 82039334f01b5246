"""Where the packets of a placed network go on each chip of a board: to which PEs, and over which links.

A spike goes along a tree of links from the chip of its neuron to all chips with PEs that hear of it. An error or a guard goes to the PE of
its neuron along a tree whose root is that PE's chip, against the tree's direction, so that packets of several senders go on together from
where they meet: on each chip a key leads one way, wherever it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spinn2sim.hardware.board.board_routes import multicast_tree
from spinn2sim.hardware.board.shape import Board, Chip, opposite

# Where a packet came from that a PE of the chip sent.
LOCAL = -1


class Way(NamedTuple):
    """What an event router does with a packet: the links that it goes on by, and where it can have come from: links, or LOCAL."""

    links: tuple[int, ...]
    came: frozenset[int]

    @property
    def is_straight(self) -> bool:
        """Whether the packet leaves by the one link that goes on from where it came from."""
        return len(self.links) == 1 and self.came == {opposite(self.links[0])}


def ways_from(board: Board, source: Chip, targets: Iterable[Chip]) -> dict[Chip, Way]:
    """Return the ways of packets from one chip to others, on each chip that they pass. Raises ValueError if a target cannot be reached."""
    tree = multicast_tree(board, source, sorted(set(targets)))
    came = {source: LOCAL, **_entered(board, tree)}
    return {chip: Way(links, frozenset((came[chip],))) for chip, links in tree.items()}


def ways_to(board: Board, target: Chip, sources: Iterable[Chip]) -> dict[Chip, Way]:
    """Return the ways of packets from several chips to one, on each chip that they pass. Raises ValueError if one cannot be reached."""
    senders = set(sources)
    tree = multicast_tree(board, target, sorted(senders))
    back = _entered(board, tree)
    ways = {}
    for chip, links in tree.items():
        came = frozenset((*links, *((LOCAL,) if chip in senders else ())))
        ways[chip] = Way((back[chip],) if chip in back else (), came)
    return ways


def _entered(board: Board, tree: Mapping[Chip, tuple[int, ...]]) -> dict[Chip, int]:
    """Return the link of each chip of a tree over which packets come, seen from that chip; the root has none."""
    found = {}
    for chip, links in tree.items():
        for link in links:
            neighbour = board.neighbour(chip, link)
            if neighbour is not None:
                found[neighbour] = opposite(link)
    return found
