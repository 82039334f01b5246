"""Kernels for the rows of a trace: they put rows in order that come almost in order, and take deliveries apart into columns.

Both are done in one pass each, without a look at a row for each of its columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware import packet as words
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD, IS_DMA, ROW, Rows

kernel = kernels_of(__package__)
# Numbers that are spread wider than this times their count are sorted by comparison, since counting them would take much memory.
SPREAD = 8
NO_SAMPLE = -1
# The kind of packets that carry sums between chips, and name no neuron; a transfer has it too.
SUM = int(words.Kind.WEIGHTS)


class DeliveryColumns(NamedTuple):
    """The columns that a delivery is taken apart into, one entry a row."""

    seq: NDArray[np.int64]
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    has_payload: NDArray[np.bool_]
    bytes: NDArray[np.int32]
    src_pe: NDArray[np.int16]
    dst_pe: NDArray[np.int16]
    batch: NDArray[np.int32]
    phase: NDArray[np.int8]
    tick: NDArray[np.int32]
    step: NDArray[np.int32]
    sent_q: NDArray[np.int64]
    delivered_q: NDArray[np.int64]
    queued_q: NDArray[np.int64]
    hops: NDArray[np.int16]
    outcome: NDArray[np.int8]
    kind: NDArray[np.int8]
    layer: NDArray[np.int16]
    neuron: NDArray[np.int32]
    sample: NDArray[np.int32]


# The types of the columns that are no fields of a row.
MADE = {"has_payload": np.bool_, "kind": np.int8, "layer": np.int16, "neuron": np.int32, "sample": np.int32}


def split_deliveries(rows: Rows, order: NDArray[np.int64], copies: int, kinds: NDArray[np.int8]) -> DeliveryColumns:
    """Take rows of ROW_TYPE apart. Copy c of batch b works on sample order[b * copies + c], or on none beyond its end.

    `kinds` [5] are the numbers by which the column `kind` names each kind of packet, and last a transfer.
    """
    columns = _room_for(len(rows))
    split(rows, order, np.int64(copies), kinds, columns)
    return columns


def _room_for(rows: int) -> DeliveryColumns:
    kinds = {**dict(ROW), **MADE}
    columns: dict[str, Any] = {name: np.empty(rows, kinds[name]) for name in DeliveryColumns._fields}
    return DeliveryColumns(**columns)


@kernel
def split(rows: Any, order: Any, copies: Any, kinds: Any, columns: Any) -> None:
    """Write the columns of each row."""
    for at in range(len(rows)):
        row = rows[at]
        key, flags = np.int64(row["key"]), np.int64(row["flags"])
        columns.seq[at], columns.key[at] = row["seq"], row["key"]
        columns.payload[at], columns.has_payload[at] = row["payload"], flags & HAS_PAYLOAD != 0
        columns.bytes[at], columns.src_pe[at], columns.dst_pe[at] = row["bytes"], row["src_pe"], row["dst_pe"]
        columns.batch[at], columns.phase[at] = row["batch"], row["phase"]
        columns.tick[at], columns.step[at] = row["tick"], row["step"]
        columns.sent_q[at], columns.delivered_q[at], columns.queued_q[at] = (
            row["sent_q"],
            row["delivered_q"],
            row["queued_q"],
        )
        columns.hops[at], columns.outcome[at] = row["hops"], row["outcome"]
        if (key >> words.WIDE_SHIFT) & words.WIDE_MARK == words.WIDE_MARK:
            of_key = (key >> words.WIDE_COPY_SHIFT) & words.WIDE_COPY_MASK
            layer, neuron = (key >> words.WIDE_LAYER_SHIFT) & words.WIDE_LAYER_MASK, key & words.WIDE_NEURON_MASK
        else:
            of_key = (key >> words.COPY_SHIFT) & words.COPY_MASK
            layer, neuron = (key >> words.LAYER_SHIFT) & words.LAYER_MASK, key & words.NEURON_MASK
        kind = key >> words.KIND_SHIFT
        if flags & IS_DMA:
            kind, neuron = np.int64(len(kinds) - 1), np.int64(-1)
            if key == 0:  # a direct transfer has no key
                layer = np.int64(-1)
        elif kind == SUM:
            layer, neuron = np.int64(-1), np.int64(-1)
        columns.kind[at], columns.layer[at], columns.neuron[at] = kinds[kind], layer, neuron
        copy = np.int64(row["copy"])
        if copy == COPY_OF_KEY:
            copy = of_key
        slot = np.int64(row["batch"]) * copies + copy
        known = 0 <= copy < copies and slot < len(order)
        columns.sample[at] = order[slot] if known else NO_SAMPLE


def order_of(keys: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the places of sort keys in ascending order, equal ones as they come. A key is a number << 8 with eight bits more.

    Numbers that lie close together, as those of packets do, are counted, which takes a tenth of a comparison's time.
    """
    if not len(keys):
        return np.zeros(0, np.intp)
    least, most = int(keys.min()) >> 8, int(keys.max()) >> 8
    if most - least > SPREAD * len(keys):
        return np.argsort(keys, kind="stable")
    order = np.empty(len(keys), np.intp)
    sort_by_counting(keys, np.int64(least), np.zeros(most - least + 2, np.int32), order)
    return order


@kernel
def sort_by_counting(keys: Any, least: Any, counts: Any, order: Any) -> None:
    """Write the order: by counting the numbers, then by insertion within equal numbers, which are few."""
    for at in range(len(keys)):
        counts[(keys[at] >> 8) - least + 1] += 1
    for number in range(1, len(counts)):
        counts[number] += counts[number - 1]
    for at in range(len(keys)):
        number = (keys[at] >> 8) - least
        order[counts[number]] = at
        counts[number] += 1
    for at in range(1, len(order)):
        here, to = order[at], at
        key = keys[here]
        while to > 0 and keys[order[to - 1]] > key:
            order[to] = order[to - 1]
            to -= 1
        order[to] = here
