"""The plan of a run: mapped again from its scenario, or from the network that a script described."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.run_directory import NETWORK, SCENARIO
from spinn2sim.training.map_scenario import map_scenario


def plan_of_run(folder: Path) -> Plan:
    """Return the plan of a run directory. Raises ScenarioError, DataError, MappingError."""
    if (folder / NETWORK).is_file():
        from spinn2sim.scripts.script_directory import plan_of_script_run

        return plan_of_script_run(folder)
    return map_scenario(folder / SCENARIO)
