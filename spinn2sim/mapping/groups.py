"""Makes the groups of a plan: the PEs that run one program, and the numbers from which that program is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from spinn2sim.hardware.plan import Group, Incoming, Share, Transfer
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.mapping import transfers as dma
from spinn2sim.mapping.cuts import Cut
from spinn2sim.mapping.optimizer_cuts import Quantity
from spinn2sim.mapping.partition import Partition
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.problem import used_bytes

Columns = dict[str, tuple[Any, ...]]
Numbers = Mapping[str, int]


def make_groups(
    network: PlacedNetwork, transfers: Iterable[Transfer], firmware: Firmware, fifo_capacity: int
) -> tuple[Group, ...]:
    """Make the groups of the chip, in the order populations, loss, optimizers. Programs refer to a transfer by its number."""
    numbers = {transfer.name: transfer.number for transfer in transfers}
    cut = network.partition
    groups = (
        *(_population_group(network, population, numbers) for population in network.populations),
        *((_loss_group(network, numbers),) if network.loss_cores else ()),
        *(_optimizer_group(network, k, quantity, firmware, numbers) for k, quantity in cut.optimized),
    )
    units = units_by_row(network)
    return tuple(_with_memory(group, units[group.name], firmware, fifo_capacity) for group in groups)


def units_by_row(network: PlacedNetwork) -> dict[str, list[Unit]]:
    """Return what each PE of a group holds, by the group's name, in the order of the group's rows."""
    cut = network.partition
    units = {"loss": [cut.loss] * len(network.loss_cores)}
    for population in network.populations:
        units[cut.group(population)] = [cut.units[population][share.part] for share in network.shares_of(population)]
    for population, quantity in cut.optimized:
        held = [cut.optimizer_unit(one) for _, one in cut.units_of(population, quantity)]
        units[cut.optimizer_group(population, quantity)] = held
    return units


def _with_memory(group: Group, units: Iterable[Unit], firmware: Firmware, fifo_capacity: int) -> Group:
    """Return the group with the SRAM of its PEs filled in."""
    regions = [used_bytes(firmware, unit, fifo_capacity) for unit in units]
    used = tuple(sum(one.values()) for one in regions)
    return replace(group, regions=regions[int(np.argmax(used))], used=used)


def _population_group(network: PlacedNetwork, population: int, numbers: Numbers) -> Group:
    """Make the group of the PEs of one population of all copies."""
    if network.partition.graph.populations[population].kind == "input":
        return _input_group(network, population, numbers)
    return _neuron_group(network, population, numbers)


def _input_group(network: PlacedNetwork, population: int, numbers: Numbers) -> Group:
    """Make the group of the PEs of one input population of all copies."""
    own, name = network.shares_of(population), network.partition.group(population)
    columns: Columns = {**_share_columns(own), "transfer": tuple(numbers[dma.sample_name(share)] for share in own)}
    scalars = {"events": network.partition.events}
    return Group(name, "input", population, _cores(own), scalars, columns, {}, ())


def _neuron_group(network: PlacedNetwork, population: int, numbers: Numbers) -> Group:
    """Make the group of the PEs of one population of LIF or readout neurons of all copies."""
    cut, own, graph = network.partition, network.shares_of(population), network.partition.graph
    gradients = [[numbers[dma.gradient_name(share, unit)] for unit in dma.units_learning(cut, share)] for share in own]
    width = max(len(g) for g in gradients)
    columns: Columns = {
        **_share_columns(own),
        "turn": tuple(share.copy // cut.slots for share in own),
        "transfer": tuple((*g, *(-1,) * (width - len(g))) for g in gradients),
    }
    scalars = {
        "output": int(population == graph.output),
        "hears_errors": int(bool(graph.outgoing(population))),
        "refractory_steps": graph.populations[population].refractory_steps,
    }
    name, program = cut.group(population), cut.units[population][0].program
    taus = graph.populations[population].time_constants
    return Group(name, program, population, _cores(own), scalars, columns, {}, (), _incoming(cut, population), taus)


def _incoming(cut: Partition, population: int) -> tuple[Incoming, ...]:
    """Describe the projections into a population, as its program needs them."""
    graph = cut.graph
    return tuple(
        Incoming(
            population=graph.projections[q].pre,
            first_row=graph.first_row(q),
            size=graph.shape(q)[1],
            takes_errors=graph.populations[graph.projections[q].pre].kind != "input",
            delay_max=graph.projections[q].delay_max,
            learns_delays=graph.projections[q].learns_delays,
            axonal=graph.projections[q].learn == "axonal",
            exists=graph.projections[q].exists if q in cut.listed else None,
        )
        for q in graph.incoming(population)
    )


def _loss_group(network: PlacedNetwork, numbers: Numbers) -> Group:
    """Make the group of the loss PEs, one for each copy."""
    cut, copies = network.partition, range(len(network.loss_cores))
    columns: Columns = {
        "copy": tuple(copies),
        "label_transfer": tuple(numbers[dma.label_name(copy)] for copy in copies),
        "result_transfer": tuple(numbers[dma.result_name(copy)] for copy in copies),
    }
    scalars = {"sources": cut.loss.sources}
    taus = cut.graph.populations[cut.graph.output].time_constants
    return Group(
        "loss", cut.loss.program, cut.graph.output, network.loss_cores, scalars, columns, {}, (), time_constants=taus
    )


def _optimizer_group(
    network: PlacedNetwork, population: int, quantity: Quantity, firmware: Firmware, numbers: Numbers
) -> Group:
    """Make the group of the optimizer PEs of one population's weights or delays."""
    cut = network.partition
    units = cut.units_of(population, quantity)
    cuts = [Cut(0, 1) if quantity == "axons" else cut.shares[population][one.part] for _, one in units]
    columns: Columns = {
        "projection": tuple(one.projection for _, one in units),
        "pre_first": tuple(one.rows.first for _, one in units),
        "pre_rows": tuple(one.rows.size for _, one in units),
        "held": tuple(cut.words(one) for _, one in units),
        "first": tuple(c.first for c in cuts),
        "size": tuple(c.size for c in cuts),
        "learns": tuple(int(dma.learns(cut.graph, one)) for _, one in units),
        "largest": tuple(cut.graph.projections[one.projection].delay_max for _, one in units),
        "transfer": tuple(numbers[dma.weights_name(one)] for _, one in units),
    }
    scalars = {
        "slots": cut.slots,
        "senders": cut.senders(population, quantity),
        "stride": network.stride(population, quantity),
        "counts": int(quantity == "weights" and cut.sends_counts(population, firmware)),
        "delays": int(quantity != "weights"),
        "masked": int(any(cut.graph.projections[one.projection].exists is not None for _, one in units)),
    }
    cores = tuple(network.optimizer_cores[unit] for unit, _ in units)
    name, taus = cut.optimizer_group(population, quantity), cut.graph.populations[population].time_constants
    return Group(name, "optimizer", population, cores, scalars, columns, {}, (), time_constants=taus)


def _cores(shares: Iterable[Share]) -> tuple[int, ...]:
    return tuple(share.core for share in shares)


def _share_columns(shares: Iterable[Share]) -> Columns:
    """Make the columns that every program with neurons has."""
    return {
        "copy": tuple(share.copy for share in shares),
        "first": tuple(share.first for share in shares),
        "size": tuple(share.size for share in shares),
    }
