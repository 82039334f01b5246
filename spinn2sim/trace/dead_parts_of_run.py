"""The dead parts of the chip that a run was made on, which decide the routes of its packets."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.files.input_file import read_input
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.trace.table_files import chip_of_folder

TABLES = b"[faults]", b"[board]"


def dead_parts_of_run(folder: Path) -> DeadParts:
    """Return the dead parts of a run's chip by its scenario; of a board, those of its first chip, or of the chip whose folder it is.

    Raises ScenarioError if the scenario cannot be read.
    """
    chip = None if (folder / SCENARIO).is_file() else chip_of_folder(folder)
    file = (folder if chip is None else folder.absolute().parent) / SCENARIO
    text = read_input(file) if file.is_file() else b""
    if not any(table in text for table in TABLES):  # so that a run without faults costs nothing
        return NOTHING_DEAD
    from spinn2sim.scenario.board_of_scenario import board_of
    from spinn2sim.scenario.draw_dead_parts import dead_parts_of
    from spinn2sim.scenario.load import load

    scenario = load(file)
    return dead_parts_of(scenario, chip or board_of(scenario).chips[0])


def routes_of_run(folder: Path) -> ChipRoutes:
    """Return the routes of a run's chip. Raises ScenarioError if the scenario cannot be read."""
    return routes_around(dead_parts_of_run(folder))
