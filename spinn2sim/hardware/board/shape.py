"""The shapes of boards: which chips there are, and where their six links lead.

Coordinates and link numbers are those of SpiNNMachine (machine.py, version_248.py): a chip at (x, y) has links to the east (x + 1, y),
north-east (x + 1, y + 1), north (x, y + 1), and back: west, south-west, south.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from spinn2sim.hardware.facts import LINK_NAMES as LINK_NAMES
from spinn2sim.hardware.facts import LINKS

Chip = tuple[int, int]
LINK_CORE = 153  # the sender of packets that came over link 0, and the destination of those that leave by it
STEPS: tuple[Chip, ...] = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
N_LINKS = LINKS
MAX_CHIPS = 256  # the packets of the sum over chips have eight bits for a chip
# The first and the last x of each row of the 48-chip board, from y = 0 on (SpiNNMachine, version_248.py).
HEXAGON_ROWS = ((0, 4), (0, 5), (0, 6), (0, 7), (1, 7), (2, 7), (3, 7), (4, 7))
HEXAGON_SIZE, TRIAD_SIZE = 8, 12


def opposite(link: int) -> int:
    """Return the link by which the neighbour over `link` leads back."""
    return (link + N_LINKS // 2) % N_LINKS


def link_name(link: int) -> str:
    """Return the name of a link as tables and reports print it."""
    return f"link {LINK_NAMES[link]}"


def core_name(core: int) -> str:
    """Return what a sender or a destination is called: a PE, or the link over which a packet came or leaves."""
    return f"PE {core}" if core < LINK_CORE else link_name(core - LINK_CORE)


@dataclass(frozen=True)
class Board:
    """Chips that work, in the order of (y, x), and the links that do not. Coordinates wrap around at `width` and `height` if `wrap`."""

    width: int
    height: int
    wrap: bool
    chips: tuple[Chip, ...]
    # Links that do not work, as (chip, link); both directions are listed.
    dead_links: frozenset[tuple[Chip, int]] = frozenset()

    def neighbour(self, chip: Chip, link: int) -> Chip | None:
        """Return the chip over a link; None if there is no such chip that works, or the link is dead."""
        if (chip, link) in self.dead_links:
            return None
        x, y = chip[0] + STEPS[link][0], chip[1] + STEPS[link][1]
        if self.wrap:
            x, y = x % self.width, y % self.height
        return (x, y) if (x, y) in self.numbers and (x, y) != chip else None

    def links(self) -> Iterator[tuple[Chip, int, Chip]]:
        """Yield every direction of every link that works, as (chip, link, neighbour)."""
        for chip in self.chips:
            for link, other in self.links_of(chip):
                yield chip, link, other

    def links_of(self, chip: Chip) -> Iterator[tuple[int, Chip]]:
        """Yield the links of a chip that work, as (link, neighbour)."""
        for link in range(N_LINKS):
            other = self.neighbour(chip, link)
            if other is not None:
                yield link, other

    @cached_property
    def numbers(self) -> dict[Chip, int]:
        """The position of each chip in `chips`."""
        return {chip: n for n, chip in enumerate(self.chips)}


def make_board(width: int, height: int, wrap: bool, chips: Iterable[Chip]) -> Board:
    """Make a board of chips, in the order of (y, x)."""
    return Board(width, height, wrap, tuple(sorted(chips, key=lambda chip: (chip[1], chip[0]))))


def rectangle(columns: int, rows: int, wrap: bool = False) -> Board:
    """Return a board of columns x rows chips."""
    return make_board(columns, rows, wrap, ((x, y) for x in range(columns) for y in range(rows)))


def hexagon(wrap: bool = False) -> Board:
    """Return the board of 48 chips in 8 x 8 coordinates."""
    chips = [(x, y) for y, (first, last) in enumerate(HEXAGON_ROWS) for x in range(first, last + 1)]
    return make_board(HEXAGON_SIZE, HEXAGON_SIZE, wrap, chips)


def triad() -> Board:
    """Return three boards of 48 chips, 12 x 12 chips that wrap around."""
    return rectangle(TRIAD_SIZE, TRIAD_SIZE, wrap=True)
