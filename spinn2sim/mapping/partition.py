"""Cuts layers into shares and weights into optimizer units by neurons per PE and by SRAM; it places nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import CODE_BYTES, FIFO_PACKET_BYTES, HEAP_STACK_BYTES, N_CORES, SRAM_BYTES
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.scenario.keys import Scenario

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
    """layers[k] are the shares of layer k of one copy; optimizer units serve all copies; slots copies are reduced at a time."""

    layers: tuple[tuple[Cut, ...], ...]
    optimizer: tuple[OptimizerCut, ...]
    slots: int
    units: tuple[tuple[Unit, ...], ...]  # [layer][part]
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


def fits(firmware: Firmware, unit: Unit, fifo_capacity: int) -> bool:
    """Whether a PE's SRAM holds this unit."""
    return sum(used_bytes(firmware, unit, fifo_capacity).values()) <= SRAM_BYTES


def partition(scenario: Scenario, sizes: tuple[int, ...], events: int, firmware: Firmware) -> Partition:
    """Shares of every layer and the optimizer units. Raises MappingError where something does not fit."""
    parts: list[int] = []
    for layer in range(len(sizes)):
        parts.append(_parts(scenario, sizes, layer, events, firmware))
    cuts = tuple(even_cuts(n, p) for n, p in zip(sizes, parts, strict=True))
    units = tuple(
        tuple(
            _unit(scenario, sizes, layer, cut.size, events, parts[layer + 1] if layer + 1 < len(parts) else 1)
            for cut in cuts[layer]
        )
        for layer in range(len(sizes))
    )
    loss = Unit("peak_loss" if scenario.has_readout else "loss", layer=len(sizes), sources=sizes[-1])
    _need(scenario, firmware, loss, "the loss", "a smaller output layer")
    copy_pes = sum(parts) + 1
    optimizer, slots = _optimizer(scenario, cuts, copy_pes, firmware)
    slices = {(cut.layer, cut.part): 0 for cut in optimizer}
    for cut in optimizer:
        slices[cut.layer, cut.part] += 1
    units = tuple(
        tuple(replace(u, slices=slices.get((layer, part), 0)) for part, u in enumerate(row))
        for layer, row in enumerate(units)
    )
    return Partition(cuts, optimizer, slots, units, loss, events)


def available_pes(scenario: Scenario) -> int:
    """PEs that applications may use."""
    return N_CORES - scenario.chip.reserved_pes


def _unit(scenario: Scenario, sizes: tuple[int, ...], layer: int, neurons: int, events: int, parts_above: int) -> Unit:
    """What one PE of a layer holds."""
    if layer == 0:
        return Unit("input", neurons=neurons, events=events)
    output = layer == len(sizes) - 1
    program = "readout" if output and scenario.has_readout else "lif"
    return Unit(program, layer, sizes[layer - 1], neurons, output=output, parts_above=parts_above)


def _need(scenario: Scenario, firmware: Firmware, unit: Unit, what: str, remedy: str) -> None:
    """Refuse a unit that no PE can hold."""
    if not fits(firmware, unit, scenario.chip.fifo_capacity):
        regions = used_bytes(firmware, unit, scenario.chip.fifo_capacity)
        largest = sorted(regions, key=lambda name: -regions[name])[:3]
        raise MappingError(
            f"{what} needs {sum(regions.values())} bytes of SRAM on one PE ({', '.join(f'{n} {regions[n]}' for n in largest)}), "
            f"there are {SRAM_BYTES}; {remedy}"
        )


def _parts(scenario: Scenario, sizes: tuple[int, ...], layer: int, events: int, firmware: Firmware) -> int:
    """In how many parts a layer is cut: as asked, else the fewest that fit."""
    n, mapping, fifo = sizes[layer], scenario.mapping, scenario.chip.fifo_capacity
    what = "the input layer" if layer == 0 else f"layer {layer}"
    if mapping.pes_per_layer is not None:
        parts = mapping.pes_per_layer[layer]
        if parts > n:
            raise MappingError(
                f"mapping.pes_per_layer asks for {parts} PEs for {what}, which has {n} neurons; at most {n}"
            )
        largest = _unit(scenario, sizes, layer, -(-n // parts), events, 1)
        _need(
            scenario,
            firmware,
            largest,
            f"{what} cut into {parts}",
            "raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
        )
        return parts
    parts = 1 if mapping.neurons_per_pe is None else -(-n // mapping.neurons_per_pe)
    while parts < n and not fits(firmware, _unit(scenario, sizes, layer, -(-n // parts), events, 1), fifo):
        parts += 1
    single = _unit(scenario, sizes, layer, -(-n // parts), events, 1)
    _need(
        scenario,
        firmware,
        single,
        f"{-(-n // parts)} neuron(s) of {what}",
        "lower network.hidden, network.steps, mapping.spikes_per_neuron or chip.fifo_capacity",
    )
    return parts


def _optimizer(
    scenario: Scenario, cuts: tuple[tuple[Cut, ...], ...], copy_pes: int, firmware: Firmware
) -> tuple[tuple[OptimizerCut, ...], int]:
    """Optimizer units and slots: the fewest reduce rounds for which they fit beside the copies."""
    copies, there = scenario.training.copies, available_pes(scenario)
    asked = scenario.mapping.reduce_rounds
    if asked is not None and asked > copies:
        raise MappingError(f"mapping.reduce_rounds is {asked}, with {copies} copies it can be at most {copies}")
    left = there - copies * copy_pes
    fewest = None
    for rounds in [asked] if asked else range(1, copies + 1):
        slots = -(-copies // rounds)
        units = _optimizer_units(cuts, slots, scenario.chip.fifo_capacity, firmware)
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
    cuts: tuple[tuple[Cut, ...], ...], slots: int, fifo: int, firmware: Firmware
) -> tuple[OptimizerCut, ...] | None:
    """Each share's source rows, cut evenly into as few PEs as hold them; None where one row does not fit."""
    units: list[OptimizerCut] = []
    for layer in range(1, len(cuts)):
        sources = cuts[layer - 1][-1].last
        for part, cut in enumerate(cuts[layer]):
            pes = 1
            while pes <= sources and not fits(
                firmware, Unit("optimizer", layer, sources, cut.size, pre_rows=-(-sources // pes), slots=slots), fifo
            ):
                pes += 1
            if pes > sources:
                return None
            units += [OptimizerCut(layer, part, rows) for rows in even_cuts(sources, pes)]
    return tuple(units)
