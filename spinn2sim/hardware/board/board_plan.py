"""The plans of all chips of a board, which an engine plays together."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board
from spinn2sim.hardware.plan import Plan


@dataclass(frozen=True)
class BoardPlan:
    """`plans` are in the order of board.chips. Their schedules have the same ticks at the same instants; groups may differ."""

    board: Board
    links: LinkOptions
    plans: tuple[Plan, ...]
