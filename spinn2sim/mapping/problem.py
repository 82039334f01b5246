"""What mapping cuts, and what the parts must fit into: the SRAM of a PE, and what a PE would hold of a population."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.facts import CODE_BYTES, FIFO_PACKET_BYTES, HEAP_STACK_BYTES, SRAM_BYTES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.program import Firmware, Listed, Unit
from spinn2sim.mapping.cuts import Cut
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.mapping.synapse_lists import can_list, listed_on_share

FIXED = {"code": CODE_BYTES, "heap and stack": HEAP_STACK_BYTES}


def used_bytes(firmware: Firmware, unit: Unit, fifo_capacity: int) -> dict[str, int]:
    """Return all SRAM regions of a PE with this unit, including code, stack and receive FIFO."""
    return {**FIXED, "receive FIFO": FIFO_PACKET_BYTES * fifo_capacity, **firmware.regions(unit)}


@dataclass(frozen=True)
class Problem:
    """What is to be cut, and what the parts must fit into."""

    graph: Graph
    events: int
    options: MappingOptions
    hardware: HardwareOptions
    firmware: Firmware

    def used_bytes(self, unit: Unit) -> dict[str, int]:
        """Return all SRAM regions of a PE with this unit."""
        return used_bytes(self.firmware, unit, self.hardware.fifo_capacity)

    def total_bytes(self, unit: Unit) -> int:
        """Return the bytes of SRAM that a unit takes."""
        return sum(self.used_bytes(unit).values())

    def fits(self, unit: Unit) -> bool:
        """Whether a PE's SRAM holds this unit."""
        return self.total_bytes(unit) <= SRAM_BYTES

    def refuse_if_too_large(self, unit: Unit, what: str, remedy: str) -> None:
        """Raise MappingError for a unit that no PE can hold."""
        if not self.fits(unit):
            regions = self.used_bytes(unit)
            largest = sorted(regions, key=lambda name: -regions[name])[: 3 if self.graph.is_chain else None]
            raise MappingError(
                f"{what} needs {sum(regions.values())} bytes of SRAM on one PE ({', '.join(f'{n} {regions[n]}' for n in largest)}), "
                f"there are {SRAM_BYTES}; {remedy}"
            )

    def unit(self, population: int, share: Cut, listed: Collection[int] = ()) -> Unit:
        """Make the unit of a share's PE with `listed` projections as rows, as far as it does not depend on how others are cut."""
        graph = self.graph
        kind = graph.populations[population].kind
        if kind == "input":
            return Unit("input", neurons=share.size, events=self.events)
        sources = [graph.populations[graph.projections[q].pre] for q in graph.incoming(population)]
        unit = Unit(
            kind,
            sources=sum(pre.size for pre in sources),
            neurons=share.size,
            error_sources=sum(pre.size for pre in sources if pre.kind != "input"),
            listed=listed_on_share(graph, population, share, listed),
            output=population == graph.output,
            error_senders=len(graph.outgoing(population)),
            rests=graph.populations[population].refractory_steps > 0,
            own_time_constants=len(graph.populations[population].time_constants) > 1,
        )
        return _with_delay_counts(unit, graph, population)

    def fullest(self, population: int, shares: Sequence[Cut]) -> Unit:
        """Return the unit of the share that takes the most SRAM. Without lists it is the first, since no share is larger."""
        listed = self.listed(population, shares)
        candidates = shares if listed else shares[:1]
        return max((self.unit(population, share, listed) for share in candidates), key=self.total_bytes)

    def listed(self, population: int, shares: Sequence[Cut]) -> tuple[int, ...]:
        """Return the projections into a population that take less SRAM as rows than as matrices, on the PE with the most of them."""
        return tuple(
            q
            for q in self.graph.incoming(population)
            if can_list(self.graph, q)
            and self.projection_bytes(q, shares, as_rows=True) < self.projection_bytes(q, shares, as_rows=False)
        )

    def projection_bytes(self, projection: int, shares: Sequence[Cut], as_rows: bool) -> int:
        """Return the most bytes of SRAM that a projection takes on one PE of its `post`: weights, gradients, delays, targets."""
        return max(self._bytes_on(projection, share, as_rows) for share in shares)

    def _bytes_on(self, projection: int, share: Cut, as_rows: bool) -> int:
        """Return what a projection takes on the PE of a share: the difference to a PE that holds none of its synapses."""
        graph, one = self.graph, self.graph.projections[projection]
        held = self.unit(one.post, share, (projection,) if as_rows else ())
        places = share.size * graph.shape(projection)[1]
        nothing = Listed(
            absent=places,
            absent_errors=places,
            absent_delayed=places if one.delay_max else 0,
            absent_learning=places if one.delay_max and held.learning_sources else 0,
        )
        return self.total_bytes(held) - self.total_bytes(replace(held, listed=nothing))


def _with_delay_counts(unit: Unit, graph: Graph, population: int) -> Unit:
    """Return the unit with the counts of sources with delays, of those that learn one for each synapse, and of the slots of the ring."""
    delayed = [graph.projections[q] for q in graph.incoming(population) if graph.projections[q].delay_max > 0]
    sizes = [graph.populations[one.pre].size for one in delayed]
    return replace(
        unit,
        delayed_sources=sum(sizes),
        learning_sources=sum(sizes) if any(one.learns_delays and one.learn != "axonal" for one in delayed) else 0,
        delay_slots=max((one.delay_max for one in delayed), default=-1) + 1,
    )
