"""From the rows of an engine to the columns of the trace, and which of them a user asked for; it never orders rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware import packet as words
from spinn2sim.hardware.packet import Kind, Part
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD, IS_DMA, ROW, TICK, Rows
from spinn2sim.scenario.keys import Trace

KINDS = ("spike", "error", "dma", "guard")
KIND_WORD = np.array([KINDS.index("dma" if kind is Kind.WEIGHTS else kind.name.lower()) for kind in Kind], np.int8)
Columns = dict[str, NDArray[np.generic]]


class RecordedPart(NamedTuple):
    """A part of an epoch; copy c of batch b holds sample order[b * copies + c], none beyond its end."""

    epoch: int
    part: Part
    order: NDArray[np.int64]
    copies: int

    def samples(self, rows: Rows) -> NDArray[np.int32]:
        """The sample of each delivery; -1 where no single copy is meant, or the copy idles."""
        copy = rows["copy"].astype(np.int64)
        of_key = copy == COPY_OF_KEY
        copy[of_key] = (rows["key"][of_key] >> words.COPY_SHIFT) & words.COPY_MASK
        slot = rows["batch"] * np.int64(self.copies) + copy
        known = (copy >= 0) & (copy < self.copies) & (slot < len(self.order))
        found = np.full(len(rows), -1, np.int32)
        found[known] = self.order[slot[known]]
        return found

    def holds_any(self, batch: int, samples: tuple[int, ...]) -> bool:
        """Whether a batch holds one of some samples."""
        held = self.order[batch * self.copies : (batch + 1) * self.copies]
        return bool(np.isin(held, samples).any())


def packet_columns(rows: Rows, part: RecordedPart) -> Columns:
    """One entry per delivery. `payload` counts only where `has_payload`; kind is an index of KINDS."""
    columns = {name: np.ascontiguousarray(rows[name]) for name, _ in ROW if name not in ("flags", "copy")}
    key, flags = columns["key"], rows["flags"]
    columns["has_payload"] = (flags & HAS_PAYLOAD) != 0
    columns["kind"] = kinds(rows)
    columns["layer"] = ((key >> words.LAYER_SHIFT) & words.LAYER_MASK).astype(np.int16)
    columns["neuron"] = (key & words.NEURON_MASK).astype(np.int32)
    dma = np.flatnonzero(flags & IS_DMA)
    columns["neuron"][dma] = -1
    columns["layer"][dma[key[dma] == 0]] = -1  # a direct transfer has no key
    columns["sample"] = part.samples(rows)
    return columns | _constant(len(rows), part)


def tick_columns(rows: Rows, part: RecordedPart) -> Columns:
    """One entry per wake of a PE. Nothing but a wake takes from a FIFO, so what it takes is the most that was held since the one before."""
    columns = {name: np.ascontiguousarray(rows[name]) for name, _ in TICK}
    return columns | {"fifo_high": columns["n_packets"]} | _constant(len(rows), part)


def _constant(rows: int, part: RecordedPart) -> Columns:
    return {"epoch": np.full(rows, part.epoch, np.int32), "part": np.full(rows, part.part, np.int8)}


def kinds(rows: Rows) -> NDArray[np.int8]:
    """The index in KINDS of each delivery."""
    found: NDArray[np.int8] = KIND_WORD[rows["key"] >> words.KIND_SHIFT]
    found[(rows["flags"] & IS_DMA) != 0] = KINDS.index("dma")
    return found


def wanted_packets(rows: Rows, trace: Trace, part: RecordedPart) -> Rows:
    """The deliveries that pass the filters: tick of the send, sample, sender or receiver, kind."""
    keep = _in_ticks(rows, trace)
    if trace.samples is not None:
        keep &= np.isin(part.samples(rows), trace.samples)
    if trace.pes is not None:
        keep &= np.isin(rows["src_pe"], trace.pes) | np.isin(rows["dst_pe"], trace.pes)
    if trace.kinds is not None:
        keep &= np.isin(kinds(rows), [KINDS.index(kind) for kind in trace.kinds])
    return rows if keep.all() else rows[keep]


def wanted_ticks(rows: Rows, trace: Trace, part: RecordedPart) -> Rows:
    """The wakes that pass the filters: tick and PE. A PE wakes for all of its packets: sample and kind choose none."""
    keep = _in_ticks(rows, trace)
    if trace.pes is not None:
        keep &= np.isin(rows["pe"], trace.pes)
    return rows if keep.all() else rows[keep]


def _in_ticks(rows: Rows, trace: Trace) -> NDArray[np.bool_]:
    if trace.ticks is None:
        return np.ones(len(rows), np.bool_)
    first, last = trace.ticks
    return (rows["tick"] >= first) & (rows["tick"] <= last)
