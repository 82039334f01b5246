"""Where a run has the tables of one of a board's chips."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.hardware.board.shape import Chip
from spinn2sim.scenario.board_of_scenario import board_of
from spinn2sim.scenario.load import load
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.trace.table_files import chip_folder


def folder_of_chip(run: Path, chip: Chip) -> Path:
    """Return the folder with the tables of a chip. Raises DataError if the run has no such chip, or recorded only the first one."""
    scenario = load(run / SCENARIO) if (run / SCENARIO).is_file() else None
    if scenario is None or scenario.board is None:
        raise DataError(f"{run}: chip {chip}: found a run on one chip, allowed are chips of a run on a board")
    chips = board_of(scenario).chips
    if chip not in chips:
        raise DataError(
            f"{run}: chip {chip}: found no such chip that works, allowed is one of {len(chips)}, such as {chips[-1]}"
        )
    if chip == chips[0]:
        return run
    folder = chip_folder(run, chip)
    if not folder.is_dir():
        raise DataError(
            f"{run}: chip {chip}: found no tables of it, since no packets were recorded (trace.packets); chips.parquet and links.parquet "
            f"have counts of all chips, and without --chip the first, {chips[0]}, answers"
        )
    return folder
