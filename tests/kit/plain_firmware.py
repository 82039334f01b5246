"""Firmware with simple sizes and cycles, for tests of mapping; what a PE holds can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.graph import chain
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Unit
from spinn2sim.mapping.build import build_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.seeds import generator


@dataclass(frozen=True)
class PlainFirmware:
    """4 bytes a weight, 8 a gradient, 100 a neuron and 50 a source neuron for their spikes."""

    weight_bytes: int = 4
    send_counts: bool = False

    def regions(self, unit: Unit) -> dict[str, int]:
        """SRAM bytes by region name."""
        if unit.program == "input":
            return {"record": 4 * (1 + unit.events)}
        if unit.program == "optimizer":
            words = unit.pre_rows * unit.neurons
            return {"gradient buffer": 8 * words * unit.slots, "moments": 12 * words}
        if unit.program in ("loss", "peak_loss"):
            return {"tables": 16 * unit.sources}
        words = unit.sources * unit.neurons
        return {"weights": 4 * words, "gradients": 8 * words, "spikes": 100 * unit.neurons + 50 * unit.sources}

    def worst_cycles(self, unit: Unit, phase: int) -> int:
        """The most core cycles of one wake, alike in each phase."""
        return 200 + 10 * unit.neurons + unit.sources + unit.pre_rows


def plan_of(
    sizes: tuple[int, ...],
    options: MappingOptions,
    hardware: HardwareOptions | None = None,
    firmware: PlainFirmware | None = None,
    seed: int = 5,
    readout: bool = False,
) -> Plan:
    """The plan of a network whose inputs spike once."""
    return build_plan(
        chain(sizes, readout, 20.0, 5.0),
        sizes[0],
        options,
        hardware or HardwareOptions(),
        firmware or PlainFirmware(),
        generator(seed, "placement"),
    )
