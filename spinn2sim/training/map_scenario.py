"""Maps a scenario without running it."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.hardware.plan import Plan
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import make_plan
from spinn2sim.training.run_inputs import load_run_inputs


def map_scenario(scenario: Path | str, overrides: Overrides = ()) -> Plan:
    """Partition, place and route a scenario. Raises ScenarioError, DataError, MappingError."""
    inputs = load_run_inputs(scenario, overrides)
    return make_plan(inputs.scenario, inputs.graph, inputs.most_spikes, make_firmware(inputs.scenario))
