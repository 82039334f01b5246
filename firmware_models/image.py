"""The firmware image of one run: answers mapping's questions about each program and builds one program per group of a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.programs.group_program import Group, GroupProgram, Plan, Unit
from firmware_models.programs.input import build_input, input_cycles, input_regions
from firmware_models.programs.loss import (
    build_loss,
    first_spike_cycles,
    first_spike_regions,
    max_over_time_cycles,
    max_over_time_regions,
)
from firmware_models.programs.optimizer import build_optimizer
from firmware_models.programs.optimizer_cost import optimizer_cycles, optimizer_regions
from firmware_models.programs.population import build_readout, build_spiking
from firmware_models.programs.population_cost import readout_cycles, readout_regions, spiking_cycles, spiking_regions


@dataclass(frozen=True)
class ProgramKind:
    """What the image must know of a program."""

    # Returns SRAM bytes by region name.
    regions: Callable[[FirmwareConstants, Unit], dict[str, int]]
    # Returns the most core cycles of one wake in a phase.
    worst_cycles: Callable[[FirmwareConstants, Unit, int], int]
    # Builds state and step kernel for all PEs of a group.
    build: Callable[[FirmwareConstants, Plan, Group], GroupProgram]


# The programs by name, as units and groups of a plan use it. To add a program, write programs/NAME.py and add a line here.
PROGRAMS: dict[str, ProgramKind] = {
    "input": ProgramKind(input_regions, input_cycles, build_input),
    "lif": ProgramKind(spiking_regions, spiking_cycles, build_spiking),
    "readout": ProgramKind(readout_regions, readout_cycles, build_readout),
    "loss": ProgramKind(first_spike_regions, first_spike_cycles, build_loss),
    "peak_loss": ProgramKind(max_over_time_regions, max_over_time_cycles, build_loss),
    "optimizer": ProgramKind(optimizer_regions, optimizer_cycles, build_optimizer),
}


class FirmwareImage:
    """The programs of one run, with its constants."""

    def __init__(self, constants: FirmwareConstants) -> None:
        self.constants = constants
        self.weight_bytes = constants.word_bytes.weight
        self.send_counts = constants.send_counts

    def regions(self, unit: Unit) -> dict[str, int]:
        """Return SRAM bytes by region name."""
        return PROGRAMS[unit.program].regions(self.constants, unit)

    def worst_cycles(self, unit: Unit, phase: int) -> int:
        """Return the most core cycles of one wake in a phase."""
        return PROGRAMS[unit.program].worst_cycles(self.constants, unit, phase)

    def build(self, plan: Plan) -> list[GroupProgram]:
        """Build one program per group of the plan, in the plan's order."""
        return [PROGRAMS[group.program].build(self.constants, plan, group) for group in plan.groups]
