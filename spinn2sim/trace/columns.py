"""Converts what an engine reports to the columns of tables: deliveries, wakes, and the counters of channels, event router and PEs."""

from __future__ import annotations

from functools import cache
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware import packet as words
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.faults.injections import NONE, FaultKind, Injections
from spinn2sim.hardware.geometry import channels
from spinn2sim.hardware.packet import Kind, Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.rows import COPY_OF_KEY, IS_DMA, TICK, Rows
from spinn2sim.trace.reorder_buffer import BLOCK_ROWS, Places, taken
from spinn2sim.trace.tables import KINDS, ColumnBlock, Columns

KIND_OF_PACKET = np.array([KINDS.index("sum" if kind is Kind.WEIGHTS else kind.name.lower()) for kind in Kind], np.int8)
KINDS_AND_DMA = np.append(KIND_OF_PACKET, np.int8(KINDS.index("dma")))
# The shift and the mask of a copy in keys of the first 16 populations, and in the wide keys of the others.
COPY_FIELDS = (words.COPY_SHIFT, words.COPY_MASK, words.WIDE_COPY_SHIFT, words.WIDE_COPY_MASK)
NOT_A_LINE = -1  # in the column `line`: the row is not a line of the routing table but a counter of the event router


class RecordedPart(NamedTuple):
    """A part of an epoch. Copy c of batch b works on sample order[b * copies + c], or on none beyond the end of `order`."""

    epoch: int
    part: Part
    order: NDArray[np.int64]
    copies: int

    def samples(self, rows: Rows) -> NDArray[np.int32]:
        """Return the sample of each delivery; -1 if it belongs to no single copy, or to a copy without a sample."""
        copy = rows["copy"].astype(np.int64)
        of_key = copy == COPY_OF_KEY
        copy[of_key] = _field(rows["key"][of_key], COPY_FIELDS)
        copy[rows["key"] >> words.KIND_SHIFT == Kind.WEIGHTS] = -1  # the sums of all copies
        slot = rows["batch"] * np.int64(self.copies) + copy
        known = (copy >= 0) & (copy < self.copies) & (slot < len(self.order))
        found = np.full(len(rows), -1, np.int32)
        found[known] = self.order[slot[known]]
        return found

    def holds_any(self, batch: int, samples: tuple[int, ...]) -> bool:
        """Whether a batch contains any of `samples`."""
        return bool(np.isin(self.order[batch * self.copies : (batch + 1) * self.copies], samples).any())


class RoomOfThread(local):
    """Where blocks of deliveries are taken apart to, since making new arrays takes as long as filling them."""

    def __init__(self) -> None:
        from spinn2sim.hardware.row_kernels import block_room  # here, since numba takes half a second to load

        self.of_block = block_room(BLOCK_ROWS)


@cache
def room() -> RoomOfThread:
    """Make the room when it is first needed; each thread has its own."""
    return RoomOfThread()


def packet_columns(rows: Rows, part: RecordedPart) -> Columns:
    """Make one entry per delivery. `payload` is valid only if `has_payload`; `kind` is an index of KINDS."""
    from spinn2sim.hardware.row_kernels import split_deliveries  # here, since numba takes half a second to load

    return split_deliveries(rows, part.order, part.copies, KINDS_AND_DMA)._asdict() | _part_columns(len(rows), part)


def packet_block(rows: Rows, places: Places, part: RecordedPart) -> ColumnBlock:
    """Make the columns of the deliveries at these places, of which there is one at least, as `packet_columns` does.

    They are valid until the next block is made in this thread.
    """
    from spinn2sim.hardware.row_kernels import OF_RUN, split_block

    found, starts, kinds = split_block(rows, places, part.order, part.copies, KINDS_AND_DMA, room().of_block)
    first = taken(rows, places[starts])
    runs = {name: np.ascontiguousarray(first[name]) for name in OF_RUN} | {"kind": kinds}
    lengths = np.diff(starts, append=len(places))
    return ColumnBlock(found._asdict(), runs | _part_columns(len(starts), part), lengths)


def _field(key: NDArray[np.uint32], field: tuple[int, int, int, int]) -> NDArray[np.integer]:
    """Return one field of each key."""
    shift, mask, wide_shift, wide_mask = field
    found = (key >> shift) & mask
    wide = np.flatnonzero((key >> words.WIDE_SHIFT) & words.WIDE_MARK == words.WIDE_MARK)
    if len(wide):
        found[wide] = (key[wide] >> wide_shift) & wide_mask
    return found


def tick_columns(rows: Rows, part: RecordedPart) -> Columns:
    """Make one entry per wake of a PE. Only a wake empties a FIFO, so what it takes is the FIFO's highest level since the wake before."""
    columns = {name: np.ascontiguousarray(rows[name]) for name, _ in TICK}
    return columns | {"fifo_high": columns["n_packets"]} | _part_columns(len(rows), part)


def tick_block(rows: Rows, places: Places, part: RecordedPart) -> ColumnBlock:
    """Make the columns of the wakes at these places."""
    return ColumnBlock.without_runs(tick_columns(taken(rows, places), part))


def _part_columns(rows: int, part: RecordedPart) -> Columns:
    return {"epoch": np.full(rows, part.epoch, np.int32), "part": np.full(rows, part.part, np.int8)}


def kinds_of(rows: Rows) -> NDArray[np.int8]:
    """Return the index in KINDS of each delivery."""
    found: NDArray[np.int8] = KIND_OF_PACKET[rows["key"] >> words.KIND_SHIFT]
    found[(rows["flags"] & IS_DMA) != 0] = KINDS.index("dma")
    return found


def channel_columns(counters: Counters) -> Columns:
    """Make one row per channel: flits, quanta in which it was busy, and the longest queue in front of it."""
    return {
        "channel": np.array(counters.channel_names, object),
        "flits": counters.channel_flits,
        "busy_q": counters.channel_busy_q,
        "longest": counters.channel_longest,
    }


def router_columns(counters: Counters, plan: Plan) -> Columns:
    """Make one row per used line of the routing table, in order, then one per counter: line -1, its name and value, no key and mask."""
    named = counters.router()
    lines, entries = len(plan.entries), plan.entries
    return {
        "line": np.array([*plan.dead.line_numbers(lines), *[NOT_A_LINE] * len(named)], np.int32),
        "counter": np.array([*[None] * lines, *named], object),
        "key": _objects([*(e.key for e in entries), *[None] * len(named)]),
        "mask": _objects([*(e.mask for e in entries), *[None] * len(named)]),
        "hits": np.array([*counters.entry_hits.tolist(), *named.values()], np.int64),
    }


def pe_columns(counters: Counters, plan: Plan) -> Columns:
    """Make one row per PE that runs a program, by core id: its group, the counts, and the SRAM bytes that the plan gives it."""
    groups = {core: (g.name, used) for g in plan.groups for core, used in zip(g.cores, g.used, strict=True)}
    cores = sorted(groups)
    return {
        "pe": np.array(cores, np.int16),
        "group": _objects([groups[core][0] for core in cores]),
        "wakes": counters.wakes[cores],
        "busy_cycles": counters.busy_cycles[cores],
        "overruns": counters.overruns[cores],
        "lost_ticks": counters.lost_ticks[cores],
        "fifo_high_water": counters.fifo_high_water[cores],
        "sram_bytes": np.array([groups[core][1] for core in cores], np.int64),
    }


def fault_columns(rows: Injections) -> Columns:
    """Make one row per injection: when, what and where, the packet if there is one, and what became of it."""
    names = [str(channel) for channel in channels()]
    places = [
        names[place]
        if kind == FaultKind.CHANNEL_DOWN
        else f"line {place}"
        if kind == FaultKind.TABLE_FLIP
        else f"PE {place}"
        for kind, place in zip(rows["kind"].tolist(), rows["place"].tolist(), strict=True)
    ]
    return {
        **{name: np.ascontiguousarray(rows[name]) for name in ("batch", "tick", "at_q", "kind", "outcome")},
        "place": _objects(places),
        **{name: _or_null(rows[column]) for name, column in (("word", "word"), ("bit", "bit"), ("packet", "seq"))},
    }


def _or_null(values: NDArray[Any]) -> Any:
    return _objects([None if value == NONE else value for value in values.tolist()])


def _objects(values: list[Any]) -> Any:
    return np.array(values, object)
