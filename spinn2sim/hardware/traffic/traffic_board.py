"""A board for synthetic traffic: its chips and links, the tables by which packets find any PE on it, and the plans that play send lists.

A key is chip << 8 | core, with the chip's number in board.chips. A chip has a line for each of its own PEs, and one for each other chip,
which names the next link on a shortest way there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.board_routes import ways_to
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.traffic.list_program import ListPlayer
from spinn2sim.hardware.traffic.patterns import usable_cores
from spinn2sim.hardware.traffic.send_list import SendList, plan_and_program, ticks_of

CORE_BITS = 8
EXACT, OF_CHIP = 0xFFFF_FFFF, 0xFFFF_FFFF << CORE_BITS & 0xFFFF_FFFF


@dataclass(frozen=True)
class TrafficBoard:
    """The chips and links that packets travel over. `dead` holds the dead parts of each chip, in the order of board.chips."""

    board: Board
    links: LinkOptions
    dead: tuple[DeadParts, ...]

    @cached_property
    def cores(self) -> tuple[tuple[int, ...], ...]:
        """The core ids of each chip that send and receive."""
        return tuple(usable_cores(dead) for dead in self.dead)

    @cached_property
    def tables(self) -> tuple[tuple[RoutingEntry, ...], ...]:
        """The lines of each chip's table."""
        ways = [ways_to(self.board, end) for end in self.board.chips]
        return tuple(
            (
                *(RoutingEntry(n << CORE_BITS | core, EXACT, (core,)) for core in self.cores[n]),
                *(
                    RoutingEntry(end << CORE_BITS, OF_CHIP, (), (way[chip],))
                    for end, way in enumerate(ways)
                    if chip in way
                ),
            )
            for n, chip in enumerate(self.board.chips)
        )


def board_plan_and_programs(chips: TrafficBoard, lists: Sequence[SendList]) -> tuple[BoardPlan, list[list[ListPlayer]]]:
    """Make the plans of a board whose PEs only send the list of their chip, and their programs."""
    shared = ticks_of(lists)
    played = [plan_and_program(one, shared) for one in lists]
    plans = tuple(plan for plan, _ in played)
    return BoardPlan(chips.board, chips.links, plans), [[program] for _, program in played]
