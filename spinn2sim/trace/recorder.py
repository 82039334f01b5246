"""The packet recorder: one row per delivery, kept as compact columns; it never changes what the chip does.

A row is a tuple of integers in the order of ROW. Rows may come in any order; `end_part` sorts them by (seq, dst_pe).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.spec import packet as words
from spinn2sim.spec.packet import Kind
from spinn2sim.spec.scenario import Trace

TRAIN, TEST = 0, 1
KINDS = ("spike", "error", "dma", "guard")
COPY_OF_KEY = -2  # in a row's copy: the key says it
ROW = (
    ("seq", np.int64), ("key", np.uint32), ("payload", np.int32), ("flags", np.uint8), ("bytes", np.int32),
    ("src_pe", np.int16),
    ("dst_pe", np.int16), ("batch", np.int32), ("copy", np.int16), ("phase", np.int8), ("tick", np.int32), ("step",
    np.int32),
    ("sent_q", np.int64), ("delivered_q", np.int64), ("queued_q", np.int64), ("hops", np.int16), ("outcome", np.int8),
)  # fmt: skip
ROW_TYPE = np.dtype([(name, kind) for name, kind in ROW])
HAS_PAYLOAD, IS_DMA = 1, 2
CHUNK_ROWS = 1 << 15
Row = tuple[int, ...]
Columns = dict[str, NDArray[np.generic]]


class Recorder:
    """Rows of one part at a time. `sequence_base` counts all packets of earlier parts, traced or not: it goes into a
    checkpoint."""

    def __init__(self, trace: Trace, copies: int, sequence_base: int = 0) -> None:
        self.sequence_base = sequence_base
        self._trace = trace
        self._copies = copies
        self._epoch = 0
        self._part = TRAIN
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: list[Row] = []
        self._chunks: list[NDArray[np.void]] = []

    def begin_part(self, epoch: int, part: int, order: NDArray[np.int64]) -> None:
        """A part starts; copy c of batch b holds sample order[b * copies + c] (none beyond its end)."""
        self._epoch, self._part, self._order = epoch, part, np.asarray(order, np.int64)
        self._rows, self._chunks = [], []

    def wants(self, batch: int) -> bool:
        """Whether packets sent in this batch are to be written."""
        trace = self._trace
        if trace.packets == "window":
            here = self._epoch == trace.epoch and self._part == TRAIN
            return here and trace.first_batch <= batch <= trace.last_batch
        return trace.packets == "all"

    def add(self, row: Row) -> None:
        """One delivery, in the order of ROW."""
        self._rows.append(row)
        if len(self._rows) >= CHUNK_ROWS:
            self._compact()

    def extend(self, rows: NDArray[np.void]) -> None:
        """Many deliveries, as an array of ROW_TYPE; it is copied."""
        self._compact()
        self._chunks.append(rows.copy())

    def end_part(self) -> Columns:
        """The part's rows as columns, sorted by (seq, dst_pe), and none left here. After an interruption: those that
        were finished."""
        self._compact()
        rows = np.concatenate(self._chunks) if self._chunks else np.zeros(0, ROW_TYPE)
        self._chunks = []
        # One key, and a sort that likes runs: rows come almost in order.
        rows = rows[np.argsort((rows["seq"] << 8) | rows["dst_pe"], kind="stable")]
        return self._columns(rows)

    def _compact(self) -> None:
        if self._rows:
            self._chunks.append(np.array(self._rows, ROW_TYPE))
            self._rows = []

    def _columns(self, rows: NDArray[np.void]) -> Columns:
        columns: Columns = {name: rows[name] for name, _ in ROW if name not in ("flags", "copy")}
        dma = (rows["flags"] & IS_DMA) != 0
        key = rows["key"].astype(np.int64)
        keyed = ~dma | (key != 0)  # a direct transfer has no key: no layer and no neuron
        kind = key >> words.KIND_SHIFT
        columns["kind"] = np.where(dma | (kind == Kind.WEIGHTS), KINDS.index("dma"), kind).astype(np.int8)
        columns["has_payload"] = (rows["flags"] & HAS_PAYLOAD) != 0
        columns["epoch"] = np.full(len(rows), self._epoch, np.int32)
        columns["part"] = np.full(len(rows), self._part, np.int8)
        columns["layer"] = np.where(keyed, (key >> words.LAYER_SHIFT) & words.LAYER_MASK, -1).astype(np.int16)
        columns["neuron"] = np.where(keyed & ~dma, key & words.NEURON_MASK, -1).astype(np.int32)
        columns["sample"] = self._samples(rows, key)
        return columns

    def _samples(self, rows: NDArray[np.void], key: NDArray[np.int64]) -> NDArray[np.int32]:
        copy = np.where(rows["copy"] == COPY_OF_KEY, (key >> words.COPY_SHIFT) & words.COPY_MASK, rows["copy"])
        slot = rows["batch"].astype(np.int64) * self._copies + copy
        known = (copy >= 0) & (copy < self._copies) & (slot < len(self._order))
        found = np.full(len(rows), -1, np.int32)
        found[known] = self._order[slot[known]]
        return found
