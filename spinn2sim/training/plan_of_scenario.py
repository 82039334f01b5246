"""Makes the plan of a scenario, by converting its keys to the options of mapping and hardware."""

from __future__ import annotations

from collections.abc import Mapping

from firmware_models.image import FirmwareImage
from spinn2sim.graph import Graph
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import STEP_PHASES, Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.build import build_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.scenario.draw_dead_parts import dead_parts_of
from spinn2sim.scenario.keys import Scenario
from spinn2sim.seeds import generator
from spinn2sim.training.faults_of_scenario import faults_of_scenario


def make_plan(
    scenario: Scenario,
    graph: Graph,
    events: int,
    firmware: FirmwareImage,
    period_us: Mapping[Phase, int] | None = None,
) -> Plan:
    """Make the plan of a scenario, placed by its seed; `period_us` holds measured tick periods. Raises MappingError."""
    options, hardware = mapping_options(scenario, period_us or {}), hardware_options(scenario)
    return build_plan(graph, events, options, hardware, firmware, generator(scenario.seed, "placement"))


def mapping_options(scenario: Scenario, measured_us: Mapping[Phase, int]) -> MappingOptions:
    """Make the options of mapping from a scenario; measured tick periods replace those of the scenario."""
    mapping, tick_us = scenario.mapping, scenario.chip.tick_us
    asked_us = {} if isinstance(tick_us, str) else dict.fromkeys(STEP_PHASES, int(tick_us))
    return MappingOptions(
        copies=scenario.training.copies,
        steps=scenario.network.steps,
        sends_guards=scenario.training.silent_guard == "push",
        neurons_per_pe=mapping.neurons_per_pe,
        pes_per_layer=mapping.pes_per_layer,
        placement=mapping.placement,
        reduce_rounds=mapping.reduce_rounds,
        period_us={**asked_us, **measured_us},
    )


def hardware_options(scenario: Scenario) -> HardwareOptions:
    """Make the options of the hardware from a scenario."""
    chip = scenario.chip
    return HardwareOptions(
        performance_level=chip.performance_level,
        reserved_pes=chip.reserved_pes,
        fifo_capacity=chip.fifo_capacity,
        fifo_policy=chip.fifo_policy,
        dram_efficiency=chip.dram_efficiency,
        dram_latency_ns=chip.dram_latency_ns,
        dead=dead_parts_of(scenario),
        faults=faults_of_scenario(scenario),
    )
