"""Maps a scenario without running it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.given import ScenarioLike
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import make_plan, make_plans
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs


def map_scenario(scenario: ScenarioLike, overrides: Overrides = ()) -> Plan:
    """Partition, place and route a scenario. Raises ScenarioError, DataError, MappingError."""
    return plan_of_inputs(load_run_inputs(scenario, overrides))


def board_of_inputs(inputs: RunInputs) -> BoardPlan | None:
    """Map the inputs of a run onto a board; None without [board]. Raises MappingError."""
    if inputs.scenario.board is None:
        return None
    return make_plans(inputs.scenario, inputs.graph, inputs.most_spikes, make_firmware(inputs.scenario))


def plan_of_inputs(inputs: RunInputs) -> Plan:
    """Map the inputs of a run. Raises MappingError."""
    return make_plan(inputs.scenario, inputs.graph, inputs.most_spikes, make_firmware(inputs.scenario))


def map_with_short_ticks(scenario: Path | str, overrides: Overrides = ()) -> tuple[Plan, dict[str, tuple[int, int]]]:
    """Map a scenario, and find the phases whose ticks are shorter than chip.tick_us = "auto" makes them: both periods, in us, by phase.

    Raises ScenarioError, DataError, MappingError.
    """
    inputs = load_run_inputs(scenario, overrides)
    plan, chip = plan_of_inputs(inputs), inputs.scenario.chip
    if isinstance(chip.tick_us, str):
        return plan, {}
    covered = plan_of_inputs(replace(inputs, scenario=replace(inputs.scenario, chip=replace(chip, tick_us="auto"))))
    pairs = zip(plan.schedule.train, covered.schedule.train, strict=True)
    return plan, {
        one.phase.name.lower(): (one.period_q // QUANTA_PER_US, other.period_q // QUANTA_PER_US)
        for one, other in pairs
        if one.period_q < other.period_q
    }
