"""The options of the hardware that a user may set, with defaults from the facts, and the times that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from spinn2sim.hardware import facts
from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.dynamic_faults import DynamicFaults
from spinn2sim.hardware.units import QUANTA_PER_NS, quanta_per_cycle


class ChipOfPlan(TypedDict):
    """The fields of a `Plan` that say on which chip it runs."""

    core_quanta: int
    fifo_capacity: int
    fifo_policy: str
    dram_flit_q: int
    dram_latency_q: int
    pes_available: int
    dead: DeadParts
    faults: DynamicFaults | None


@dataclass(frozen=True)
class HardwareOptions:
    """Options that all chips share; users set them in the scenario's table [chip]."""

    # A key of PERFORMANCE_LEVELS_MHZ, which gives the PEs' clock.
    performance_level: str = "high"
    # How many PEs, of those that work the ones with the highest core ids, applications may not use.
    reserved_pes: int = facts.RESERVED_PES
    # How many packets a receive FIFO holds, and what happens to the next one: "drop", "overwrite" or "stall".
    fifo_capacity: int = facts.FIFO_CAPACITY
    fifo_policy: str = "drop"
    # The share of the DRAM's raw bandwidth that is sustained.
    dram_efficiency: float = facts.DRAM_EFFICIENCY
    dram_latency_ns: int = facts.DRAM_LATENCY_NS
    dead: DeadParts = NOTHING_DEAD
    # What breaks during the run; None if nothing does.
    faults: DynamicFaults | None = None

    @property
    def usable_pes(self) -> tuple[int, ...]:
        """The core ids that applications may use, in order: live PEs that packets reach, without those reserved for system software."""
        live = routes_around(self.dead).pes
        return live[: max(0, len(live) - self.reserved_pes)]

    @property
    def available_pes(self) -> int:
        """How many PEs applications may use; if none is dead, those with core ids 1 to this number."""
        return len(self.usable_pes)

    @property
    def core_quanta(self) -> int:
        """Quanta per core cycle."""
        return quanta_per_cycle(facts.PERFORMANCE_LEVELS_MHZ[self.performance_level])

    @property
    def dram_flit_q(self) -> int:
        """Quanta per flit at the sustained DRAM rate."""
        return facts.dram_flit_quanta(self.dram_efficiency)

    @property
    def dram_latency_q(self) -> int:
        """Quanta between a read's request and its first flit."""
        return self.dram_latency_ns * QUANTA_PER_NS

    def for_plan(self) -> ChipOfPlan:
        """Return what a plan says of the chip, for every kind of network."""
        return ChipOfPlan(
            core_quanta=self.core_quanta,
            fifo_capacity=self.fifo_capacity,
            fifo_policy=self.fifo_policy,
            dram_flit_q=self.dram_flit_q,
            dram_latency_q=self.dram_latency_q,
            pes_available=self.available_pes,
            dead=self.dead,
            faults=self.faults,
        )
