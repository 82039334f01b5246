"""The plans of all chips of a board, which an engine plays together."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.hardware.board.link_options import LinkOptions, LinkPorts
from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.plan import Plan


@dataclass(frozen=True)
class BoardPlan:
    """`plans` are in the order of board.chips. Their schedules have the same ticks at the same instants; groups may differ."""

    board: Board
    links: LinkOptions
    plans: tuple[Plan, ...]
    # For each chip the keys and masks of all packets that its PEs send over links; None: any that its table lets out.
    crossing: tuple[tuple[tuple[int, int], ...], ...] | None = None

    def ports(self, chip: Chip) -> LinkPorts:
        """Return the links of a chip that work."""
        long_packets = any(plan.long_packets for plan in self.plans)
        return LinkPorts(
            self.links, tuple(link for link, _ in self.board.links_of(chip)), len(self.board.chips), long_packets
        )
