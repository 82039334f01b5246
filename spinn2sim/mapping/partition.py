"""Cuts layers into shares, and weights into optimizer units, by neurons per PE and by SRAM."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import CODE_BYTES, FIFO_PACKET_BYTES, HEAP_STACK_BYTES, SRAM_BYTES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.mapping.mapping_options import MappingOptions

FIXED = {"code": CODE_BYTES, "heap and stack": HEAP_STACK_BYTES}


@dataclass(frozen=True)
class Cut:
    """Neurons [first, last) of a layer, or source rows [first, last) of a share's weights."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many."""
        return self.last - self.first


@dataclass(frozen=True)
class OptimizerCut:
    """One optimizer PE: source rows of one part of one layer's weights."""

    layer: int
    part: int
    rows: Cut


@dataclass(frozen=True)
class Partition:
    """How a network is cut. Optimizer units serve all copies; the gradients of `slots` copies are summed at a time."""

    # the shares of each layer of one copy
    layers: tuple[tuple[Cut, ...], ...]
    optimizer: tuple[OptimizerCut, ...]
    slots: int
    # what the PE of each share holds, by layer and part
    units: tuple[tuple[Unit, ...], ...]
    loss: Unit
    events: int

    @property
    def pes_per_copy(self) -> int:
        """Input, LIF, readout and loss PEs of one copy."""
        return sum(len(layer) for layer in self.layers) + 1

    def group(self, layer: int) -> str:
        """The name of the group of a layer's PEs."""
        program = self.units[layer][0].program
        return f"{program}{layer}" if layer else program

    def optimizer_group(self, layer: int) -> str:
        """The name of the group of a layer's optimizer PEs."""
        return f"optimizer{layer}"

    def units_of(self, layer: int) -> list[tuple[int, OptimizerCut]]:
        """(unit, cut) of one layer's optimizer units, in the order of its optimizer group's rows."""
        return [(unit, cut) for unit, cut in enumerate(self.optimizer) if cut.layer == layer]

    def optimizer_unit(self, unit: int) -> Unit:
        """What one optimizer PE holds."""
        one = self.optimizer[unit]
        sources, neurons = self.layers[one.layer - 1][-1].last, self.layers[one.layer][one.part].size
        return Unit("optimizer", one.layer, sources, neurons, pre_rows=one.rows.size, slots=self.slots)

    def stride(self, layer: int) -> int:
        """Words between two source rows of weights: the largest share of the layer."""
        return max(cut.size for cut in self.layers[layer])

    def buffer_words(self, layer: int) -> int:
        """Words of one slot in the gradient buffers of a layer's optimizer group: its largest unit."""
        return max(cut.rows.size for _, cut in self.units_of(layer)) * self.stride(layer)

    def sends_counts(self, layer: int, firmware: Firmware) -> bool:
        """Whether a layer's spike counts travel with its gradients: a readout has none."""
        return firmware.send_counts and self.units[layer][0].program == "lif"


def even_cuts(total: int, parts: int) -> tuple[Cut, ...]:
    """`parts` contiguous cuts of [0, total) whose sizes differ by at most one, larger first."""
    base, extra = divmod(total, parts)
    edges = [0]
    for part in range(parts):
        edges.append(edges[-1] + base + (part < extra))
    return tuple(Cut(a, b) for a, b in pairwise(edges))


def used_bytes(firmware: Firmware, unit: Unit, fifo_capacity: int) -> dict[str, int]:
    """All SRAM regions of a PE with this unit, code, stack and receive FIFO included."""
    return {**FIXED, "receive FIFO": FIFO_PACKET_BYTES * fifo_capacity, **firmware.regions(unit)}


@dataclass(frozen=True)
class _Problem:
    """What is to be cut, and by what it is judged."""

    sizes: tuple[int, ...]
    events: int
    options: MappingOptions
    hardware: HardwareOptions
    firmware: Firmware

    def used_bytes(self, unit: Unit) -> dict[str, int]:
        """All SRAM regions of a PE with this unit."""
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

    def unit(self, layer: int, neurons: int, parts_above: int) -> Unit:
        """What one PE of a layer holds."""
        if layer == 0:
            return Unit("input", neurons=neurons, events=self.events)
        output = layer == len(self.sizes) - 1
        program = "readout" if output and self.options.has_readout else "lif"
        return Unit(program, layer, self.sizes[layer - 1], neurons, output=output, parts_above=parts_above)


def partition(
    sizes: tuple[int, ...], events: int, options: MappingOptions, hardware: HardwareOptions, firmware: Firmware
) -> Partition:
    """Shares of every layer and the optimizer units. Raises MappingError where something does not fit."""
    problem = _Problem(sizes, events, options, hardware, firmware)
    parts = [_count_parts(problem, layer) for layer in range(len(sizes))]
    cuts = tuple(even_cuts(n, p) for n, p in zip(sizes, parts, strict=True))
    loss = Unit("peak_loss" if options.has_readout else "loss", layer=len(sizes), sources=sizes[-1])
    problem.refuse_if_too_large(loss, "the loss", "a smaller output layer")
    optimizer, slots = _cut_optimizer(problem, cuts, sum(parts) + 1)
    slices = Counter((cut.layer, cut.part) for cut in optimizer)
    units = tuple(
        tuple(
            replace(problem.unit(layer, cut.size, above), slices=slices[layer, part])
            for part, cut in enumerate(cuts[layer])
        )
        for layer, above in enumerate([*parts[1:], 1])
    )
    return Partition(cuts, optimizer, slots, units, loss, events)


def _count_parts(problem: _Problem, layer: int) -> int:
    """In how many parts a layer is cut: as asked, else the fewest that fit."""
    n, options = problem.sizes[layer], problem.options
    what = "the input layer" if layer == 0 else f"layer {layer}"
    if options.pes_per_layer is not None:
        parts = options.pes_per_layer[layer]
        if parts > n:
            raise MappingError(
                f"mapping.pes_per_layer asks for {parts} PEs for {what}, which has {n} neurons; at most {n}"
            )
        problem.refuse_if_too_large(
            problem.unit(layer, -(-n // parts), 1),
            f"{what} cut into {parts}",
            "raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
        )
        return parts
    parts = 1 if options.neurons_per_pe is None else -(-n // options.neurons_per_pe)
    while parts < n and not problem.fits(problem.unit(layer, -(-n // parts), 1)):
        parts += 1
    problem.refuse_if_too_large(
        problem.unit(layer, -(-n // parts), 1),
        f"{-(-n // parts)} neuron(s) of {what}",
        "lower network.hidden, network.steps, mapping.spikes_per_neuron or chip.fifo_capacity",
    )
    return parts


def _cut_optimizer(
    problem: _Problem, cuts: tuple[tuple[Cut, ...], ...], copy_pes: int
) -> tuple[tuple[OptimizerCut, ...], int]:
    """Optimizer units and slots: the fewest reduce rounds for which they fit beside the copies."""
    copies, there = problem.options.copies, problem.hardware.available_pes
    asked = problem.options.reduce_rounds
    if asked is not None and asked > copies:
        raise MappingError(f"mapping.reduce_rounds is {asked}, with {copies} copies it can be at most {copies}")
    left = there - copies * copy_pes
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
            f"one row of a layer's gradients from {copies} copies does not fit beside its optimizer state on one PE; "
            "raise mapping.reduce_rounds or lower network.hidden or chip.fifo_capacity"
        )
    most = max(0, (there - fewest) // copy_pes)
    advice = (
        f"at most about {most} copies fit (training.copies)" if most else "lower network.hidden or chip.reserved_pes"
    )
    raise MappingError(
        f"{copies} copies need {copies * copy_pes} PEs ({copy_pes} each) and the optimizer {fewest}, together "
        f"{copies * copy_pes + fewest}; the chip has {there}; {advice}"
    )


def _optimizer_units(
    problem: _Problem, cuts: tuple[tuple[Cut, ...], ...], slots: int
) -> tuple[OptimizerCut, ...] | None:
    """Each share's source rows, cut evenly into as few PEs as hold them; None where one row does not fit."""
    units: list[OptimizerCut] = []
    for layer in range(1, len(cuts)):
        sources = cuts[layer - 1][-1].last
        for part, cut in enumerate(cuts[layer]):
            pes = 1
            while pes <= sources and not problem.fits(
                Unit("optimizer", layer, sources, cut.size, pre_rows=-(-sources // pes), slots=slots)
            ):
                pes += 1
            if pes > sources:
                return None
            units += [OptimizerCut(layer, part, rows) for rows in even_cuts(sources, pes)]
    return tuple(units)
