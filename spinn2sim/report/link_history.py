"""Follows a packet over the links of a board: where it was before it came to a chip, and where it is after it left one."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.hardware.board.shape import LINK_CORE, Chip, opposite
from spinn2sim.scenario.board_of_scenario import board_of
from spinn2sim.scenario.load import load
from spinn2sim.trace import run_directory
from spinn2sim.trace.sql import PACKETS, Row, Tables


class LinkHistory:
    """Finds packets of neighbours by the instants at which they cross a link, of which each link has one at a time."""

    def __init__(self, folder: Path, chip: Chip | None) -> None:
        """`chip` is the one whose packets are looked at; by default the board's first."""
        self._folder = folder
        self._board = board_of(load(folder / run_directory.SCENARIO))
        self._chip = self._board.chips[0] if chip is None else chip

    def came_from(self, packet: Row) -> Row | None:
        """Return chip and seq of a packet on the chip from which it came over a link; None if it did not, or that is not in the trace."""
        return self._across(packet["src_pe"], "dst_pe = $core AND delivered_q = $instant", packet["sent_q"])

    def goes_on(self, delivery: Row) -> Row | None:
        """Return chip and seq of what a packet is behind the link by which it left; None if it did not, or that is not in the trace."""
        if delivery["outcome"] != "on_time":
            return None
        return self._across(delivery["dst_pe"], "src_pe = $core AND sent_q = $instant", delivery["delivered_q"])

    def _across(self, core: int, where: str, instant: int) -> Row | None:
        if core < LINK_CORE:
            return None
        link = core - LINK_CORE
        neighbour = self._board.neighbour(self._chip, link)
        if neighbour is None:
            return None
        try:
            tables = Tables(self._folder, neighbour)
            tables.need(PACKETS)
        except DataError:
            return None
        values = {"core": LINK_CORE + opposite(link), "instant": instant}
        found = tables.one(f"SELECT min(seq) AS seq FROM packets WHERE {where}", values, True)
        return None if found["seq"] is None else {"chip": list(neighbour), "seq": found["seq"]}
