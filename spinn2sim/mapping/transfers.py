"""The DMA transfers of a plan: samples and labels in, results out, gradients to the optimizer, weights to all copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import (
    AXON_DELAY,
    AXON_GRADIENT,
    BUFFER,
    COUNT_BUFFER,
    DELAY,
    DELAY_GRADIENT,
    DRAM,
    DRAM_LABELS,
    DRAM_RESULTS,
    GRADIENT,
    LABEL,
    RAW,
    RECORD,
    SPIKE_COUNT,
    VALUE,
    WEIGHT,
    Move,
    Share,
    Slice,
    Transfer,
    dram_samples,
)
from spinn2sim.hardware.program import Firmware
from spinn2sim.mapping.optimizer_cuts import OptimizerCut, Quantity
from spinn2sim.mapping.partition import Partition
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.routing_keys import weight_key

GRADIENT_BYTES, COUNT_BYTES, WORD_BYTES, DELAY_BYTES = 8, 4, 4, 2
# The arrays of a population's PEs, by what an optimizer unit holds.
GRADIENT_ARRAYS: dict[Quantity, str] = {"weights": GRADIENT, "delays": DELAY_GRADIENT, "axons": AXON_GRADIENT}
VALUE_ARRAYS: dict[Quantity, str] = {"weights": WEIGHT, "delays": DELAY, "axons": AXON_DELAY}
DRAM_ALIGNMENT = 16
# A transfer's name begins with one of these.
SAMPLE, LABELS, RESULT, GRADIENTS, WEIGHTS = "sample", "label", "result", "gradient", "weights"


def align(count: int) -> int:
    """Round a number of bytes up to the DRAM's alignment (chip-paper, portal: 16 bytes)."""
    return -(-count // DRAM_ALIGNMENT) * DRAM_ALIGNMENT


def sample_name(share: Share) -> str:
    """Name the transfer of a sample's spikes to an input PE."""
    return f"{SAMPLE} of copy {share.copy} population {share.layer} part {share.part}"


def label_name(copy: int) -> str:
    """Name the transfer of a sample's label to a loss PE."""
    return f"{LABELS} of copy {copy}"


def result_name(copy: int) -> str:
    """Name the transfer of a sample's answer from a loss PE."""
    return f"{RESULT} of copy {copy}"


def gradient_name(share: Share, unit: OptimizerCut) -> str:
    """Name the transfer of a share's gradients to the optimizer PE that holds `unit`."""
    return f"{GRADIENTS} of {unit.quantity} of copy {share.copy} population {share.layer} part {share.part} rows {_rows(unit)}"


def weights_name(unit: OptimizerCut) -> str:
    """Name the transfer of new weights or delays from the optimizer PE that holds `unit`."""
    return f"{WEIGHTS} or {unit.quantity} of population {unit.population} part {unit.part} rows {_rows(unit)}"


def _rows(unit: OptimizerCut) -> str:
    return f"{unit.rows.first}..{unit.rows.last - 1}"


def all_transfers(network: PlacedNetwork, firmware: Firmware) -> tuple[Transfer, ...]:
    """Make all transfers of a placed network, numbered in order. Each has a unique name."""
    cut = network.partition
    transfers = chain(
        *(_samples(network, population) for population in cut.graph.inputs),
        *(_gradients(network, population, firmware) for population in range(len(cut.shares))),
        _labels(network),
        _results(network),
        *(_weights(network, population, quantity, firmware) for population, quantity in cut.optimized),
    )
    return tuple(replace(transfer, number=number) for number, transfer in enumerate(transfers))


def _transfer(
    name: str, size: int, issuer: int, source: int, to: tuple[int, ...], moves: tuple[Move, ...], key: int = 0
) -> Transfer:
    """Make a transfer without its number; a transfer with a key is multicast."""
    return Transfer(-1, name, key, key != 0, size, issuer, source, to, moves)


def _samples(network: PlacedNetwork, population: int) -> Iterator[Transfer]:
    """From DRAM to the PEs of an input population: count and event words of one sample each."""
    words, group = 1 + network.partition.events, network.partition.group(population)
    for row, share in enumerate(network.shares_of(population)):
        source = Slice(DRAM, dram_samples(population, share.part), 0, 0, words)
        move = Move(source, (Slice(group, RECORD, row, 0, words),))
        yield _transfer(sample_name(share), align(WORD_BYTES * words), share.core, 0, (share.core,), (move,))


def _labels(network: PlacedNetwork) -> Iterator[Transfer]:
    """From DRAM to the loss PEs: a label each."""
    for copy, core in enumerate(network.loss_cores):
        move = Move(Slice(DRAM, DRAM_LABELS, 0, 0, 4), (Slice("loss", LABEL, copy, 0, 4),))
        yield _transfer(label_name(copy), DRAM_ALIGNMENT, core, 0, (core,), (move,))


def _results(network: PlacedNetwork) -> Iterator[Transfer]:
    """From the loss PEs to DRAM: first-spike steps, or highest or average voltages."""
    loss = network.partition.loss
    words = align(WORD_BYTES * loss.sources) // WORD_BYTES
    for copy, core in enumerate(network.loss_cores):
        move = Move(Slice("loss", VALUE, copy, 0, words), (Slice(DRAM, DRAM_RESULTS, 0, 0, words),))
        yield _transfer(result_name(copy), WORD_BYTES * words, core, core, (0,), (move,))


def learns(graph: Graph, unit: OptimizerCut) -> bool:
    """Whether what an optimizer unit holds is learned."""
    projection = graph.projections[unit.projection]
    return projection.learns_weights if unit.quantity == "weights" else projection.learns_delays


def units_learning(cut: Partition, share: Share) -> list[OptimizerCut]:
    """Return the optimizer units that need gradients of a share, in the order in which its PE sends them."""
    return [
        unit
        for unit in cut.optimizer
        if unit.population == share.layer
        and (unit.part == share.part or unit.quantity == "axons")
        and learns(cut.graph, unit)
    ]


def _gradients(network: PlacedNetwork, population: int, firmware: Firmware) -> Iterator[Transfer]:
    """From a population's PEs to each optimizer PE that holds rows of their weights or delays."""
    cut = network.partition
    numbers = {unit: number for number, unit in enumerate(cut.optimizer)}
    places = {cut.optimizer[u]: at for k, q in cut.optimized for at, (u, _) in enumerate(cut.units_of(k, q))}
    for row, share in enumerate(network.shares_of(population)):
        for unit in units_learning(cut, share):
            counts = unit.quantity == "weights" and cut.sends_counts(population, firmware)
            size, moves = _gradient_moves(network, share, (row, places[unit]), unit, counts)
            core = network.optimizer_cores[numbers[unit]]
            yield _transfer(gradient_name(share, unit), size, share.core, share.core, (core,), moves)


def _gradient_moves(
    network: PlacedNetwork, share: Share, rows: tuple[int, int], unit: OptimizerCut, counts: bool
) -> tuple[int, tuple[Move, ...]]:
    """Return the bytes and the moves of a share's gradients: int64 words, and spike counts if a guard needs them.

    `rows` are the rows of the share's PE and of the optimizer PE in their groups.
    """
    partition, quantity = network.partition, unit.quantity
    own, group = partition.group(share.layer), partition.optimizer_group(share.layer, quantity)
    stride, senders = network.stride(share.layer, quantity), partition.senders(share.layer, quantity)
    slot = share.copy % partition.slots * senders + (share.part if quantity == "axons" else 0)
    begin = slot * network.buffer_words(share.layer, quantity)
    first, last = _words(partition.graph, unit, stride)
    source = Slice(own, GRADIENT_ARRAYS[quantity], rows[0], first, last)
    moves = [Move(source, (Slice(group, BUFFER, rows[1], begin, begin + unit.rows.size * stride),))]
    size = GRADIENT_BYTES * partition.words(unit)
    if counts:
        place = Slice(group, COUNT_BUFFER, rows[1], slot * stride, (slot + 1) * stride)
        moves.append(Move(Slice(own, SPIKE_COUNT, rows[0], 0, stride), (place,)))
        size += COUNT_BYTES * share.size
    return size, tuple(moves)


def _words(graph: Graph, unit: OptimizerCut, stride: int) -> tuple[int, int]:
    """Return the words of a population PE's array that hold a unit's rows; arrays of delays have rows for sources with delays alone."""
    skipped = 0
    if unit.quantity != "weights":
        before = [q for q in graph.incoming(unit.population) if q < unit.projection]
        skipped = sum(graph.shape(q)[1] for q in before if graph.projections[q].delay_max == 0)
    return (unit.rows.first - skipped) * stride, (unit.rows.last - skipped) * stride


def _weights(network: PlacedNetwork, population: int, quantity: Quantity, firmware: Firmware) -> Iterator[Transfer]:
    """From each of a population's optimizer PEs to one part (of axons, all parts) of it in all copies, as one multicast burst."""
    partition = network.partition
    own, group = partition.group(population), partition.optimizer_group(population, quantity)
    stride = network.stride(population, quantity)
    for at, (unit, cut) in enumerate(partition.units_of(population, quantity)):
        shares = enumerate(network.shares_of(population))
        targets = [(row, share.core) for row, share in shares if quantity == "axons" or share.part == cut.part]
        first, last = _words(partition.graph, cut, stride)
        move = Move(
            Slice(group, RAW, at, 0, cut.rows.size * stride),
            tuple(Slice(own, VALUE_ARRAYS[quantity], row, first, last) for row, _ in targets),
        )
        size = (firmware.weight_bytes if quantity == "weights" else DELAY_BYTES) * partition.words(cut)
        core, cores = network.optimizer_cores[unit], tuple(core for _, core in targets)
        yield _transfer(weights_name(cut), size, core, core, cores, (move,), weight_key(population, unit))
