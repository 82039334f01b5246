"""Makes the groups of a plan: the PEs that run one program, and the numbers from which that program is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spinn2sim.hardware.plan import Group, Share, Transfer
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.mapping import transfers as dma
from spinn2sim.mapping.partition import used_bytes
from spinn2sim.mapping.place import PlacedNetwork

Columns = dict[str, tuple[Any, ...]]
Numbers = Mapping[str, int]


def make_groups(
    network: PlacedNetwork, transfers: Iterable[Transfer], firmware: Firmware, fifo_capacity: int
) -> tuple[Group, ...]:
    """Make the groups, in the order input, layers, loss, optimizers. Programs refer to a transfer by its number."""
    numbers = {transfer.name: transfer.number for transfer in transfers}
    layers = range(1, len(network.partition.layers))
    groups = (
        _input_group(network, numbers),
        *(_layer_group(network, layer, numbers) for layer in layers),
        _loss_group(network, numbers),
        *(
            _optimizer_group(network, layer, network.partition.sends_counts(layer, firmware), numbers)
            for layer in layers
        ),
    )
    units = units_by_row(network)
    return tuple(_with_memory(group, units[group.name], firmware, fifo_capacity) for group in groups)


def units_by_row(network: PlacedNetwork) -> dict[str, list[Unit]]:
    """Return what each PE of a group holds, by the group's name, in the order of the group's rows."""
    cut = network.partition
    units = {"loss": [cut.loss] * len(network.loss_cores)}
    for layer in range(len(cut.layers)):
        units[cut.group(layer)] = [cut.units[layer][share.part] for share in network.shares_of(layer)]
    for layer in range(1, len(cut.layers)):
        units[cut.optimizer_group(layer)] = [cut.optimizer_unit(unit) for unit, _ in cut.units_of(layer)]
    return units


def _with_memory(group: Group, units: Iterable[Unit], firmware: Firmware, fifo_capacity: int) -> Group:
    """Return the group with the SRAM of its PEs filled in."""
    regions = [used_bytes(firmware, unit, fifo_capacity) for unit in units]
    used = tuple(sum(one.values()) for one in regions)
    return replace(group, regions=regions[int(np.argmax(used))], used=used)


def _input_group(network: PlacedNetwork, numbers: Numbers) -> Group:
    """Make the group of the input PEs of all copies."""
    own, events = network.shares_of(0), network.partition.events
    columns: Columns = {**_share_columns(own), "transfer": tuple(numbers[dma.sample_name(share)] for share in own)}
    return Group("input", "input", 0, _cores(own), {"events": events}, columns, {}, ())


def _layer_group(network: PlacedNetwork, layer: int, numbers: Numbers) -> Group:
    """Make the group of the PEs of one layer of all copies."""
    cut, own = network.partition, network.shares_of(layer)
    units = [unit for _, unit in cut.units_of(layer)]
    gradients = [
        [numbers[dma.gradient_name(share, unit)] for unit in units if unit.part == share.part] for share in own
    ]
    width = max(len(g) for g in gradients)
    columns: Columns = {
        **_share_columns(own),
        "turn": tuple(share.copy // cut.slots for share in own),
        "transfer": tuple((*g, *(-1,) * (width - len(g))) for g in gradients),
    }
    scalars = {"sources": cut.layers[layer - 1][-1].last, "output": int(layer == len(cut.layers) - 1)}
    return Group(cut.group(layer), cut.units[layer][0].program, layer, _cores(own), scalars, columns, {}, ())


def _loss_group(network: PlacedNetwork, numbers: Numbers) -> Group:
    """Make the group of the loss PEs, one for each copy."""
    cut, copies = network.partition, range(len(network.loss_cores))
    columns: Columns = {
        "copy": tuple(copies),
        "label_transfer": tuple(numbers[dma.label_name(copy)] for copy in copies),
        "result_transfer": tuple(numbers[dma.result_name(copy)] for copy in copies),
    }
    scalars = {"sources": cut.loss.sources}
    return Group("loss", cut.loss.program, len(cut.layers) - 1, network.loss_cores, scalars, columns, {}, ())


def _optimizer_group(network: PlacedNetwork, layer: int, counts: bool, numbers: Numbers) -> Group:
    """Make the group of the optimizer PEs of one layer."""
    cut = network.partition
    units = cut.units_of(layer)
    cuts = [cut.layers[layer][one.part] for _, one in units]
    columns: Columns = {
        "pre_first": tuple(one.rows.first for _, one in units),
        "pre_rows": tuple(one.rows.size for _, one in units),
        "first": tuple(c.first for c in cuts),
        "size": tuple(c.size for c in cuts),
        "transfer": tuple(numbers[dma.weights_name(one)] for _, one in units),
    }
    scalars = {"slots": cut.slots, "stride": cut.stride(layer), "counts": int(counts)}
    cores = tuple(network.optimizer_cores[unit] for unit, _ in units)
    return Group(cut.optimizer_group(layer), "optimizer", layer, cores, scalars, columns, {}, ())


def _cores(shares: Iterable[Share]) -> tuple[int, ...]:
    return tuple(share.core for share in shares)


def _share_columns(shares: Iterable[Share]) -> Columns:
    """Make the columns that every program with neurons has."""
    return {
        "copy": tuple(share.copy for share in shares),
        "first": tuple(share.first for share in shares),
        "size": tuple(share.size for share in shares),
    }
