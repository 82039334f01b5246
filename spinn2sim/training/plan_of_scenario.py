"""Makes the plan of a scenario, by converting its keys to the options of mapping and hardware."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from firmware_models.image import FirmwareImage
from spinn2sim.graph import Graph
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Chip
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import STEP_PHASES, Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.board.build_board import BoardProblem, build_board_plan
from spinn2sim.mapping.board.model_parallel import build_model_plan
from spinn2sim.mapping.build import build_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.scenario.board_keys import DATA
from spinn2sim.scenario.board_of_scenario import board_of, link_options_of
from spinn2sim.scenario.draw_dead_parts import FIRST, dead_parts_of
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
    """Make the plan of a scenario's chip, of a board that of the first chip. Raises MappingError."""
    return make_plans(scenario, graph, events, firmware, period_us).plans[0]


def make_plans(
    scenario: Scenario,
    graph: Graph,
    events: int,
    firmware: FirmwareImage,
    period_us: Mapping[Phase, int] | None = None,
) -> BoardPlan:
    """Make the plans of a scenario's chips, placed by its seed; `period_us` holds measured tick periods. Raises MappingError.

    Without a table [board] there is one chip.
    """
    options, board = mapping_options(scenario, period_us or {}), board_of(scenario)

    def draw() -> np.random.Generator:
        return generator(scenario.seed, "placement")

    if scenario.board is None:
        plan = build_plan(graph, events, options, hardware_options(scenario), firmware, draw())
        return BoardPlan(board, LinkOptions(), (plan,))
    hardware = {chip: hardware_options(scenario, chip) for chip in board.chips}
    links = link_options_of(scenario)
    build = build_board_plan if scenario.board.parallel == DATA else build_model_plan
    return build(BoardProblem(graph, events, options, firmware, board, links, hardware, draw))


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


def hardware_options(scenario: Scenario, chip: Chip = FIRST) -> HardwareOptions:
    """Make the options of a scenario's chip, or of one of its board."""
    keys = scenario.chip
    return HardwareOptions(
        performance_level=keys.performance_level,
        reserved_pes=keys.reserved_pes,
        fifo_capacity=keys.fifo_capacity,
        fifo_policy=keys.fifo_policy,
        dram_efficiency=keys.dram_efficiency,
        dram_latency_ns=keys.dram_latency_ns,
        dead=dead_parts_of(scenario, chip),
        faults=faults_of_scenario(scenario),
    )
