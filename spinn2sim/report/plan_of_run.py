"""The plans of a run: mapped again from its scenario, or from the network that a script described."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Chip, rectangle
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.scenario.keys import MEASURED
from spinn2sim.trace.run_directory import NETWORK, SCENARIO, SUMMARY, read_summary
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.measured_ticks import choose_periods
from spinn2sim.training.plan_of_scenario import make_plans
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs


def plans_of_run(folder: Path) -> BoardPlan:
    """Return the plans of a run directory's chips, with the tick periods that the run had. Without a board there is one chip.

    Raises ScenarioError, DataError, MappingError.
    """
    if (folder / NETWORK).is_file():
        from spinn2sim.scripts.script_directory import plan_of_script_run

        return BoardPlan(rectangle(1, 1), LinkOptions(), (plan_of_script_run(folder),))
    inputs = load_run_inputs(folder / SCENARIO)
    periods, firmware = _periods_us(folder, inputs), make_firmware(inputs.scenario)
    return make_plans(inputs.scenario, inputs.graph, inputs.most_spikes, firmware, periods)


def chip_or_first(plans: BoardPlan, chip: Chip | None) -> Chip:
    """Return `chip`, or the board's first one in place of None."""
    return plans.board.chips[0] if chip is None else chip


def plan_of_run(folder: Path, chip: Chip | None = None) -> Plan:
    """Return the plan of one chip of a run directory, by default the first. Raises as `plans_of_run` does."""
    plans = plans_of_run(folder)
    return plans.plans[plans.board.numbers[chip_or_first(plans, chip)]]


def _periods_us(folder: Path, inputs: RunInputs) -> Mapping[Phase, int] | None:
    """Return the tick periods that a run had: those that it noted at its end, or else what is measured as it measured them."""
    noted = read_summary(folder).get("tick_us") if (folder / SUMMARY).is_file() else None
    if not isinstance(noted, Mapping):
        return choose_periods(inputs) if inputs.scenario.chip.tick_us == MEASURED else None
    return {phase: int(noted[phase.name.lower()]) for phase in Phase if phase.name.lower() in noted}
