"""Finds the chip that the command `traffic` plays on: that of a run, or the one that a user describes."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard
from spinn2sim.scenario.overrides import Overrides, Tree
from spinn2sim.trace import tables
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.trace.table_files import all_pieces, table_file


def dead_parts_for(what: Path | str, faults: Path | str | None, overrides: Overrides) -> DeadParts:
    """Return the dead parts of the chip for a pattern, a packet list or a run. Raises ScenarioError, DataError.

    Refused are faults beside a run, whose packets were sent on its own chip, and a run that ended before its tables were whole.
    """
    folder = Path(what)
    if (folder / SCENARIO).is_file():
        if faults is not None or overrides:
            raise ScenarioError(
                f"{what}: found faults beside a run, allowed are none: its packets were sent on its own chip"
            )
        _refuse_pieces(folder)
        _refuse_board(folder)
        return dead_parts_of_run(folder)
    if faults is None and not overrides:
        return dead_parts_of_run(folder)
    from spinn2sim.scenario.faults_file import read_dead_parts

    return read_dead_parts(faults, overrides)


def board_for(board: Path | str | None, keys: Tree, faults: Path | str | None, overrides: Overrides) -> TrafficBoard:
    """Return the board of a file with a table [board] and of `keys` of that table, with the dead parts of each chip.

    Raises ScenarioError for what no board can be, and for wrong [faults].
    """
    from spinn2sim.scenario.board_of_scenario import board_of_keys, link_options_of_keys
    from spinn2sim.scenario.board_table import read_board
    from spinn2sim.scenario.faults_file import read_dead_parts_of_chips

    found, seed = read_board(board, keys)
    whole = board_of_keys(found, seed)
    return TrafficBoard(whole, link_options_of_keys(found), read_dead_parts_of_chips(faults, overrides, whole.chips))


def _refuse_board(folder: Path) -> None:
    if any(table_file(folder, name).exists() for name in (tables.LINKS.name, tables.CHIPS.name)):
        raise DataError(
            f"{folder}: found a run of a board, allowed is one of a single chip: a list has no packets that come over links; "
            "`spinn2sim traffic PATTERN --board` plays patterns over a board"
        )


def _refuse_pieces(folder: Path) -> None:
    name = tables.PACKETS.name
    if not table_file(folder, name).exists() and all_pieces(folder, name):
        raise DataError(
            f"{folder}: the run was killed before it joined its table of packets: `spinn2sim run --resume {folder}` goes on with it, and "
            "joins them at its end or at Ctrl-C"
        )
