"""Cuts populations into shares, and weights into optimizer units, by neurons per PE and by SRAM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.facts import CODE_BYTES, FIFO_PACKET_BYTES, HEAP_STACK_BYTES, SRAM_BYTES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.mapping.mapping_options import MappingOptions

Quantity = Literal["weights", "delays", "axons"]
FIXED = {"code": CODE_BYTES, "heap and stack": HEAP_STACK_BYTES}


@dataclass(frozen=True)
class Cut:
    """Neurons [first, last) of a population, or source rows [first, last) of a share's weights."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """The number of neurons or rows."""
        return self.last - self.first


@dataclass(frozen=True)
class OptimizerCut:
    """What one optimizer PE holds: source rows of one projection into one part of a population.

    Axonal delays, which all parts share, are those of "part" 0.
    """

    population: int
    part: int
    rows: Cut
    projection: int
    quantity: Quantity = "weights"


@dataclass(frozen=True)
class Partition:
    """How a network is cut. Optimizer units serve all copies; they have buffer slots for the gradients of `slots` copies at a time."""

    graph: Graph
    # The shares of each population of one copy.
    shares: tuple[tuple[Cut, ...], ...]
    optimizer: tuple[OptimizerCut, ...]
    slots: int
    # What the PE of each share holds, by population and part.
    units: tuple[tuple[Unit, ...], ...]
    loss: Unit
    # The most spikes of one sample.
    events: int

    @property
    def optimized(self) -> tuple[tuple[int, Quantity], ...]:
        """The groups of optimizer PEs: population, and what they hold."""
        return tuple(dict.fromkeys((cut.population, cut.quantity) for cut in self.optimizer))

    @property
    def pes_per_copy(self) -> int:
        """The number of input, LIF, readout and loss PEs of one copy."""
        return sum(len(shares) for shares in self.shares) + 1

    def group(self, population: int) -> str:
        """Return the name of the group of a population's PEs."""
        return self.graph.populations[population].name

    def optimizer_group(self, population: int, quantity: Quantity) -> str:
        """Return the name of the group of a population's optimizer PEs for its weights or its delays."""
        return f"optimizer{population}" if quantity == "weights" else f"optimizer{population}_{quantity}"

    def units_of(self, population: int, quantity: Quantity) -> list[tuple[int, OptimizerCut]]:
        """Return the number and the cut of each of a population's optimizer units, in the order of the rows of its optimizer group."""
        units = enumerate(self.optimizer)
        return [(unit, cut) for unit, cut in units if (cut.population, cut.quantity) == (population, quantity)]

    def optimizer_unit(self, unit: int) -> Unit:
        """Return what one optimizer PE holds, in counts."""
        cut = self.optimizer[unit]
        parts = len(self.shares[cut.population])
        return _optimizer_unit(
            cut.quantity, self.shares[cut.population][cut.part].size, cut.rows.size, self.slots, parts
        )

    def stride(self, population: int, quantity: Quantity = "weights") -> int:
        """Return the words from one source row to the next: as many as the largest share of the population has neurons; 1 for axons."""
        return 1 if quantity == "axons" else max(cut.size for cut in self.shares[population])

    def senders(self, population: int, quantity: Quantity) -> int:
        """Return how many PEs of a copy send gradients to one optimizer PE: one, but all parts for axons."""
        return len(self.shares[population]) if quantity == "axons" else 1

    def buffer_words(self, population: int, quantity: Quantity) -> int:
        """Return the words of one buffer slot of a population's optimizer group, which has room for the largest unit."""
        rows = max(cut.rows.size for _, cut in self.units_of(population, quantity))
        return rows * self.stride(population, quantity)

    def sends_counts(self, population: int, firmware: Firmware) -> bool:
        """Whether a population's spike counts are sent with its gradients; a readout has none."""
        return firmware.send_counts and self.graph.populations[population].kind == "lif"


def _optimizer_unit(quantity: Quantity, neurons: int, rows: int, slots: int, parts: int) -> Unit:
    """Make the unit of an optimizer PE for a share of `neurons` neurons of a population in so many parts."""
    if quantity == "axons":
        return Unit("optimizer", neurons=1, pre_rows=rows, slots=slots * parts, delays=True)
    return Unit("optimizer", neurons=neurons, pre_rows=rows, slots=slots, delays=quantity == "delays")


def even_cuts(total: int, parts: int) -> tuple[Cut, ...]:
    """Cut [0, total) into `parts` contiguous parts whose sizes differ by at most one, larger ones first."""
    base, extra = divmod(total, parts)
    edges = [0]
    for part in range(parts):
        edges.append(edges[-1] + base + (part < extra))
    return tuple(Cut(a, b) for a, b in pairwise(edges))


def used_bytes(firmware: Firmware, unit: Unit, fifo_capacity: int) -> dict[str, int]:
    """Return all SRAM regions of a PE with this unit, including code, stack and receive FIFO."""
    return {**FIXED, "receive FIFO": FIFO_PACKET_BYTES * fifo_capacity, **firmware.regions(unit)}


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


@dataclass(frozen=True)
class _Problem:
    """What is to be cut, and what the parts must fit into."""

    graph: Graph
    events: int
    options: MappingOptions
    hardware: HardwareOptions
    firmware: Firmware

    def used_bytes(self, unit: Unit) -> dict[str, int]:
        """Return all SRAM regions of a PE with this unit."""
        return used_bytes(self.firmware, unit, self.hardware.fifo_capacity)

    def fits(self, unit: Unit) -> bool:
        """Whether a PE's SRAM holds this unit."""
        return sum(self.used_bytes(unit).values()) <= SRAM_BYTES

    def refuse_if_too_large(self, unit: Unit, what: str, remedy: str) -> None:
        """Raise MappingError for a unit that no PE can hold."""
        if not self.fits(unit):
            regions = self.used_bytes(unit)
            largest = sorted(regions, key=lambda name: -regions[name])[:3]
            raise MappingError(
                f"{what} needs {sum(regions.values())} bytes of SRAM on one PE ({', '.join(f'{n} {regions[n]}' for n in largest)}), "
                f"there are {SRAM_BYTES}; {remedy}"
            )

    def unit(self, population: int, neurons: int) -> Unit:
        """Make the unit of one PE of a population, as far as it does not depend on how others are cut."""
        graph = self.graph
        kind = graph.populations[population].kind
        if kind == "input":
            return Unit("input", neurons=neurons, events=self.events)
        sources = [graph.populations[graph.projections[q].pre] for q in graph.incoming(population)]
        unit = Unit(
            kind,
            sources=sum(pre.size for pre in sources),
            neurons=neurons,
            error_sources=sum(pre.size for pre in sources if pre.kind != "input"),
            output=population == graph.output,
            error_senders=len(graph.outgoing(population)),
            own_time_constants=len(graph.populations[population].time_constants) > 1,
        )
        return _with_delay_counts(unit, graph, population)


def partition(
    graph: Graph, events: int, options: MappingOptions, hardware: HardwareOptions, firmware: Firmware
) -> Partition:
    """Cut every population into shares, and its weights into optimizer units. Raises MappingError if something does not fit."""
    problem = _Problem(graph, events, options, hardware, firmware)
    parts = [_count_parts(problem, population) for population in range(len(graph.populations))]
    cuts = tuple(even_cuts(n, p) for n, p in zip(graph.sizes, parts, strict=True))
    program = "peak_loss" if graph.has_readout else "loss"
    loss = Unit(program, sources=graph.sizes[graph.output])
    problem.refuse_if_too_large(loss, "the loss", "a smaller output population")
    optimizer, slots = _cut_optimizer(problem, cuts, sum(parts) + 1)
    slices = Counter((cut.population, cut.part) for cut in optimizer)
    senders = [
        sum(parts[graph.projections[q].post] for q in graph.outgoing(population)) for population in range(len(cuts))
    ]
    units = tuple(
        tuple(
            replace(
                problem.unit(population, cut.size),
                slices=slices[population, part],
                error_senders=senders[population],
            )
            for part, cut in enumerate(shares)
        )
        for population, shares in enumerate(cuts)
    )
    return Partition(graph, cuts, optimizer, slots, units, loss, events)


def _count_parts(problem: _Problem, population: int) -> int:
    """Return in how many parts a population is cut: as many as asked for, otherwise the fewest that fit."""
    n, options = problem.graph.sizes[population], problem.options
    what = f"population {problem.graph.populations[population].name}"
    if options.pes_per_layer is not None:
        parts = options.pes_per_layer[population]
        if parts > n:
            raise MappingError(
                f"mapping.pes_per_layer asks for {parts} PEs for {what}, which has {n} neurons; at most {n}"
            )
        problem.refuse_if_too_large(
            problem.unit(population, -(-n // parts)),
            f"{what} cut into {parts}",
            "raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
        )
        return parts
    parts = 1 if options.neurons_per_pe is None else -(-n // options.neurons_per_pe)
    while parts < n and not problem.fits(problem.unit(population, -(-n // parts))):
        parts += 1
    problem.refuse_if_too_large(
        problem.unit(population, -(-n // parts)),
        f"{-(-n // parts)} neuron(s) of {what}",
        "use smaller populations (network.hidden), or lower network.steps, mapping.spikes_per_neuron or chip.fifo_capacity",
    )
    return parts


def _cut_optimizer(
    problem: _Problem, cuts: tuple[tuple[Cut, ...], ...], copy_pes: int
) -> tuple[tuple[OptimizerCut, ...], int]:
    """Choose optimizer units and slots: those of the fewest reduce rounds for which the units fit besides the copies."""
    copies, available = problem.options.copies, problem.hardware.available_pes
    asked = problem.options.reduce_rounds
    if asked is not None and asked > copies:
        raise MappingError(f"mapping.reduce_rounds is {asked}, with {copies} copies it can be at most {copies}")
    left = available - copies * copy_pes
    fewest = None
    for rounds in [asked] if asked else range(1, copies + 1):
        slots = -(-copies // rounds)
        units = _optimizer_units(problem, cuts, slots)
        if units is not None:
            fewest = len(units) if fewest is None else min(fewest, len(units))
            if len(units) <= left:
                return units, slots
    if fewest is None:
        raise MappingError(
            f"one row of a population's gradients from {copies} copies does not fit beside its optimizer state on one PE; "
            "raise mapping.reduce_rounds or lower network.hidden or chip.fifo_capacity"
        )
    most = max(0, (available - fewest) // copy_pes)
    advice = (
        f"at most about {most} copies fit (training.copies)" if most else "lower network.hidden or chip.reserved_pes"
    )
    raise MappingError(
        f"{copies} copies need {copies * copy_pes} PEs ({copy_pes} each) and the optimizer {fewest}, together "
        f"{copies * copy_pes + fewest}; the chip has {available}{_lost_pes(problem.hardware)}; {advice}"
    )


def _lost_pes(hardware: HardwareOptions) -> str:
    """Say which PEs a chip with dead parts does without; nothing about a whole chip."""
    if not hardware.dead:
        return ""
    cut_off = len(routes_around(hardware.dead).cut_off)
    return f" ({len(hardware.dead.pes)} are dead, {cut_off} cut off by dead channels, {hardware.reserved_pes} reserved)"


def _optimizer_units(
    problem: _Problem, cuts: tuple[tuple[Cut, ...], ...], slots: int
) -> tuple[OptimizerCut, ...] | None:
    """Cut each share's source rows evenly into units for as few PEs as can hold them. Returns None if a single row does not fit."""
    units: list[OptimizerCut] = []
    for population, projection, part, quantity in _optimized_blocks(problem.graph, cuts):
        sources, neurons, parts = problem.graph.shape(projection)[1], cuts[population][part].size, len(cuts[population])
        pes = 1
        while pes <= sources and not problem.fits(_optimizer_unit(quantity, neurons, -(-sources // pes), slots, parts)):
            pes += 1
        if pes > sources:
            return None
        first = problem.graph.first_row(projection)
        units += [
            OptimizerCut(population, part, Cut(first + rows.first, first + rows.last), projection, quantity)
            for rows in even_cuts(sources, pes)
        ]
    return tuple(units)


def _optimized_blocks(graph: Graph, cuts: tuple[tuple[Cut, ...], ...]) -> Iterator[tuple[int, int, int, Quantity]]:
    """Yield (population, projection, part, quantity) of all that optimizer PEs hold, learned or not."""
    for population, shares in enumerate(cuts):
        for part in range(len(shares)):
            for projection in graph.incoming(population):
                yield population, projection, part, "weights"
        for projection in graph.incoming(population):
            if graph.projections[projection].delay_max > 0:
                axonal = graph.projections[projection].learn == "axonal"
                for part in range(1 if axonal else len(shares)):
                    yield population, projection, part, "axons" if axonal else "delays"
