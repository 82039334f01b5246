"""The plan of a scenario, what mapping is asked for it, and the plan as data for people and for `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware_models.image import StandardFirmware
from firmware_models.qformat import parse_format
from firmware_models.settings import make_settings
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.facts import ROUTER_ENTRIES, SRAM_BYTES
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.options import HardwareOptions
from spinn2sim.hardware.packet import COPY_BITS, KIND_BITS, LAYER_BITS, NEURON_BITS, STEP_PHASES, Kind, Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.mapping.build import build_plan
from spinn2sim.mapping.options import MappingOptions
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.seeds import generator
from spinn2sim.training.run_inputs import load_run_inputs


def map_scenario(scenario: Path | str, overrides: Overrides = ()) -> Plan:
    """Partition, place and route a scenario. Raises ScenarioError, DataError, MappingError."""
    inputs = load_run_inputs(scenario, overrides)
    return make_plan(inputs.scenario, inputs.sizes, inputs.most_spikes, make_firmware(inputs.scenario))


def make_plan(
    scenario: Scenario,
    sizes: tuple[int, ...],
    events: int,
    firmware: StandardFirmware,
    step_us: Mapping[Phase, int] | None = None,
) -> Plan:
    """The plan of a scenario, placed by its seed. `step_us` are measured tick periods of step phases. Raises MappingError."""
    options, hardware = mapping_options(scenario, step_us or {}), hardware_options(scenario)
    return build_plan(sizes, events, options, hardware, firmware, generator(scenario.seed, "placement"))


def make_firmware(scenario: Scenario) -> StandardFirmware:
    """The firmware image for a scenario. Raises ScenarioError where a PE cannot hold one of its numbers."""
    words = {q: parse_format(getattr(scenario.numerics, q)).word_bytes for q in ("weight", "state", "adjoint", "error")}
    try:
        return StandardFirmware(make_settings(scenario), words)
    except ValueError as error:
        raise ScenarioError(str(error)) from None


def mapping_options(scenario: Scenario, measured_us: Mapping[Phase, int]) -> MappingOptions:
    """What mapping is asked for a scenario. Measured tick periods go before the scenario's own."""
    mapping, tick_us = scenario.mapping, scenario.chip.tick_us
    asked_us = {} if isinstance(tick_us, str) else dict.fromkeys(STEP_PHASES, int(tick_us))
    return MappingOptions(
        copies=scenario.training.copies,
        steps=scenario.network.steps,
        has_readout=scenario.has_readout,
        sends_guards=scenario.training.silent_guard == "push",
        neurons_per_pe=mapping.neurons_per_pe,
        pes_per_layer=mapping.pes_per_layer,
        placement=mapping.placement,
        reduce_rounds=mapping.reduce_rounds,
        step_us={**asked_us, **measured_us},
    )


def hardware_options(scenario: Scenario) -> HardwareOptions:
    """The hardware that a scenario asks for."""
    chip = scenario.chip
    return HardwareOptions(
        performance_level=chip.performance_level,
        reserved_pes=chip.reserved_pes,
        fifo_capacity=chip.fifo_capacity,
        fifo_policy=chip.fifo_policy,
        dram_efficiency=chip.dram_efficiency,
        dram_latency_ns=chip.dram_latency_ns,
    )


def plan_data(plan: Plan) -> dict[str, Any]:
    """Everything that `spinn2sim map` shows."""
    groups = [
        {
            "name": g.name, "program": g.program, "pes": len(g.cores), "cores": list(g.cores),
            "sram_bytes": dict(g.regions), "sram_used": max(g.used), "sram_total": SRAM_BYTES,
        }
        for g in plan.groups
    ]  # fmt: skip
    return {
        "copies": plan.copies,
        "sizes": list(plan.sizes),
        "pes_used": sum(len(g.cores) for g in plan.groups),
        "pes_available": plan.pes_available,
        "groups": groups,
        "shares": [
            {"layer": s.layer, "copy": s.copy, "neurons": [s.first, s.last], "core": s.core,
             "quad": list(quad_of(s.core)), "pe": pe_in_quad(s.core)}
            for s in plan.shares
        ],
        "key_layout": key_layout(),
        "routing_entries": [str(e) for e in plan.entries],
        "routing_entries_available": ROUTER_ENTRIES,
        "transfers": len(plan.transfers),
        "schedule": [
            {"phase": p.phase.name.lower(), "ticks": p.ticks, "tick_us": p.period_q // QUANTA_PER_US,
             "groups": [plan.groups[g].name for g in p.groups]}
            for p in plan.schedule.train
        ],
    }  # fmt: skip


def key_layout() -> list[str]:
    """The fields of a multicast key, highest bits first."""
    kinds = ", ".join(f"{kind.value} {kind.name.lower()}" for kind in Kind)
    return [
        f"kind {KIND_BITS} bits ({kinds})",
        f"copy {COPY_BITS} bits",
        f"layer {LAYER_BITS} bits (0 = input)",
        f"neuron {NEURON_BITS} bits (an error's or a guard's: the receiver's)",
    ]
