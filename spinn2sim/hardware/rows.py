"""The rows that an engine gives a recorder, of plain integers: one per delivery, and one per wake of a PE."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Row = tuple[int, ...]
Rows = NDArray[np.void]

ROW = (
    ("seq", np.int64), ("key", np.uint32), ("payload", np.int32), ("flags", np.uint8), ("bytes", np.int32),
    ("src_pe", np.int16), ("dst_pe", np.int16), ("batch", np.int32), ("copy", np.int16), ("phase", np.int8),
    ("tick", np.int32), ("step", np.int32), ("sent_q", np.int64), ("delivered_q", np.int64), ("queued_q", np.int64),
    ("hops", np.int16), ("outcome", np.int8),
)  # fmt: skip
ROW_TYPE = np.dtype([(name, kind) for name, kind in ROW])
# Bits of `flags`.
HAS_PAYLOAD, IS_DMA = 1, 2
# Values of `copy` besides the number of a copy: the delivery belongs to no single copy, or the copy is that of the key.
NO_COPY, COPY_OF_KEY = -1, -2

# due_q is the tick's nominal instant, woke_q when the PE woke for it (later only if it was busy then), and time_done = woke_q + busy_cycles
# core cycles, in quanta. n_packets were taken from the FIFO at this wake and given to the step. A lost tick wakes no PE and has no row.
TICK = (
    ("batch", np.int32), ("phase", np.int8), ("tick", np.int32), ("pe", np.int16), ("due_q", np.int64), ("woke_q", np.int64),
    ("time_done", np.int64), ("n_packets", np.int32), ("busy_cycles", np.int64),
)  # fmt: skip
TICK_TYPE = np.dtype([(name, kind) for name, kind in TICK])
