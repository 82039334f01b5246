"""The dead parts of the chip that a run was made on, which decide the routes of its packets."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.files.input_file import read_input
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.trace.run_directory import SCENARIO

TABLE = b"[faults]"


def dead_parts_of_run(folder: Path) -> DeadParts:
    """Return the dead parts of a run's chip by its scenario. Raises ScenarioError if the scenario cannot be read."""
    file = folder / SCENARIO
    if not file.is_file() or TABLE not in read_input(file):  # so that a run without faults costs nothing
        return NOTHING_DEAD
    from spinn2sim.scenario.draw_dead_parts import dead_parts_of
    from spinn2sim.scenario.load import load

    return dead_parts_of(load(file))


def routes_of_run(folder: Path) -> ChipRoutes:
    """Return the routes of a run's chip. Raises ScenarioError if the scenario cannot be read."""
    return routes_around(dead_parts_of_run(folder))
