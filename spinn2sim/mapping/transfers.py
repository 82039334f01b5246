"""The DMA transfers of a plan: samples and labels in, results out, gradients to the optimizer, weights to all copies; it times nothing."""

from __future__ import annotations

from spinn2sim.hardware.plan import (
    BUFFER,
    COUNT_BUFFER,
    DRAM,
    DRAM_LABELS,
    DRAM_RESULTS,
    GRADIENT,
    LABEL,
    RAW,
    RECORD,
    SPIKE_COUNT,
    WEIGHT,
    Move,
    Share,
    Slice,
    Transfer,
    dram_samples,
)  # fmt: skip
from spinn2sim.mapping.keys import weight_key
from spinn2sim.mapping.partition import OptimizerCut, Partition

GRADIENT_BYTES, COUNT_BYTES, WORD_BYTES = 8, 4, 4
DRAM_ALIGNMENT = 16


def aligned(count: int) -> int:
    """Bytes up to the DRAM's alignment (chip-paper, portal: 16 bytes)."""
    return -(-count // DRAM_ALIGNMENT) * DRAM_ALIGNMENT


class TransferTable:
    """Numbers transfers in the order in which they are added."""

    def __init__(self) -> None:
        self.all: list[Transfer] = []

    def add(
        self, name: str, size: int, issuer: int, source: int, to: tuple[int, ...], moves: tuple[Move, ...], key: int = 0
    ) -> int:
        """Append a transfer and return its number; one with a key is multicast."""
        number = len(self.all)
        self.all.append(Transfer(number, name, key, key != 0, size, issuer, source, to, moves))
        return number


def sample_transfer(table: TransferTable, share: Share, row: int, events: int) -> int:
    """DRAM to an input PE: count and event words of one sample."""
    words = 1 + events
    move = Move(Slice(DRAM, dram_samples(share.part), 0, 0, words), (Slice("input", RECORD, row, 0, words),))
    return table.add(f"sample of copy {share.copy}", aligned(WORD_BYTES * words), share.core, 0, (share.core,), (move,))


def label_transfer(table: TransferTable, copy: int, core: int) -> int:
    """DRAM to a loss PE: the label."""
    move = Move(Slice(DRAM, DRAM_LABELS, 0, 0, 4), (Slice("loss", LABEL, copy, 0, 4),))
    return table.add(f"label of copy {copy}", DRAM_ALIGNMENT, core, 0, (core,), (move,))


def result_transfer(table: TransferTable, copy: int, core: int, n_out: int, array: str) -> int:
    """A loss PE to DRAM: first-spike steps, or highest voltages."""
    words = aligned(WORD_BYTES * n_out) // WORD_BYTES
    move = Move(Slice("loss", array, copy, 0, words), (Slice(DRAM, DRAM_RESULTS, 0, 0, words),))
    return table.add(f"result of copy {copy}", WORD_BYTES * words, core, core, (0,), (move,))


def gradient_transfers(
    table: TransferTable, partition: Partition, share: Share, row: int, optimizer_cores: tuple[int, ...], counts: bool
) -> tuple[int, ...]:
    """A layer's PE to each optimizer PE that holds rows of its weights: int64 words, and the spike counts where a guard needs them."""
    stride = stride_of(partition, share.layer)
    words = buffer_words(partition, share.layer)
    slot = share.copy % partition.slots
    numbers = []
    for unit, cut in layer_units(partition, share.layer):
        if cut.part != share.part:
            continue
        at = unit - layer_units(partition, share.layer)[0][0]
        group, own = f"optimizer{share.layer}", partition.group(share.layer)
        size = cut.rows.size * stride
        moves = [
            Move(
                Slice(own, GRADIENT, row, cut.rows.first * stride, cut.rows.last * stride),
                (Slice(group, BUFFER, at, slot * words, slot * words + size),),
            )
        ]
        count = GRADIENT_BYTES * cut.rows.size * share.size
        if counts:
            moves.append(
                Move(
                    Slice(own, SPIKE_COUNT, row, 0, stride),
                    (Slice(group, COUNT_BUFFER, at, slot * stride, (slot + 1) * stride),),
                )
            )
            count += COUNT_BYTES * share.size
        core = optimizer_cores[unit]
        name = f"gradient of copy {share.copy} layer {share.layer} part {share.part}"
        numbers.append(table.add(name, count, share.core, share.core, (core,), tuple(moves)))
    return tuple(numbers)


def weight_transfer(
    table: TransferTable,
    partition: Partition,
    unit: int,
    core: int,
    targets: tuple[tuple[int, int], ...],
    weight_bytes: int,
) -> int:
    """An optimizer PE to one part of a layer in all copies, one multicast burst. `targets` are (row in the layer's group, core id)."""
    cut = partition.optimizer[unit]
    stride = stride_of(partition, cut.layer)
    at = unit - layer_units(partition, cut.layer)[0][0]
    neurons = partition.layers[cut.layer][cut.part].size
    move = Move(
        Slice(f"optimizer{cut.layer}", RAW, at, 0, cut.rows.size * stride),
        tuple(
            Slice(partition.group(cut.layer), WEIGHT, row, cut.rows.first * stride, cut.rows.last * stride)
            for row, _ in targets
        ),
    )
    cores = tuple(c for _, c in targets)
    name = f"weights of layer {cut.layer} part {cut.part} rows {cut.rows.first}..{cut.rows.last - 1}"
    return table.add(
        name, weight_bytes * cut.rows.size * neurons, core, core, cores, (move,), weight_key(cut.layer, unit)
    )


def stride_of(partition: Partition, layer: int) -> int:
    """Words between two source rows: the largest share of the layer."""
    return max(cut.size for cut in partition.layers[layer])


def layer_units(partition: Partition, layer: int) -> list[tuple[int, OptimizerCut]]:
    """(unit, cut) of one layer's optimizer units, in order."""
    return [(unit, cut) for unit, cut in enumerate(partition.optimizer) if cut.layer == layer]


def buffer_words(partition: Partition, layer: int) -> int:
    """Words of one slot in the gradient buffers of a layer's optimizer group: its largest unit."""
    return max(cut.rows.size for _, cut in layer_units(partition, layer)) * stride_of(partition, layer)
