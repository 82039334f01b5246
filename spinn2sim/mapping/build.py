"""build_plan: the one page that reads as the flow: partition -> place -> transfers -> routes -> timing -> Plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import PERFORMANCE_LEVELS_MHZ, dram_flit_quanta
from spinn2sim.hardware.packet import COPY_MASK, LAYER_MASK, Phase
from spinn2sim.hardware.plan import FIRST, PEAK, Group, Plan, Share
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.hardware.units import QUANTA_PER_NS, quanta_per_cycle
from spinn2sim.mapping import transfers as dma
from spinn2sim.mapping.keys import routing_entries
from spinn2sim.mapping.partition import Partition, available_pes, partition, used_bytes
from spinn2sim.mapping.place import place
from spinn2sim.mapping.timing import Load, schedule
from spinn2sim.scenario.keys import Scenario

Columns = dict[str, tuple[Any, ...]]


def build_plan(
    scenario: Scenario,
    sizes: tuple[int, ...],
    events: int,
    firmware: Firmware,
    rng: np.random.Generator,
    step_us: Mapping[Phase, int] | None = None,
) -> Plan:
    """The network on the chip.

    `sizes` are neurons per layer, input first; `events` is the most spikes of one sample; `step_us` replaces the tick
    periods of step phases where they were measured. Raises MappingError where something does not fit.
    """
    _check_key_fields(scenario, sizes)
    cut = partition(scenario, sizes, events, firmware)
    copies = scenario.training.copies
    blocks, optimizer_cores = place(
        copies, cut.pes_per_copy, len(cut.optimizer), scenario.chip.reserved_pes, scenario.mapping.placement, rng
    )
    shares, loss_cores = _assign(cut, blocks)
    guard = scenario.training.silent_guard == "push"
    entries = routing_entries(shares, loss_cores, tuple((u.layer, u.part) for u in cut.optimizer), guard)
    table = dma.TransferTable()
    groups = _groups(scenario, cut, shares, loss_cores, optimizer_cores, firmware, table)
    level = PERFORMANCE_LEVELS_MHZ[scenario.chip.performance_level]
    load = Load(
        partition=cut, shares=shares, groups=groups, units=_units_by_group(cut), entries=entries, transfers=tuple(table.all),
        firmware=firmware, core_quanta=quanta_per_cycle(level), dram_flit_q=dram_flit_quanta(scenario.chip.dram_efficiency),
        dram_latency_q=scenario.chip.dram_latency_ns * QUANTA_PER_NS, guard=guard,
    )  # fmt: skip
    return Plan(
        copies=copies, sizes=sizes, shares=shares, groups=groups, entries=entries, transfers=tuple(table.all),
        schedule=schedule(load, scenario, step_us), core_quanta=load.core_quanta, fifo_capacity=scenario.chip.fifo_capacity,
        fifo_policy=scenario.chip.fifo_policy, dram_flit_q=load.dram_flit_q, dram_latency_q=load.dram_latency_q,
        pes_available=available_pes(scenario),
    )  # fmt: skip


def _check_key_fields(scenario: Scenario, sizes: tuple[int, ...]) -> None:
    """Copies and layers must have room in a key."""
    if scenario.training.copies > COPY_MASK + 1:
        raise MappingError(f"training.copies is {scenario.training.copies}; a key has room for {COPY_MASK + 1} copies")
    if len(sizes) > LAYER_MASK + 1:
        raise MappingError(f"network.hidden makes {len(sizes)} layers; a key has room for {LAYER_MASK + 1}")


def _assign(cut: Partition, blocks: tuple[tuple[int, ...], ...]) -> tuple[tuple[Share, ...], tuple[int, ...]]:
    """Shares in order (layer, copy, part) with their cores, and the loss cores by copy. A copy's PEs go layer by layer."""
    shares: list[Share] = []
    at = 0
    for layer, parts in enumerate(cut.layers):
        for copy, block in enumerate(blocks):
            for part, neurons in enumerate(parts):
                shares.append(Share(layer, copy, part, neurons.first, neurons.last, block[at + part]))
        at += len(parts)
    return tuple(shares), tuple(block[at] for block in blocks)


def _units_by_group(cut: Partition) -> dict[str, tuple[Unit, ...]]:
    """The distinct units of each group."""
    units = {"input": cut.units[0], "loss": (cut.loss,)}
    for layer in range(1, len(cut.layers)):
        units[cut.group(layer)] = cut.units[layer]
        units[f"optimizer{layer}"] = tuple(_optimizer_unit(cut, u) for u, _ in dma.layer_units(cut, layer))
    return units


def _optimizer_unit(cut: Partition, unit: int) -> Unit:
    """What one optimizer PE holds."""
    one = cut.optimizer[unit]
    return Unit(
        "optimizer",
        one.layer,
        cut.layers[one.layer - 1][-1].last,
        cut.layers[one.layer][one.part].size,
        pre_rows=one.rows.size,
        slots=cut.slots,
    )


def _groups(
    scenario: Scenario, cut: Partition, shares: tuple[Share, ...], loss_cores: tuple[int, ...], optimizer_cores: tuple[int, ...],
    firmware: Firmware, table: dma.TransferTable,
) -> tuple[Group, ...]:  # fmt: skip
    """Groups in the order input, lif1.. (or a readout), loss, optimizer1..; their transfers are numbered on the way."""

    def group(
        name: str, program: str, layer: int, cores: tuple[int, ...], units: list[Unit], scalars: dict[str, int], columns: Columns
    ) -> Group:  # fmt: skip
        used = [used_bytes(firmware, unit, scenario.chip.fifo_capacity) for unit in units]
        sums = tuple(sum(u.values()) for u in used)
        return Group(name, program, layer, cores, scalars, columns, used[int(np.argmax(sums))], sums)

    layers = range(1, len(cut.layers))
    return (
        _input_group(cut, shares, table, group),
        *(_layer_group(cut, layer, shares, optimizer_cores, firmware, table, group) for layer in layers),
        _loss_group(cut, loss_cores, table, group),
        *(_optimizer_group(cut, layer, shares, optimizer_cores, firmware, table, group) for layer in layers),
    )


def _input_group(
    cut: Partition, shares: tuple[Share, ...], table: dma.TransferTable, group: Callable[..., Group]
) -> Group:
    """The input PEs of all copies."""
    own = [s for s in shares if s.layer == 0]
    numbers = tuple(dma.sample_transfer(table, s, row, cut.events) for row, s in enumerate(own))
    columns: Columns = {**_share_columns(own), "transfer": numbers}
    units = [cut.units[0][s.part] for s in own]
    return group("input", "input", 0, tuple(s.core for s in own), units, {"events": cut.events}, columns)


def _counts(cut: Partition, layer: int, firmware: Firmware) -> bool:
    """Whether a layer's spike counts travel with its gradients: a readout has none."""
    return firmware.send_counts and cut.units[layer][0].program == "lif"


def _layer_group(
    cut: Partition, layer: int, shares: tuple[Share, ...], optimizer_cores: tuple[int, ...], firmware: Firmware,
    table: dma.TransferTable, group: Callable[..., Group],
) -> Group:  # fmt: skip
    """The PEs of one layer of all copies."""
    own = [s for s in shares if s.layer == layer]
    gradient = [
        dma.gradient_transfers(table, cut, s, row, optimizer_cores, _counts(cut, layer, firmware))
        for row, s in enumerate(own)
    ]
    width = max(len(g) for g in gradient)
    columns: Columns = {
        **_share_columns(own),
        "turn": tuple(s.copy // cut.slots for s in own),
        "transfer": tuple((*g, *(-1,) * (width - len(g))) for g in gradient),
    }
    scalars = {"sources": cut.layers[layer - 1][-1].last, "output": int(layer == len(cut.layers) - 1)}
    units = [cut.units[layer][s.part] for s in own]
    return group(cut.group(layer), units[0].program, layer, tuple(s.core for s in own), units, scalars, columns)


def _loss_group(
    cut: Partition, loss_cores: tuple[int, ...], table: dma.TransferTable, group: Callable[..., Group]
) -> Group:
    """The loss PEs, one for each copy."""
    n_out, array = cut.loss.sources, PEAK if cut.loss.program == "peak_loss" else FIRST
    columns: Columns = {
        "copy": tuple(range(len(loss_cores))),
        "label_transfer": tuple(dma.label_transfer(table, c, core) for c, core in enumerate(loss_cores)),
        "result_transfer": tuple(
            dma.result_transfer(table, c, core, n_out, array) for c, core in enumerate(loss_cores)
        ),
    }
    units = [cut.loss] * len(loss_cores)
    return group("loss", cut.loss.program, len(cut.layers) - 1, loss_cores, units, {"sources": n_out}, columns)


def _share_columns(shares: list[Share]) -> Columns:
    """Columns that every program with neurons has."""
    return {
        "copy": tuple(s.copy for s in shares),
        "first": tuple(s.first for s in shares),
        "size": tuple(s.size for s in shares),
    }


def _optimizer_group(
    cut: Partition, layer: int, shares: tuple[Share, ...], optimizer_cores: tuple[int, ...], firmware: Firmware, table: dma.TransferTable,
    group: Callable[..., Group],
) -> Group:  # fmt: skip
    """The optimizer PEs of one layer."""
    own = [s for s in shares if s.layer == layer]
    units = dma.layer_units(cut, layer)
    numbers = []
    for unit, one in units:
        targets = tuple((row, s.core) for row, s in enumerate(own) if s.part == one.part)
        numbers.append(dma.weight_transfer(table, cut, unit, optimizer_cores[unit], targets, firmware.weight_bytes))
    cuts = [cut.layers[layer][one.part] for _, one in units]
    columns: Columns = {
        "pre_first": tuple(one.rows.first for _, one in units),
        "pre_rows": tuple(one.rows.size for _, one in units),
        "first": tuple(c.first for c in cuts),
        "size": tuple(c.size for c in cuts),
        "transfer": tuple(numbers),
    }
    return group(
        f"optimizer{layer}", "optimizer", layer, tuple(optimizer_cores[u] for u, _ in units), [_optimizer_unit(cut, u) for u, _ in units],
        {"slots": cut.slots, "stride": dma.stride_of(cut, layer), "counts": int(_counts(cut, layer, firmware))}, columns,
    )  # fmt: skip
