"""Kernels for the rows of a trace: they put rows in order that come almost in order, and take deliveries apart into columns.

Both are done in one pass each, without a look at a row for each of its columns. A block of rows is taken apart where the rows are, and
columns that are the same for many rows are left out of that: their values are looked up where one of them changes.
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


class BlockColumns(NamedTuple):
    """Columns of a block of deliveries, one entry a row, in types that need no conversion before they are written."""

    seq: NDArray[np.int64]
    key: NDArray[np.uint32]
    payload: NDArray[np.int32]
    has_payload: NDArray[np.bool_]
    src_pe: NDArray[np.int32]
    dst_pe: NDArray[np.int32]
    sent_q: NDArray[np.int64]
    delivered_q: NDArray[np.int64]
    queued_q: NDArray[np.int64]
    hops: NDArray[np.int32]
    layer: NDArray[np.int32]
    neuron: NDArray[np.int32]
    sample: NDArray[np.int32]


class BlockRoom(NamedTuple):
    """Where a block of deliveries is taken apart to: its columns, the first row of each run, and the kind of each run."""

    columns: BlockColumns
    starts: NDArray[np.int64]
    kinds: NDArray[np.int8]


# The fields of a row that are the same in all rows of a run; its kind, which follows from others, is as well.
OF_RUN = ("bytes", "batch", "phase", "tick", "step", "outcome")
WIDER = {**dict.fromkeys(("src_pe", "dst_pe", "hops", "layer"), np.int32), "has_payload": np.bool_}


def block_room(rows: int) -> BlockRoom:
    """Make room for blocks of up to so many rows."""
    kinds = {**dict(ROW), **MADE, **WIDER}
    columns: dict[str, Any] = {name: np.empty(rows, kinds[name]) for name in BlockColumns._fields}
    return BlockRoom(BlockColumns(**columns), np.empty(rows, np.int64), np.empty(rows, np.int8))


def split_block(
    rows: Rows,
    places: NDArray[np.intp],
    order: NDArray[np.int64],
    copies: int,
    kinds: NDArray[np.int8],
    room: BlockRoom,
) -> tuple[BlockColumns, NDArray[np.int64], NDArray[np.int8]]:
    """Take the rows at `places`, in this order, apart into `room`, as `split_deliveries` does.

    Returns the columns, the first row of each run in which the fields OF_RUN and the kind stay the same, and the kind of each run.
    """
    parts: list[Any] = [column[: len(places)] for column in room.columns]
    columns = BlockColumns(*parts)
    runs = split_places(rows, places, order, np.int64(copies), kinds, columns, room.starts, room.kinds)
    return columns, room.starts[:runs], room.kinds[:runs]


@kernel
def split_places(
    rows: Any, places: Any, order: Any, copies: Any, kinds: Any, columns: Any, starts: Any, kind_of: Any
) -> Any:
    """Write the columns of the row at each place, and where runs begin. Returns how many there are."""
    runs, before, last = 0, places[0], np.int64(-1)
    for at in range(len(places)):
        row, old = rows[places[at]], rows[before]
        before = places[at]
        columns.seq[at], columns.key[at] = row["seq"], row["key"]
        columns.payload[at], columns.has_payload[at] = row["payload"], row["flags"] & HAS_PAYLOAD != 0
        columns.src_pe[at], columns.dst_pe[at], columns.hops[at] = row["src_pe"], row["dst_pe"], row["hops"]
        columns.sent_q[at], columns.delivered_q[at] = row["sent_q"], row["delivered_q"]
        columns.queued_q[at] = row["queued_q"]
        kind, layer, neuron, of_key = fields_of(np.int64(row["key"]), np.int64(row["flags"]), len(kinds) - 1)
        columns.layer[at], columns.neuron[at] = layer, neuron
        columns.sample[at] = sample_of(row, of_key, order, copies)
        if (
            kind != last or row["tick"] != old["tick"] or row["batch"] != old["batch"] or row["step"] != old["step"]
            or row["phase"] != old["phase"] or row["outcome"] != old["outcome"] or row["bytes"] != old["bytes"]
        ):  # fmt: skip
            starts[runs], kind_of[runs], last = at, kinds[kind], kind
            runs += 1
    return runs


@kernel
def split(rows: Any, order: Any, copies: Any, kinds: Any, columns: Any) -> None:
    """Write the columns of each row."""
    for at in range(len(rows)):
        row = rows[at]
        columns.seq[at], columns.key[at] = row["seq"], row["key"]
        columns.payload[at], columns.has_payload[at] = row["payload"], row["flags"] & HAS_PAYLOAD != 0
        columns.bytes[at], columns.src_pe[at], columns.dst_pe[at] = row["bytes"], row["src_pe"], row["dst_pe"]
        columns.batch[at], columns.phase[at] = row["batch"], row["phase"]
        columns.tick[at], columns.step[at] = row["tick"], row["step"]
        columns.sent_q[at], columns.delivered_q[at], columns.queued_q[at] = (
            row["sent_q"],
            row["delivered_q"],
            row["queued_q"],
        )
        columns.hops[at], columns.outcome[at] = row["hops"], row["outcome"]
        kind, layer, neuron, of_key = fields_of(np.int64(row["key"]), np.int64(row["flags"]), len(kinds) - 1)
        columns.kind[at], columns.layer[at], columns.neuron[at] = kinds[kind], layer, neuron
        columns.sample[at] = sample_of(row, of_key, order, copies)


@kernel
def fields_of(key: Any, flags: Any, transfer: Any) -> Any:
    """Return kind, layer, neuron and copy that the key of a packet names; the kind of a transfer is `transfer`."""
    if (key >> words.WIDE_SHIFT) & words.WIDE_MARK == words.WIDE_MARK:
        of_key = (key >> words.WIDE_COPY_SHIFT) & words.WIDE_COPY_MASK
        layer, neuron = (key >> words.WIDE_LAYER_SHIFT) & words.WIDE_LAYER_MASK, key & words.WIDE_NEURON_MASK
    else:
        of_key = (key >> words.COPY_SHIFT) & words.COPY_MASK
        layer, neuron = (key >> words.LAYER_SHIFT) & words.LAYER_MASK, key & words.NEURON_MASK
    kind = key >> words.KIND_SHIFT
    if flags & IS_DMA:
        kind, neuron = np.int64(transfer), np.int64(-1)
        if key == 0:  # a direct transfer has no key
            layer = np.int64(-1)
    elif kind == SUM:
        layer, neuron = np.int64(-1), np.int64(-1)
    return kind, layer, neuron, of_key


@kernel
def sample_of(row: Any, of_key: Any, order: Any, copies: Any) -> Any:
    """Return the sample that a delivery belongs to."""
    copy = np.int64(row["copy"])
    if copy == COPY_OF_KEY:
        copy = of_key
    slot = np.int64(row["batch"]) * copies + copy
    return order[slot] if 0 <= copy < copies and slot < len(order) else np.int64(NO_SAMPLE)


@kernel
def join_keys(first: Any, second: Any, keys: Any) -> None:
    """Write the sort key of each row: a number << 8 with eight bits more."""
    for at in range(len(keys)):
        keys[at] = first[at] << 8 | second[at]


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
